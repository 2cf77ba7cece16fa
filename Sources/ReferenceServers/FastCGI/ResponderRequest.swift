// The state of one request on a connection: what came in so far, and how far its answer got.
//
// Values and their bounds only; when a request starts, and what is sent for it, is the responder's matter.

internal import FastCGIWire
internal import WireBytes

/// A request that is active on a connection.
struct ResponderRequest: Sendable {
  /// An input stream besides PARAMS.
  struct Input: Sendable {
    var bytes: [UInt8] = []
    var byteCount: UInt64 = 0
    var isEnded = false
  }

  /// How far the request got.
  enum Stage: Sendable {
    /// Its inputs are arriving.
    case receiving
    /// Its answer is being sent.
    case running(ProbeScript)
    /// Its answer is in a pause, until the timer fires.
    case paused(ProbeScript, until: ResponderTimer)
  }

  let id: UInt16
  let role: FastCGIRole
  var keepsConnection: Bool

  /// The content of PARAMS so far; empty once they are complete and read.
  var params: [UInt8] = []
  var paramsEnded = false
  /// Whether the variables were read from them.
  var paramsAreRead = false
  var variables: [ProbeVariable] = []
  /// Whether PARAMS held a pair that was cut.
  var isMalformed = false
  /// What the application needs of the body; unknown until PARAMS are complete, so that all is kept.
  var bodyUse = ProbeApplication.BodyUse.kept
  var stdin = Input()
  var data = Input()
  /// Whether the body outgrew what is kept for the connection.
  var bodyIsTooLarge = false

  var stage = Stage.receiving
  var hasOutput = false
  /// Bytes of output and of error text so far, and how often the application paused.
  var outputByteCount = 0
  var errorByteCount = 0
  var pauseCount = 0
  /// Records of PARAMS, of STDIN and of DATA with content.
  var paramsRecordCount = 0
  var stdinRecordCount = 0
  var dataRecordCount = 0
  /// Whether a request on another connection had the same ID when it began, where a policy looks at that.
  var isTwin = false
  /// The status of the answer.
  var code: Int?

  init(id: UInt16, role: FastCGIRole, keepsConnection: Bool) {
    self.id = id
    self.role = role
    self.keepsConnection = keepsConnection
  }

  /// How many records of that type came.
  func recordCount(_ type: FastCGIRecordType) -> Int {
    switch type {
    case .params: paramsRecordCount
    case .stdin: stdinRecordCount
    case .data: dataRecordCount
    default: 0
    }
  }

  var isReceiving: Bool { if case .receiving = stage { true } else { false } }
  var isRunning: Bool { if case .running = stage { true } else { false } }

  /// Whether all input that the application waits for has arrived.
  ///
  /// Spec: FastCGI 1.0 sections 6.2 to 6.4.
  var isReady: Bool {
    guard isReceiving, paramsAreRead else { return false }
    if isMalformed || role == .authorizer { return true }
    if role == .filter { return stdin.isEnded && (bodyUse == .none || data.isEnded) }
    return bodyUse == .none || stdin.isEnded
  }

  /// How long its body is to be.
  var declaredLength: UInt64? { DecimalNumber.value(of: variables.value(of: "CONTENT_LENGTH") ?? []) }
  /// What the application is asked.
  var query: ProbeQuery { ProbeQuery(variables.value(of: "QUERY_STRING") ?? []) }

  var progress: RequestProgress {
    switch stage {
    case .running: .output
    case .paused: .paused(hasOutput: hasOutput)
    case .receiving where !paramsEnded: params.isEmpty ? .begun : .params
    case .receiving: stdin.byteCount == 0 && !stdin.isEnded ? .paramsEnded : .body
    }
  }

  func isPaused(until timer: ResponderTimer) -> Bool {
    if case .paused(_, timer) = stage { true } else { false }
  }

  /// Goes on after a pause.
  mutating func resume() {
    if case .paused(let script, _) = stage { stage = .running(script) }
  }
}

/// Name-value pairs read from gathered content.
struct PairReader {
  private(set) var pairs: [ProbeVariable] = []
  /// Whether the content ended inside a pair.
  private(set) var isCut = false
  /// The pair that the content cut, as far as it came.
  private(set) var cutPair: ProbeVariable?

  /// Reads all pairs of `content`.
  init(_ content: [UInt8]) {
    var decoder = FastCGINameValueDecoder()
    var name: [UInt8] = []
    var value: [UInt8] = []
    var pairs: [ProbeVariable] = []
    unsafe decoder.receive(content.span.bytes, at: 0) { event, bytes in
      switch event {
      case .pair: (name, value) = ([], [])
      case .name: name.append(contentsOf: bytes)
      case .value: value.append(contentsOf: bytes)
      case .ended: pairs.append(ProbeVariable(name: name, value: value))
      }
    }
    self.pairs = pairs
    isCut = !decoder.isAtBoundary
    if isCut { cutPair = ProbeVariable(name: name, value: value) }
  }

  /// Whether a length below 128 is written in four bytes.
  static func hasNeedlessLongForm(_ content: [UInt8]) -> Bool {
    var rest = content[...]
    while !rest.isEmpty {
      var lengths: [Int] = []
      for _ in 0..<2 {
        guard let first = rest.first else { return false }
        let count = first < 0x80 ? 1 : 4
        guard rest.count >= count else { return false }
        lengths.append(rest.prefix(count).reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF)
        if count == 4, lengths[lengths.count - 1] < 128 { return true }
        rest = rest.dropFirst(count)
      }
      rest = rest.dropFirst(lengths[0] + lengths[1])
    }
    return false
  }
}
