// Whether an exchange with a client may have caused one with a backend, and what speaks for it.
//
// A pure comparison of two exchanges. Which of several candidates is meant is ExchangeLinker's decision.

internal import Exchanges
internal import FastCGIWire
internal import WireBytes

extension LinkEvidence {
  /// What speaks for it that `front` caused `back`; nil where that cannot be.
  ///
  /// Both were seen from their beginning, the backend was asked within the client's time, and asked for the same.
  /// Between two HTTP exchanges, which nothing but their addresses tells apart from two that a client had itself, more is
  /// demanded: the gateway's address, the client's User-Agent, the status, and a trace of forwarding or equal content.
  static func between(_ front: borrowing Exchange, _ back: borrowing Exchange) -> LinkEvidence? {
    guard !front.startedInTheMiddle, !back.startedInTheMiddle, front.connection.id != back.connection.id,
      let begun = front.timeline.requestStart, let ended = front.timeline.end,
      let asked = back.timeline.requestStart, begun <= asked, asked <= ended,
      isSame(front.request.method, back.request.method),
      front.request.originTarget == back.request.originTarget, back.fastCGI?.role != .authorizer
    else { return nil }
    var evidence: LinkEvidence = []
    if let end = back.timeline.end, end <= ended { evidence.insert(.endedBefore) }
    if agrees(front, back) { evidence.insert(.sameStatus) }
    if front.connection.server.isOnHost(of: back.connection.client) { evidence.insert(.sameGateway) }
    if back.wireProtocol.traits.requestNames == .headerFields {
      guard evidence.contains([.sameStatus, .sameGateway]), front.connection.server != back.connection.server,
        front.request.fields.firstField("user-agent") == back.request.fields.firstField("user-agent"),
        back.isForwarded || haveSameContent(front, back)
      else { return nil }
      return evidence
    }
    guard let address = back.request.fields.first("REMOTE_ADDR"), let port = back.request.fields.first("REMOTE_PORT"),
      !port.isEmpty, unsafe front.connection.client.isHost(address.span.bytes)
    else { return evidence }
    // Where the address is another one, the gateway was told whom it serves for, and the port says nothing.
    guard let number = front.connection.client.port, "\(number)".utf8.elementsEqual(port) else { return nil }
    return evidence.union(.sameClient)
  }

  /// Gateways may ask with GET for what a client asks with HEAD, to keep the answer.
  private static func isSame(_ front: [UInt8], _ back: [UInt8]) -> Bool {
    if front == back { return true }
    let back = back[...]
    return front[...].elementsEqual("HEAD") && back.elementsEqual("GET")
      || front.count == back.count && zip(front, back).allSatisfy { ASCII.lowercased($0) == ASCII.lowercased($1) }
  }

  /// Whether the client's status may have come of the backend's response.
  private static func agrees(_ front: Exchange, _ back: Exchange) -> Bool {
    guard let status = front.response.status else { return true }
    if status == back.response.status { return true }
    let gaveUp = back.timeline.responseStart.map { start in front.timeline.end.map { start > $0 } ?? false } ?? true
    if gaveUp || !back.response.hasHead { return status >= 500 }
    if back.response.fields.firstField("x-accel-redirect") != nil { return true }
    switch back.response.status {
    // A redirect that names no status.
    case nil: return status == 302
    // Conditions and ranges that the gateway applies itself.
    case 200?: return [206, 304, 412, 416].contains(status)
    default: return false
    }
  }

  private static func haveSameContent(_ front: Exchange, _ back: Exchange) -> Bool {
    let body = front.response.body.byteCount
    return body > 0 && body == back.response.body.byteCount
      && front.response.fields.firstField("content-type") == back.response.fields.firstField("content-type")
  }
}

extension Exchange {
  /// Whether an HTTP request shows that somebody sent it for somebody else.
  fileprivate var isForwarded: Bool {
    let fields = request.fields
    return fields.firstField("x-forwarded-for") != nil || fields.firstField("forwarded") != nil
      || fields.firstField("x-real-ip") != nil || fields.firstField("via") != nil
  }
}

extension Request {
  /// The target from its path on: that of `http://host/path` as well.
  var originTarget: ArraySlice<UInt8> {
    guard target.first != 0x2F, let colon = target.firstIndex(of: 0x3A),
      target[colon...].starts(with: [0x3A, 0x2F, 0x2F])
    else { return target[...] }
    return target[(colon + 3)...].firstIndex(of: 0x2F).map { target[$0...] } ?? [0x2F]
  }
}
