// The reference SCGI server's side of one connection: the probe behind SCGI, without a socket.
//
// A connection carries one request, and its answer is a CGI response that the end of the connection ends.

internal import SCGIWire
internal import WireBytes

/// A connection to the reference SCGI server.
///
/// Bytes that are no SCGI close the connection without a word; so does a request that is too large, and one that the
/// client cuts. What follows a request is passed over.
///
/// Spec: SCGI, 23 June 2008, sections 2 to 4.
package struct SCGIResponder: Responder {
  /// The most bytes of headers and body that are kept.
  static let requestLimit: UInt64 = 64 << 20
  /// The most content of one write.
  static let pieceByteCount = 16_384
  /// About how many bytes are sent before the responder lets its peer catch up.
  static let turnByteCount = 256 << 10

  private let application = ProbeApplication()
  private var decoder = SCGIDecoder()
  private var variables: [ProbeVariable] = []
  private var body: [UInt8] = []
  /// The answer; nil until the request is complete.
  private var script: ProbeScript?
  /// The timer after which the answer goes on; nil while none is due.
  private var timer: ResponderTimer?
  private var lastTimer: UInt64 = 0
  private var isClosed = false

  package init() {}

  package mutating func receive(_ bytes: RawSpan) -> [ResponderAction] {
    guard !isClosed, script == nil else { return [] }
    var actions: [ResponderAction] = []
    // Taken out while it calls back.
    var decoder = SCGIDecoder()
    swap(&decoder, &self.decoder)
    decoder.receive(bytes) { event, content in
      if !isClosed { take(event, content, &actions) }
    }
    swap(&decoder, &self.decoder)
    return actions
  }

  package mutating func receiveEnd() -> [ResponderAction] {
    guard !isClosed, script == nil else { return [] }
    return close()
  }

  package mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction] {
    guard !isClosed, timer == self.timer else { return [] }
    self.timer = nil
    return proceed()
  }

  // MARK: The request

  private mutating func take(_ event: SCGIEvent, _ bytes: RawSpan, _ actions: inout [ResponderAction]) {
    switch event {
    case .began(let byteCount, _): if byteCount > Self.requestLimit { actions += close() }
    case .header: variables.append(ProbeVariable(name: [], value: []))
    case .name: variables[variables.count - 1].name += bytes.copied()
    case .value: variables[variables.count - 1].value += bytes.copied()
    case .headersEnd(let head): if head.contentLength ?? 0 > Self.requestLimit { actions += close() }
    case .content: body += bytes.copied()
    case .requestEnd(let end): if end.isComplete { actions += answer() } else { actions += close() }
    case .undecoded: actions += close()
    case .headerEnd, .surplus, .anomaly: break
    }
  }

  // MARK: The answer

  private mutating func answer() -> [ResponderAction] {
    var request = ProbeRequest(interface: .scgi, metaVariables: variables)
    request.bodyByteCount = UInt64(body.count)
    request.body = body
    script = ProbeScript(application.answer(request))
    body = []
    return proceed()
  }

  /// Goes on with the answer until it rests, ends, or has filled its turn.
  private mutating func proceed() -> [ResponderAction] {
    var (actions, sent) = ([ResponderAction](), 0)
    while sent < Self.turnByteCount {
      var piece: [UInt8] = []
      switch script?.next(limit: Self.pieceByteCount, into: &piece) {
      case .output:
        sent += piece.count
        actions.append(.send(piece))
      // SCGI has no error stream.
      case .error: break
      case .pause(let milliseconds): return actions + [startTimer(milliseconds)]
      case .crashed, .ended, nil: return actions + close()
      }
    }
    return actions + [startTimer(0)]
  }

  private mutating func startTimer(_ milliseconds: UInt64) -> ResponderAction {
    lastTimer += 1
    let timer = ResponderTimer(number: lastTimer)
    self.timer = timer
    return .startTimer(milliseconds: milliseconds, timer)
  }

  private mutating func close() -> [ResponderAction] {
    isClosed = true
    return [.close]
  }
}
