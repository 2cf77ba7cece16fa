// Both hops of the committed captures, linked and drawn: against committed texts, and against nginx's own log.

import Exchanges
import Foundation
import Inspection
import LiveCapture
import Reports
import Testing
import WireBytes

@Suite struct LadderTests {
  /// Every exchange with a client, in the order in which it passes.
  static func fronts(_ slug: String) throws -> [(exchange: Exchange, link: ExchangeLink?)] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    var source = try CaptureSource.openFile(root.appending(path: "captures/\(slug)/capture.pcap").path)
    var inspector = Inspector(linkType: source.linkType)
    var linker = ExchangeLinker()
    var list: [(Exchange, ExchangeLink?)] = []
    func keep(_ output: consuming InspectionOutput, _ outcome: LinkOutcome) {
      if case .exchange(let exchange, _) = output, exchange.wireProtocol == .http1 {
        list.append((exchange, outcome.link))
      }
    }
    _ = try source.forEachPacket { packet, frame in
      inspector.receive(frame, originalByteCount: packet.originalByteCount, time: packet.origin.time) {
        linker.take($0, keep)
      }
      return .goOn
    }
    inspector.finish { linker.take($0, keep) }
    linker.finish(keep)
    return list
  }

  @Test(arguments: ["php-fpm-keepalive", "php-fpm-errors"])
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
      "php-fpm-errors",
    ])
  func accessLog(slug: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "captures/\(slug)/access.log")
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
        #expect(Double(gateway.total) / 1e9 <= seconds + 0.001, "\(target)")
      }
    }
  }
}
