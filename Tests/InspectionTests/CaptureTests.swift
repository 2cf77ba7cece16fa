// The committed captures against nginx's own access log: the ground truth for HTTP exchanges.

import Conformance
import Exchanges
import Foundation
import Inspection
import LiveCapture
import Testing
import WireBytes

@Suite struct CaptureTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  private struct Passed: InspectionSink {
    var exchanges: [Exchange] = []
    mutating func take(_ exchange: inout Exchange, _ findings: [Finding]) { exchanges.append(exchange) }
    mutating func take(_ connection: ConnectionSummary, _ findings: [Finding]) {}
  }

  /// Every exchange of a capture.
  static func exchanges(_ slug: String) throws -> [Exchange] {
    var source = try CaptureSource.openFile("\(root)/captures/\(slug)/capture.pcap")
    var inspector = Inspector(linkType: source.linkType)
    var passed = Passed()
    _ = try source.forEachPacket { packet, frame in
      inspector.receive(frame, originalByteCount: packet.originalByteCount, origin: packet.origin, to: &passed)
      return .goOn
    }
    inspector.finish(to: &passed)
    return passed.exchanges
  }

  /// Where nginx listens, as the capture's README says.
  static func frontServer(_ slug: String) throws -> String {
    let readme = try String(contentsOfFile: "\(root)/captures/\(slug)/README.md", encoding: .utf8)
    let row = try #require(readme.split(separator: "\n").first { $0.hasPrefix("| HTTP/1.1 | client to nginx, ") })
    return String(row.dropFirst("| HTTP/1.1 | client to nginx, ".count).dropLast(" |".count))
  }

  @Test(
    "method, URI, status and body size of every exchange with the client equal nginx's access log",
    arguments: [
      "php-fpm-close", "php-fpm-keepalive", "php-fpm-ipv6", "php-fpm-post", "php-fpm-large", "php-fpm-stderr",
      "uwsgi", "scgi", "gunicorn", "every-backend",
    ])
  func accessLog(slug: String) throws {
    let log = try String(contentsOfFile: "\(Self.root)/captures/\(slug)/access.log", encoding: .utf8)
    let front = try Self.frontServer(slug)
    var seen: [String] = []
    var hasInterim: Set<String> = []
    for exchange in try Self.exchanges(slug) where exchange.connection.server.description == front {
      #expect(exchange.wireProtocol == .http1)
      let facts = try #require(exchange.http1)
      // nginx counts what stands behind the head, chunk framing and all; and a 100 (Continue) before it.
      let bytes = exchange.response.range.upperBound - exchange.response.range.lowerBound
      let sent = facts.responseHeadByteCount.map { bytes - $0 } ?? 0
      let name =
        "\(WireText.escape(exchange.request.method)) \(WireText.escape(exchange.request.target)) "
        + "\(exchange.response.status ?? 499)"
      if facts.interimResponses > 0 { hasInterim.insert(name) }
      seen.append("\(name) \(facts.interimResponses > 0 ? "-" : "\(sent)")")
    }
    let expected = log.split(separator: "\n").map { line in
      let columns = line.split(separator: "\t")
      let name = columns.prefix(3).joined(separator: " ")
      return "\(name) \(columns[3])"
    }
    #expect(!seen.isEmpty)
    guard hasInterim.isEmpty else {
      func withoutSize(_ list: [String]) -> [String] { list.map { String($0[..<$0.lastIndex(of: " ")!]) }.sorted() }
      #expect(withoutSize(seen) == withoutSize(expected))
      return
    }
    #expect(seen.sorted() == expected.sorted())
  }

  @Test("FastCGI and HTTP exchanges of a capture pair up by URI", arguments: ["php-fpm-close", "php-fpm-keepalive"])
  func bothHops(slug: String) throws {
    let all = try Self.exchanges(slug)
    let back = all.filter { $0.wireProtocol == .fastCGI }
    let front = all.filter { $0.wireProtocol == .http1 }
    #expect(!back.isEmpty)
    let frontTargets = Set(front.map { WireText.escape($0.request.target) })
    for exchange in back {
      #expect(exchange.ending == .complete)
      #expect(frontTargets.contains(WireText.escape(exchange.request.target)))
    }
  }
}
