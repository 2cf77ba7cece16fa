// The reference CGI program: one request in, the actions of one run out, without a process.
//
// It is asked for its next action and told what it read. Whoever runs it (CGIProcess, a rehearsal) does what it says.

/// What a run of the program is given besides its standard input.
package struct CGIGiven: Hashable, Sendable {
  /// The environment.
  package var variables: [ProbeVariable]
  /// The command line after the program's name.
  package var arguments: [[UInt8]]

  /// - Parameter environment: Each variable as `NAME=VALUE`; one without an equals sign is left out.
  package init(environment: [[UInt8]], arguments: [[UInt8]] = []) {
    variables = environment.compactMap { entry in
      guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { return nil }
      return ProbeVariable(name: Array(entry[..<equals]), value: Array(entry[(equals + 1)...]))
    }
    self.arguments = arguments
  }

  /// The value of a variable; of one that is missing as of an empty one (RFC 3875 section 4.1), no bytes.
  func value(_ name: String) -> [UInt8] { variables.value(of: name) ?? [] }

  /// Whether the variable has exactly that value.
  func has(_ name: String, _ value: String) -> Bool { self.value(name).elementsEqual(value.utf8) }

  /// Whether the query names a behaviour of the probe; where it does not, the program is a plain page.
  var asksForProbe: Bool { ProbeQuery(value("QUERY_STRING"))["probe"] != nil }
}

/// What the program does next.
package enum CGIAction: Hashable, Sendable {
  /// It reads standard input, at most so many bytes; what came goes to ``CGIProgram/receive(_:)``.
  case read(upTo: Int)
  case output([UInt8])
  case error([UInt8])
  case pause(milliseconds: UInt64)
  /// It ends abnormally, by a signal.
  case crash
  case exit(code: UInt8)
}

/// The reference CGI program: the probe, right in all that RFC 3875 asks of a script.
///
/// Without `probe=` in the query it is a plain page: it reports as `probe=echo` does, knows the methods of HTTP (501),
/// has no use for PATH_INFO (404) and takes bodies of the types that it knows (415).
///
/// Spec: RFC 3875 sections 4.2 to 6.3.
package struct CGIProgram: Sendable {
  private enum Stage {
    /// The body arrives: so many bytes are left; nil reads to the end.
    case reading(left: UInt64?)
    case answering(ProbeScript)
    case over
  }

  /// The largest body that is read.
  static let bodyLimit: UInt64 = 64 << 20
  /// The most bytes of one read or write.
  static let pieceByteCount = 65_536

  private let given: CGIGiven
  private let options: CGIOptions
  private let policy: CGIPolicy
  private var request: ProbeRequest
  private let application = ProbeApplication()
  private var stage = Stage.over
  private var outputByteCount = 0
  private var errorByteCount = 0
  private var hasPaused = false
  /// Output that waits for smaller writes, the next byte first.
  private var waiting: ArraySlice<UInt8> = []

  package init(_ given: CGIGiven, options: CGIOptions = CGIOptions(), policy: CGIPolicy = CGIPolicy()) {
    var given = given
    policy.receives(&given)
    self.given = given
    self.options = options
    self.policy = policy
    request = ProbeRequest(interface: .cgi, metaVariables: given.variables)
    request.arguments = given.arguments
    // What is declared bounds what is read, so that there is nothing to compare afterwards.
    request.declaredLength = nil
    if given.value("CONTENT_TYPE").isEmpty { request.contentType = nil }
    begin()
  }

  // MARK: Input

  private mutating func begin() {
    var length = CGIBodyLength(given.value("CONTENT_LENGTH"))
    policy.measures(given, &length)
    if let refusal = refusal(length) { return answer(refusal) }
    switch length {
    case .none, .malformed: answer()
    case .bytes(let count):
      if count == 0 || application.bodyUse(of: request.query) == .none { return answer() }
      stage = .reading(left: count)
    case .untilEnd: stage = .reading(left: nil)
    }
  }

  /// Takes what was read; no bytes mean that standard input has ended.
  package mutating func receive(_ input: [UInt8]) {
    guard case .reading(let left) = stage else { return }
    guard !input.isEmpty else { return inputEnded(left: left) }
    request.bodyByteCount += UInt64(input.count)
    if application.bodyUse(of: request.query) == .kept, request.body.count < policy.bodyByteLimit {
      request.body += input.prefix(policy.bodyByteLimit - request.body.count)
    }
    guard let left else {
      if request.bodyByteCount > Self.bodyLimit { answer(.tooLarge) }
      return
    }
    stage = .reading(left: left - UInt64(input.count))
    if left == UInt64(input.count) { answer() }
  }

  /// Takes note that nothing came for a while.
  package mutating func noteRest() {
    if policy.restEndsInput, case .reading = stage { answer() }
  }

  private mutating func inputEnded(left: UInt64?) {
    guard let left, left > 0 else { return answer() }
    switch policy.shortBody {
    case .refused: answer(.shortBody)
    case .taken: answer()
    case .awaited: stage = .answering(ProbeScript([.pause(milliseconds: .max)]))
    }
  }

  // MARK: The answer

  private func refusal(_ length: CGIBodyLength) -> Refusal? {
    if length == .malformed { return .malformedLength }
    if case .bytes(let count) = length, count > Self.bodyLimit { return .tooLarge }
    guard !given.asksForProbe else { return nil }
    if !policy.takesAnyMethod, !methodIsKnown { return .unknownMethod }
    if !policy.takesAnyPath, !given.value("PATH_INFO").isEmpty { return .noSuchPage }
    if !policy.takesAnyType, case .bytes(1...) = length, !typeIsKnown { return .unknownType }
    return nil
  }

  /// Whether the method is one that the request's protocol defines.
  ///
  /// Spec: RFC 3875 sections 4.3.4 and 4.1.16: what is no HTTP at all counts as HTTP/1.0.
  private var methodIsKnown: Bool {
    let method = String(decoding: given.value("REQUEST_METHOD"), as: UTF8.self)
    switch method {
    case "GET", "HEAD", "POST", "": return true
    case "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE": return policy.ignoresProtocol || !isHTTP1Dot0
    default: return false
    }
  }

  private var isHTTP1Dot0: Bool {
    let version = given.value("SERVER_PROTOCOL")
    return version.elementsEqual("HTTP/1.0".utf8) || !version.starts(with: "HTTP/".utf8)
  }

  private var typeIsKnown: Bool {
    let type = given.value("CONTENT_TYPE")
    return type.isEmpty || type.starts(with: "text/".utf8) || type.starts(with: "multipart/".utf8)
      || ["application/x-www-form-urlencoded", "application/json", "application/octet-stream"].contains {
        type.starts(with: $0.utf8)
      }
  }

  /// Why a request gets no answer of the probe's.
  private struct Refusal {
    var code: Int
    var reason: String
    var problem: String

    static let malformedLength = Refusal(code: 400, reason: "Bad Request", problem: "CONTENT_LENGTH is no number")
    static let shortBody = Refusal(code: 400, reason: "Bad Request", problem: "the body is shorter than CONTENT_LENGTH")
    static let noSuchPage = Refusal(code: 404, reason: "Not Found", problem: "there is nothing below this page")
    static let tooLarge = Refusal(code: 413, reason: "Content Too Large", problem: "the body is too large")
    static let unknownType = Refusal(
      code: 415, reason: "Unsupported Media Type", problem: "bodies of that type are not understood")
    static let unknownMethod = Refusal(code: 501, reason: "Not Implemented", problem: "the method is not known")
  }

  private mutating func answer(_ refusal: Refusal) {
    answer(ProbeApplication.page("\(refusal.problem)\n", refusal.code, refusal.reason))
  }

  private mutating func answer() {
    if policy.countsEmptyBody, request.bodyByteCount == 0 { request.bodyByteCount = 1 }
    answer(application.answer(request))
  }

  private mutating func answer(_ steps: [ProbeStep]) {
    var steps = request.isHead ? steps.filter(\.isNoBody) : steps
    if options.isNonParsed, steps.contains(where: \.isRedirect) { steps = ProbeApplication.unsupported }
    if options.pauseMilliseconds > 0 { steps.insert(.pause(milliseconds: options.pauseMilliseconds), at: 0) }
    policy.answers(given, &steps)
    stage = .answering(ProbeScript(steps) { render($0) })
  }

  /// The head of an answer as it goes out.
  private func render(_ head: ProbeHead) -> [UInt8] {
    var head = head
    if let code = head.code, !head.isCut { options.embellish(&head, code) }
    policy.heads(given, &head)
    let version = isHTTP1Dot0 ? "HTTP/1.0" : "HTTP/1.1"
    let statusLine: String? =
      if let code = head.code {
        options.isNonParsed
          ? "\(version) \(code) \(head.reason)"
          : options.omitsStatus && code == 200 ? nil : "Status: \(code) \(head.reason)"
      } else { nil }
    if options.isNonParsed, !head.isCut { head.append("Connection", policy.connection) }
    var bytes = head.cgiBytes(statusLine: statusLine)
    if options.lineFeedsAlone { bytes.removeAll { $0 == UInt8(ascii: "\r") } }
    policy.writes(given, &bytes)
    return bytes
  }

  // MARK: Actions

  /// What the program does next; after ``CGIAction/crash`` and ``CGIAction/exit(code:)`` nothing more.
  package mutating func next() -> CGIAction {
    while true {
      if !waiting.isEmpty {
        // Single bytes as far as it makes a difference to who reads them.
        let count = outputByteCount < options.singleByteCount ? 1 : waiting.count
        defer { waiting = waiting.dropFirst(count) }
        outputByteCount += count
        return .output(Array(waiting.prefix(count)))
      }
      switch stage {
      case .reading(let left): return .read(upTo: Int(min(left ?? .max, UInt64(Self.pieceByteCount))))
      case .over: return .exit(code: 0)
      case .answering(var script):
        // The script is used in place: a copy in the stage would cost its storage.
        stage = .over
        var content: [UInt8] = []
        let event = script.next(limit: Self.pieceByteCount, into: &content)
        stage = .answering(script)
        if let action = action(event, content) { return action }
      }
    }
  }

  /// The action for an event of the answer; nil where it has none, or output waits now.
  private mutating func action(_ event: ProbeScript.Event, _ content: [UInt8]) -> CGIAction? {
    switch event {
    case .output:
      if policy.losesOutputAfterPause, hasPaused { return nil }
      var content = Array(content.prefix(policy.outputByteLimit - outputByteCount))
      policy.alters(given, &content)
      waiting = content[...]
      return nil
    case .error:
      let content = Array(content.prefix(policy.errorByteLimit - errorByteCount))
      errorByteCount += content.count
      if policy.mergesErrors {
        waiting = content[...]
        return nil
      }
      return content.isEmpty ? nil : .error(content)
    case .pause(let milliseconds):
      hasPaused = true
      return .pause(milliseconds: milliseconds)
    case .crashed: return .crash
    case .ended(let status):
      // A system knows the low byte of a code.
      return .exit(code: policy.exits(UInt8(truncatingIfNeeded: status)))
    }
  }
}

extension ProbeStep {
  /// Whether it belongs into the answer to HEAD.
  fileprivate var isNoBody: Bool {
    switch self {
    case .output, .parts: false
    default: true
    }
  }

  /// Whether it is the head of a CGI redirect, which a server has to complete.
  fileprivate var isRedirect: Bool { if case .head(let head) = self { head.code == nil } else { false } }
}
