// Sending one request and printing what came of it: body, fields, conversation, JSON, exit code.

import Conformance
import Drivers
import Exchanges
import FastCGIWire
import Fixtures
import Reports
import Transports
import WireBytes

extension RequestCommand {
  /// The most of a body that is kept for a terminal; what is longer is cut, and said to be.
  private static let bodyByteLimit = 128 << 20

  func run() async throws {
    var profile = base.profile(of: try Target(target))
    let request = try plainRequest()
    let body = try output.map { path throws(CommandFailure) in try OutputFile(path, besides: inputs) }
    var timeouts = PhaseTimeouts()
    timeouts.total = timeout?.milliseconds ?? 30_000
    (timeouts.connect, timeouts.firstByte, timeouts.idle) = (timeouts.total, timeouts.total, timeouts.total)
    var retention = Retention.tester
    // What a person is to see is looked at as a whole first; everything else goes out as it comes.
    let writer = try body != nil || !json && !Terminal.isOutputTerminal ? bodyWriter(to: body ?? OutputFile("-")) : nil
    retention.bodySink = writer?.sink
    if !json { retention.bodyByteCount = writer == nil ? Self.bodyByteLimit : 0 }
    let hosted = try base.application.host(&profile, workers: 1)
    defer { hosted?.end() }
    let sending = Task { [timeouts, retention, profile] in
      try await request.send(to: profile, timeouts: timeouts, retention: retention)
    }
    Signals.onInterrupt { sending.cancel() }
    let answer: PlainAnswer
    do {
      answer = try await sending.value
    } catch {
      writer?.abandon()
      if sending.isCancelled { Ending.leave(.interrupted) }
      throw error
    }
    if sending.isCancelled { Ending.leave(.interrupted) }
    try print(answer, writer)
  }

  /// What writes a body out while it arrives, the fields before it where they are asked for.
  private func bodyWriter(to file: OutputFile) -> BodyWriter {
    let showsHead = include && !json
    return BodyWriter(file, dropsErrors: fail) { response, version in
      if showsHead { FileOutput.standardOutput.write(Self.head(response, version)[...]) }
    }
  }

  /// The files that the body is made of.
  private var inputs: [String] {
    (data + (dataBinary.map { [$0] } ?? [])).filter { $0.hasPrefix("@") }.map { String($0.dropFirst()) }
  }

  private func plainRequest() throws -> PlainRequest {
    let content = try content()
    var fields = header.compactMap { Self.field($0) }
    let hasType = fields.contains { String(decoding: $0.name, as: UTF8.self).lowercased() == "content-type" }
    if content != nil, !hasType {
      fields.append((Array("Content-Type".utf8), Array("application/x-www-form-urlencoded".utf8)))
    }
    let method = method ?? (content == nil ? "GET" : "POST")
    return PlainRequest(method: Array(method.utf8), fields: fields, body: content)
  }

  private func content() throws(CommandFailure) -> [UInt8]? {
    if let dataBinary { return try Self.bytes(dataBinary) }
    guard !data.isEmpty else { return nil }
    var content: [UInt8] = []
    for (index, piece) in data.enumerated() {
      if index > 0 { content.append(UInt8(ascii: "&")) }
      let bytes = try Self.bytes(piece)
      content += piece.hasPrefix("@") ? bytes.filter { $0 != 0x0D && $0 != 0x0A && $0 != 0 } : bytes
    }
    return content
  }

  private static func bytes(_ data: String) throws(CommandFailure) -> [UInt8] {
    data.hasPrefix("@") ? try InputFile.bytes(String(data.dropFirst())) : Array(data.utf8)
  }

  // MARK: The answer

  private func print(_ answer: PlainAnswer, _ writer: BodyWriter?) throws {
    guard let exchange = answer.exchange else {
      writer?.abandon()
      throw CommandFailure(.unreachable, "no response came: \(answer.trouble ?? answer.closing)")
    }
    let findings = json || verbose ? try self.findings(answer, exchange) : []
    if json {
      var line = TraceJSON(
        registry: try RegistryLoader.load(), bodyByteCount: Retention.tester.bodyByteCount)
      line.render(exchange, findings)
      FileOutput.standardOutput.drain(&line.output)
    }
    if verbose { tell(answer, exchange, findings) } else if !json { printErrorStream(exchange) }
    let response = exchange.response
    let isRefused = fail && (response.status ?? 0) >= 400
    if let writer {
      writer.begin(response, exchange.http1?.responseVersion)
    } else {
      if include, !json { FileOutput.standardOutput.write(Self.head(response, exchange.http1?.responseVersion)[...]) }
      if !isRefused, !json { try write(response.body) }
    }
    try complain(about: answer, exchange)
    if isRefused {
      Ending.complain("the status is \(response.status ?? 0)")
      Ending.leave(code: 22)
    }
  }

  private func findings(_ answer: PlainAnswer, _ exchange: Exchange) throws -> [Finding] {
    let registry = try RegistryLoader.load()
    var findings = Findings { registry[$0]?.severity ?? .info }
    RuleCatalog.judge(exchange, [.server], into: &findings)
    if let summary = answer.summary { RuleCatalog.judge(summary, [.server], into: &findings) }
    return findings.list
  }

  /// The exchange as `trace -vv` shows it, and how it ended.
  private func tell(_ answer: PlainAnswer, _ exchange: Exchange, _ findings: [Finding]) {
    let style = Terminal.style(for: .standardError)
    var text = TextBuffer()
    var line = TraceLine(style: style, zone: Terminal.zone)
    line.render(exchange, hasFindings: !findings.isEmpty, to: &text)
    TraceTree(detail: TraceDetail(verbosity: 2), style: style).render(exchange, findings, to: &text)
    text.append("    \(answer.closing)\n")
    FileOutput.standardError.drain(&text)
  }

  private func printErrorStream(_ exchange: Exchange) {
    let bytes = exchange.errorStream.retained
    guard !bytes.isEmpty else { return }
    FileOutput.standardError.write(Terminal.isErrorTerminal ? Self.escapedLines(bytes)[...] : bytes[...])
    if exchange.errorStream.byteCount > UInt64(bytes.count) {
      Ending.complain(
        "the error stream has \(exchange.errorStream.byteCount) bytes; the first \(bytes.count) are shown")
    }
  }

  /// The status line, where there is one, and the fields as they came.
  private static func head(_ response: Response, _ version: HTTP1VersionFacts?) -> [UInt8] {
    guard response.hasHead else { return [] }
    var text: [UInt8] = []
    if let version {
      text += Array("HTTP/\(version.major).\(version.minor) \(response.status ?? 0) ".utf8) + response.reason + [0x0A]
    }
    for index in response.fields.indices {
      text += response.fields.name(index) + Array(": ".utf8) + response.fields.value(index) + [0x0A]
    }
    return (Terminal.isOutputTerminal ? escapedLines(text) : text) + [0x0A]
  }

  /// Lines with everything but their ends escaped, for a terminal.
  private static func escapedLines(_ bytes: [UInt8]) -> [UInt8] {
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    return Array(lines.map { WireText.escape($0) }.joined(separator: "\n").utf8)
  }

  /// Writes a body to the terminal.
  private func write(_ body: Content) throws {
    if body.retained.contains(where: Self.isControl) {
      throw CommandFailure(
        .usage, "the body holds bytes that a terminal obeys instead of showing",
        remedy: "-o FILE keeps it; -o - writes it to the terminal all the same")
    }
    FileOutput.standardOutput.write(body.retained[...])
    guard body.isWhole else {
      throw CommandFailure(
        .unreachable,
        "the body has \(body.byteCount) bytes, more than gatespec keeps: it was cut after "
          + "\(body.retained.count)")
    }
  }

  private static func isControl(_ byte: UInt8) -> Bool {
    byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D || byte == 0x7F
  }

  /// Says what is wrong with an answer that is not whole.
  private func complain(about answer: PlainAnswer, _ exchange: Exchange) throws(CommandFailure) {
    guard !exchange.response.isComplete || exchange.ending != .complete else {
      guard let broken = Self.brokenPromise(exchange) else { return }
      throw CommandFailure(.unreachable, broken)
    }
    let reason = refusal(exchange) ?? answer.trouble ?? answer.closing
    let response = exchange.response
    if response.hasHead { throw CommandFailure(.unreachable, "the response broke off: \(reason)") }
    let hasOutput = (exchange.cgi?.outputByteCount ?? 0) > 0
    let what = hasOutput ? "the output has no empty line after header fields, so it is no response" : "no response came"
    throw CommandFailure(.unreachable, "\(what): \(reason)", remedy: verbose ? nil : "-v shows the conversation")
  }

  /// What is wrong with the length that a response promised; nil where it kept it, or promised none.
  private static func brokenPromise(_ exchange: Exchange) -> String? {
    let response = exchange.response
    let hasBody = response.status.map { $0 >= 200 && $0 != 204 && $0 != 304 } ?? true
    guard hasBody, exchange.request.method != Array("HEAD".utf8),
      response.fields.firstField("transfer-encoding") == nil,
      let promised = response.fields.firstField("content-length")
    else { return nil }
    let text = WireText.escape(promised, limit: 64)
    guard let count = UInt64(String(decoding: promised, as: UTF8.self)) else {
      return "Content-Length is \(text), which is no length that a body can have: whether it came whole is not known"
    }
    guard count != response.body.byteCount else { return nil }
    return "Content-Length is \(count), and the body has \(response.body.byteCount) bytes"
  }

  /// How a FastCGI server said that it does not do this.
  private func refusal(_ exchange: Exchange) -> String? {
    guard let end = exchange.fastCGI?.end, end.protocolStatus != .requestComplete else { return nil }
    return "the server ended the request with \(end.protocolStatus.name)"
  }
}
