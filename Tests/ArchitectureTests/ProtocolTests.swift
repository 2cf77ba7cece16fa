// Protocols: who does not speak one asks its traits, and does not ask which one it is.
//
// Reads the sources for comparisons with cases of WireProtocol. docs/architecture.md, section Protocols, says where what
// a protocol has of its own belongs.

import Foundation
import Testing

@Suite struct ProtocolTests {
  private static let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources")

  /// Folders that are a protocol's, and the one in which protocols are listed.
  ///
  /// Beside them every module of the wire formats: its cases are its own.
  private static let homes: Set<String> = [
    "FastCGI", "HTTP1", "HTTP", "CGI", "SCGI", "UWSGI", "VariableBlock", "Protocols", "FastCGIWire", "HTTP1Wire",
    "CGIWire", "SCGIWire", "UWSGIWire", "WSGI", "WSGIWire",
  ]

  /// Files elsewhere that may tell protocols apart, each with the reason.
  private static let exceptions: [String: String] = [
    "ReferenceServers/Probe/ProbeRequest.swift": "the probe has interfaces of its own, WSGI among them"
  ]

  /// Whether a line of code compares with a case of WireProtocol, or has a pattern of one.
  private static func isComparison(_ line: Substring) -> Bool {
    // Most lines name none, and expressions are slow.
    guard ["fastCGI", "http1", "cgi", "scgi", "uwsgi", "wsgi"].contains(where: { line.contains(".\($0)") }) else {
      return false
    }
    if line.contains(#/[=!]=\s*(?:\.protocolIs\()?\.(?:fastCGI|http1|cgi|scgi|uwsgi|wsgi)\b(?![.?(])/#) { return true }
    if line.contains(#/(?:^|[\s(,])\.(?:fastCGI|http1|cgi|scgi|uwsgi|wsgi)\)?\s*[=!]=/#) { return true }
    guard let pattern = line.firstMatch(of: #/\bcase\b[^:=]*/#) else { return false }
    return pattern.output.contains(#/[\s(,]\.(?:fastCGI|http1|cgi|scgi|uwsgi|wsgi)\b(?![.(])/#)
  }

  /// Where comparisons stand, as `MODULE/…/FILE.swift:LINE`.
  private static let comparisons: [String] = {
    var found: [String] = []
    for path in (try? FileManager.default.subpathsOfDirectory(atPath: sources.path)) ?? []
    where path.hasSuffix(".swift") {
      let folders = path.split(separator: "/").dropLast().map(String.init)
      guard homes.isDisjoint(with: folders) else { continue }
      let text = (try? String(contentsOf: sources.appending(path: path), encoding: .utf8)) ?? ""
      for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      where !line.drop(while: { $0 == " " }).hasPrefix("//") && isComparison(line) {
        found.append("\(path):\(index + 1)")
      }
    }
    return found
  }()

  @Test func nobodyElseTellsProtocolsApart() {
    let strangers = Self.comparisons.filter { Self.exceptions[String($0.prefix { $0 != ":" })] == nil }
    #expect(strangers.isEmpty, "ask a trait of ProtocolTraits, or move it to the protocol's folder")
  }

  @Test func everyExceptionIsNeeded() {
    let files = Set(Self.comparisons.map { String($0.prefix { $0 != ":" }) })
    for file in Self.exceptions.keys { #expect(files.contains(file), "\(file) compares nothing") }
  }

  @Test(
    arguments: [
      ("if exchange.wireProtocol == .http1 {", true), ("guard wireProtocol != .cgi else {", true),
      ("summary.requestOpening == .protocolIs(.http1)", true), ("if .scgi == wireProtocol {", true),
      ("    case .fastCGI, .cgi:", true), ("    case .cgi?, nil:", true), ("if case .uwsgi = wireProtocol {", true),
      ("case (.fastCGI, _): first == 1", true), ("exchange.fastCGI?.role == .responder", false),
      ("if exchange.fastCGI != nil {", false), ("case .complete where exchange.cgi?.form == .document:", false),
      ("let make = Entry(.http1, make)", false), ("case http1 = \"http\"", false),
      ("case .ready: .scgi", false),
    ])
  func theScanSeesComparisons(_ line: String, _ isOne: Bool) { #expect(Self.isComparison(line[...]) == isOne) }
}
