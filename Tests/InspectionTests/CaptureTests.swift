// The committed captures against nginx's own access log: the ground truth for HTTP exchanges.

import Exchanges
import Foundation
import Inspection
import LiveCapture
import Testing
import WireBytes

@Suite struct CaptureTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// Every exchange of a capture.
  static func exchanges(_ slug: String) throws -> [Exchange] {
    var source = try CaptureSource.openFile("\(root)/captures/\(slug)/capture.pcap")
    var inspector = Inspector(linkType: source.linkType)
    var list: [Exchange] = []
    func keep(_ output: consuming InspectionOutput) {
      if case .exchange(let exchange, _) = output { list.append(exchange) }
    }
    _ = try source.forEachPacket { packet, frame in
      inspector.receive(frame, originalByteCount: packet.originalByteCount, time: packet.origin.time, keep)
      return .goOn
    }
    inspector.finish(keep)
    return list
  }

  @Test(
    "method, URI and status of every HTTP exchange equal nginx's access log",
    arguments: [
      "php-fpm-close", "php-fpm-keepalive", "php-fpm-ipv6", "php-fpm-post", "php-fpm-large", "php-fpm-stderr",
    ])
  func accessLog(slug: String) throws {
    let log = try String(contentsOfFile: "\(Self.root)/captures/\(slug)/access.log", encoding: .utf8)
    let expected = log.split(separator: "\n").map { $0.split(separator: "\t").prefix(3).joined(separator: " ") }
    let seen = try Self.exchanges(slug).filter { $0.wireProtocol == .http1 }.map {
      "\(WireText.escape($0.request.method)) \(WireText.escape($0.request.target)) \($0.response.status ?? 0)"
    }
    #expect(!seen.isEmpty)
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
