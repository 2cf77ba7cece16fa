// The probe: an application with known behaviour, version 1 of its contract.
//
// Pure: a request in, the steps of an answer out. It knows no protocol; how an answer travels is the matter of the
// interface's server.

/// The probe application.
package struct ProbeApplication: Hashable, Sendable {
  /// What a behaviour needs of the request body before it can answer.
  package enum BodyUse: Hashable, Sendable {
    /// Nothing: the answer may begin at once.
    case none
    /// Its length.
    case counted
    /// Its bytes.
    case kept
  }

  /// The longest pause that may be asked for, in milliseconds.
  package static let longestPause: UInt64 = 3_600_000
  /// The most bytes that `slow-reader` reads between two pauses.
  package static let pieceByteCount: UInt64 = 65_536

  package init() {}

  /// What the behaviour that `query` asks for needs of the body.
  package func bodyUse(of query: ProbeQuery) -> BodyUse {
    let probe = query.probe
    if probe.elementsEqual("unread".utf8) { return .none }
    return probe.elementsEqual("reflect".utf8) ? .kept : .counted
  }

  /// The steps of the answer to `request`.
  ///
  /// A body, or a filter's data, whose length is not the declared one is answered by status 400, a line on the error
  /// stream and application status 1.
  package func answer(_ request: ProbeRequest) -> [ProbeStep] {
    if let problem = lengthProblem(of: request) { return Self.failure(400, "Bad Request", problem) }
    let steps = behaviour(request)
    guard request.isHead else { return steps }
    return steps.filter { step in
      switch step {
      case .output, .parts: false
      default: true
      }
    }
  }

  /// The answer of an application that could not do its work: a status, a line of text on both streams, and
  /// application status 1.
  ///
  /// Spec: FastCGI 1.0 section 7.
  package static func failure(_ code: Int, _ reason: String, _ problem: String) -> [ProbeStep] {
    let line = Array("\(problem)\n".utf8)
    return [.error(.bytes(line)), .head(plainHead(code, reason)), .output(.bytes(line)), .end(status: 1)]
  }

  private func lengthProblem(of request: ProbeRequest) -> String? {
    guard bodyUse(of: request.query) != .none else { return nil }
    if let declared = request.declaredLength, !declared.isEmpty,
      DecimalNumber.value(of: declared) != request.bodyByteCount
    {
      return "the body's length is not CONTENT_LENGTH"
    }
    if let count = request.dataByteCount, let declared = request.declaredDataLength,
      DecimalNumber.value(of: declared) != count
    {
      return "the data's length is not FCGI_DATA_LENGTH"
    }
    return nil
  }

  private func behaviour(_ request: ProbeRequest) -> [ProbeStep] {
    let query = request.query
    switch String(decoding: query.probe, as: UTF8.self) {
    case "echo": return Self.plain(EchoReport.bytes(of: request))
    case "reflect":
      var head = ProbeHead(code: 200)
      let type = request.contentType.flatMap { Self.isFieldValue($0) ? $0 : nil }
      head.append("Content-Type", type ?? Array("application/octet-stream".utf8))
      return [.head(head), .output(.bytes(request.body))]
    case "pattern":
      guard let count = query.number("bytes", upTo: UInt64(Int64.max)) else { return Self.badArgument }
      return Self.pattern(count)
    case "status": return Self.status(query)
    case "fields":
      var head = Self.plainHead(200, "OK")
      head.append("X-Probe", "one")
      head.append("X-Probe", "two")
      head.append("Set-Cookie", "a=1")
      head.append("Set-Cookie", "b=2")
      return [.head(head), .output(.bytes(Array("fields\n".utf8)))]
    case "local-redirect", "client-redirect": return Self.redirect(request)
    case "document-redirect":
      guard let target = query["to"], Self.isFieldValue(target) else { return Self.badArgument }
      var head = ProbeHead(code: 302, reason: "Found")
      head.append("Location", target)
      head.append("Content-Type", "text/plain")
      return [.head(head), .output(.bytes(Array("moved\n".utf8)))]
    case "stderr":
      guard let count = query.number("bytes", upTo: UInt64(Int64.max)) else { return Self.badArgument }
      guard request.interface.hasErrorStream else { return Self.unsupported }
      return [.error(.filledLine(UInt8(ascii: "e"), byteCount: count))] + Self.plain("stderr \(count)\n")
    case "exit":
      guard let status = query.number("code", upTo: UInt64(UInt32.max)) else { return Self.badArgument }
      guard request.interface.hasApplicationStatus else { return Self.unsupported }
      return Self.plain("exit \(status)\n") + [.end(status: UInt32(status))]
    case "unread": return Self.plain("unread\n")
    case "stream":
      guard let parts = query.number("parts", upTo: UInt64(Int64.max)),
        let delay = query.number("delay", upTo: Self.longestPause)
      else { return Self.badArgument }
      return [.head(Self.plainHead(200, "OK")), .parts(first: 1, last: parts, delay: delay)]
    case "sleep":
      guard let pause = query.number("ms", upTo: Self.longestPause) else { return Self.badArgument }
      return [.pause(milliseconds: pause)] + Self.plain("slept \(pause)\n")
    case "crash": return Self.crash(query)
    case "finish":
      guard let count = query.number("bytes", upTo: UInt64(Int64.max)),
        query.number("ms", upTo: Self.longestPause) != nil
      else { return Self.badArgument }
      guard request.interface == .fastcgi else { return Self.unsupported }
      // Work that goes on after the end holds up nothing here: requests take turns, and this one is over.
      return Self.pattern(count) + [.end(status: 0)]
    case "error":
      let count = query["bytes"] == nil ? 0 : query.number("bytes", upTo: UInt64(Int64.max))
      return count.map(Self.uncaughtError) ?? Self.badArgument
    case "slow-reader":
      guard let pause = query.number("ms", upTo: Self.longestPause) else { return Self.badArgument }
      // The body is here already; what is left of reading it are the pauses.
      let pieces = (request.bodyByteCount + Self.pieceByteCount - 1) / Self.pieceByteCount
      let pauses: [ProbeStep] = pieces > 0 ? [.pause(milliseconds: pause * pieces)] : []
      return pauses + Self.plain("read \(request.bodyByteCount)\n")
    default: return Self.plain("unknown probe\n", 400, "Bad Request")
    }
  }

  private static func pattern(_ count: UInt64) -> [ProbeStep] {
    var head = ProbeHead(code: 200)
    head.append("Content-Type", "application/octet-stream")
    return [.head(head), .output(.pattern(byteCount: count))]
  }

  /// What a language makes of an error that nobody caught: the fields so far, status 500, and error text, of so many
  /// bytes where it is not 0.
  private static func uncaughtError(_ count: UInt64) -> [ProbeStep] {
    failure(500, "Internal Server Error", "uncaught error").map { step in
      switch step {
      case .head(var head):
        head.append("X-Probe", "error")
        return .head(head)
      case .error where count > 0: return .error(.filledLine(UInt8(ascii: "e"), byteCount: count))
      default: return step
      }
    }
  }

  private static func status(_ query: ProbeQuery) -> [ProbeStep] {
    guard let code = query.number("code", upTo: 999), code >= 100 else { return badArgument }
    let steps = plain("status \(code)\n", Int(code), "Probe")
    return code < 200 || code == 204 || code == 304 ? [steps[0]] : steps
  }

  private static func redirect(_ request: ProbeRequest) -> [ProbeStep] {
    guard let target = request.query["to"], isFieldValue(target) else { return badArgument }
    guard request.interface.hasRedirects else { return unsupported }
    var head = ProbeHead(code: nil)
    head.append("Location", target)
    return [.head(head)]
  }

  private static func crash(_ query: ProbeQuery) -> [ProbeStep] {
    var head = plainHead(200, "OK")
    switch query["at"].map({ String(decoding: $0, as: UTF8.self) }) {
    case "start": return [.crash]
    case "fields":
      head.isCut = true
      return [.head(head), .crash]
    case "body":
      head.append("Content-Length", "20")
      return [.head(head), .output(.bytes(Array("crash body".utf8))), .crash]
    default: return badArgument
    }
  }

  private static func plainHead(_ code: Int, _ reason: String) -> ProbeHead {
    var head = ProbeHead(code: code, reason: reason)
    head.append("Content-Type", "text/plain")
    return head
  }

  private static func plain(_ body: [UInt8], _ code: Int = 200, _ reason: String = "OK") -> [ProbeStep] {
    [.head(plainHead(code, reason)), .output(.bytes(body))]
  }

  private static func plain(_ body: String, _ code: Int = 200, _ reason: String = "OK") -> [ProbeStep] {
    plain(Array(body.utf8), code, reason)
  }

  /// A page of plain text.
  package static func page(_ text: String, _ code: Int, _ reason: String) -> [ProbeStep] { plain(text, code, reason) }

  private static let badArgument = plain("bad argument\n", 400, "Bad Request")
  /// The answer where an interface cannot do what is asked for.
  package static let unsupported = plain("unsupported\n", 501, "Not Implemented")

  /// Whether `bytes` can stand in a field without ending it.
  private static func isFieldValue(_ bytes: [UInt8]) -> Bool {
    !bytes.isEmpty && !bytes.contains { $0 < 0x20 || $0 == 0x7F }
  }
}
