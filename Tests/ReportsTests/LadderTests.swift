// Both hops of the committed captures, linked and drawn: against committed texts, and against nginx's own log.

import Conformance
import Exchanges
import Foundation
import Inspection
import LiveCapture
import Reports
import Testing
import WireBytes

@Suite struct LadderTests {
  private static func folder(_ slug: String) -> URL { Repository.file("captures/\(slug)") }

  /// Where nginx listens, as the capture's README says.
  static func frontServer(_ slug: String) throws -> String {
    let readme = try String(contentsOf: folder(slug).appending(path: "README.md"), encoding: .utf8)
    let row = try #require(readme.split(separator: "\n").first { $0.hasPrefix("| HTTP/1.1 | client to nginx, ") })
    return String(row.dropFirst("| HTTP/1.1 | client to nginx, ".count).dropLast(" |".count))
  }

  private struct Passed: InspectionSink, LinkedOutput {
    private var linker = ExchangeLinker()
    var list: [(exchange: Exchange, link: ExchangeLink?)] = []

    mutating func take(_ exchange: inout Exchange, _ findings: [Finding]) {
      var linker = linker
      linker.take(&exchange, findings, to: &self)
      self.linker = linker
    }

    mutating func take(_ connection: ConnectionSummary, _ findings: [Finding]) {
      var linker = linker
      linker.take(connection, findings, to: &self)
      self.linker = linker
    }

    mutating func finish() {
      var linker = linker
      linker.finish(to: &self)
    }

    mutating func show(_ exchange: Exchange, _ findings: [Finding], _ outcome: LinkOutcome) {
      list.append((exchange, outcome.link))
    }

    mutating func show(_ connection: ConnectionSummary, _ findings: [Finding]) {}
  }

  /// Every exchange of a capture, in the order in which it passes.
  static func exchanges(_ slug: String) throws -> [(exchange: Exchange, link: ExchangeLink?)] {
    var source = try CaptureSource.openFile(folder(slug).appending(path: "capture.pcap").path)
    var inspector = Inspector(linkType: source.linkType)
    var passed = Passed()
    _ = try source.forEachPacket { packet, frame in
      inspector.receive(frame, originalByteCount: packet.originalByteCount, origin: packet.origin, to: &passed)
      return .goOn
    }
    inspector.finish(to: &passed)
    passed.finish()
    return passed.list
  }

  /// Those with a client.
  static func fronts(_ slug: String) throws -> [(exchange: Exchange, link: ExchangeLink?)] {
    let front = try frontServer(slug)
    return try exchanges(slug).filter { $0.exchange.connection.server.description == front }
  }

  @Test(arguments: ["php-fpm-keepalive", "php-fpm-errors", "uwsgi", "gunicorn", "every-backend"])
  func ladders(slug: String) throws {
    var output = TextBuffer()
    for (exchange, link) in try Self.fronts(slug) {
      output.append("\(WireText.escape(exchange.request.method)) \(WireText.escape(exchange.request.target))\n")
      if let link { TraceLadder().render(exchange, link, to: &output) } else { output.append("    not linked\n") }
    }
    Snapshot.verify(output.text, "ladder-\(slug).txt")
    for line in output.text.split(separator: "\n") { #expect(line.unicodeScalars.count <= 80, "\(line)") }
  }

  /// nginx's columns: method, URI, status, bytes, time (s), length of the backend's response, the backend's status.
  @Test(
    "links agree with nginx's access log",
    arguments: [
      "php-fpm-close", "php-fpm-keepalive", "php-fpm-ipv6", "php-fpm-post", "php-fpm-large", "php-fpm-stderr",
      "php-fpm-errors", "uwsgi", "scgi", "gunicorn", "every-backend",
    ])
  func accessLog(slug: String) throws {
    let file = Self.folder(slug).appending(path: "access.log")
    var rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: "\t").map(String.init)
    }
    for (exchange, link) in try Self.fronts(slug) {
      let target = WireText.escape(exchange.request.target)
      let status = exchange.response.status ?? 499
      let index = try #require(rows.firstIndex { $0[1] == target && $0[2] == "\(status)" }, "\(target)")
      let row = rows.remove(at: index)
      // "-" where no backend was asked; where none could be reached there is a status and no exchange.
      let asked = row[6] != "-" && !(slug == "php-fpm-errors" && target == "/probe.php?probe=echo" && status == 502)
      #expect((link != nil) == (asked || status == 499), "\(target)")
      guard let link else { continue }
      #expect(link.back.request.target == exchange.request.target)
      // A redirect without a status is 302 to nginx; a backend that nginx gave up on has nginx's own status.
      if link.back.hasProperEnd, link.back.timeline.end ?? .zero <= exchange.timeline.end ?? .zero {
        #expect("\(link.back.response.status ?? 302)" == row[6], "\(target)")
        let seconds = try #require(Double(row[4]))
        let gateway = try #require(link.gateway)
        // nginx counts from the time at which it woke up, not from when it read.
        #expect(Double(gateway.total) / 1e9 <= seconds + 0.005, "\(target)")
      }
    }
  }
}
