// The committed captures, judged by every rule: what is found there is known and looked at.

import Conformance
import Exchanges
import Fixtures
import Foundation
import Inspection
import LiveCapture
import Testing
import WireBytes

@Suite struct CapturedTrafficTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// How often each requirement is violated in a capture of nginx and its backends.
  static let expected: [(slug: String, findings: [String: Int])] = [
    // php-fpm ends requests without the empty STDOUT record.
    ("php-fpm-close", ["FCGI-3.3-21": 10]), ("php-fpm-ipv6", ["FCGI-3.3-21": 14]),
    ("php-fpm-keepalive", ["FCGI-3.3-21": 14]), ("php-fpm-large", ["FCGI-3.3-21": 5]),
    ("php-fpm-post", ["FCGI-3.3-21": 10]),
    ("php-fpm-stderr", ["FCGI-3.3-21": 7, "DIAG-STDERR-BEFORE-FIELDS": 3]),
    // A process that was killed: nginx passes on what it had, and cuts off the page that it had promised. A time-out,
    // and a client that left: php-fpm goes on all the same. And one that is not there at all.
    (
      "php-fpm-trouble",
      [
        "FCGI-3.3-21": 6, "FCGI-5.5-1": 2, "H1-9112-8-3": 1, "DIAG-CLIENT-LEFT": 4, "DIAG-HEAD-TOO-BIG": 1,
        "DIAG-REFUSED": 1,
      ]
    ),
    (
      "php-fpm-errors",
      [
        "FCGI-3.3-21": 9, "DIAG-STDERR-BEFORE-FIELDS": 2, "FCGI-5.1-5": 1, "FCGI-5.5-1": 2,
        "H1-9112-8-3": 1, "DIAG-REFUSED": 1, "DIAG-CLIENT-LEFT": 3,
        // A 500 of PHP's without a word.
        "H-9110-15.6-1": 1,
      ]
    ),
    // nginx before 1.23 makes two variables of two fields; a worker was killed before and inside its answer, and a client
    // left.
    (
      "uwsgi",
      [
        "UWSGI-46": 1, "DIAG-CLIENT-LEFT": 2, "UWSGI-1": 1, "H1-9112-8-3": 2,
      ]
    ),
    (
      "scgi",
      ["SCGI-9": 1, "DIAG-CLIENT-LEFT": 2, "SCGI-3": 1, "H-9110-8.6-10": 1, "H1-9112-8-3": 1]
    ),
    ("gunicorn", ["DIAG-CLIENT-LEFT": 2, "DIAG-NO-RESPONSE": 2, "H1-9112-8-3": 2]),
    ("every-backend", ["FCGI-3.3-21": 2]),
  ]

  /// How often each requirement was found violated.
  private struct SeenFindings: InspectionSink {
    var counts: [String: Int] = [:]
    mutating func take(_ exchange: inout Exchange, _ findings: [Finding]) { count(findings) }
    mutating func take(_ connection: ConnectionSummary, _ findings: [Finding]) { count(findings) }
    private mutating func count(_ findings: [Finding]) {
      for finding in findings { counts[finding.requirement.rawValue, default: 0] += 1 }
    }
  }

  @Test("findings", arguments: expected.map(\.slug)) func findings(_ slug: String) throws {
    let expected = try #require(Self.expected.first { $0.slug == slug }).findings
    let registry = RequirementRegistry.embedded
    var options = InspectorOptions()
    options.judges = true
    options.severity = { registry[$0]?.severity ?? .info }
    var source = try CaptureSource.openFile("\(Self.root)/captures/\(slug)/capture.pcap")
    var inspector = Inspector(linkType: source.linkType, options: options)
    var seen = SeenFindings()
    _ = try source.forEachPacket { packet, frame in
      inspector.receive(
        frame, originalByteCount: packet.originalByteCount, origin: packet.origin, to: &seen)
      return .goOn
    }
    inspector.finish(to: &seen)
    #expect(seen.counts == expected)
  }

  /// What nginx makes of the exchanges of each capture: a local redirect becomes a redirect of the client, all else is
  /// as it was.
  static let gateways: [(slug: String, findings: [String])] = [
    ("php-fpm-close", ["CGI-6.2.2-2"]), ("php-fpm-ipv6", ["CGI-6.2.2-2"]),
    ("php-fpm-keepalive", ["CGI-6.2.2-2"]),
    ("php-fpm-large", []), ("php-fpm-post", []), ("php-fpm-stderr", []), ("php-fpm-errors", []),
    // A field twice, and one that no gateway should pass on.
    ("uwsgi", ["CGI-4.1.18-5", "DIAG-HTTP-PROXY"]), ("scgi", ["CGI-4.1.18-5", "DIAG-HTTP-PROXY"]), ("gunicorn", []),
    ("every-backend", []),
  ]

  /// What is found about every pair that was linked.
  private struct JudgedLinks: InspectionSink, LinkedOutput {
    private var linker = ExchangeLinker()
    var links = 0
    var found = Findings { _ in .must }

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

    mutating func show(_ front: Exchange, _ findings: [Finding], _ outcome: LinkOutcome) {
      guard let link = outcome.link else { return }
      links += 1
      RuleCatalog.judge(ExchangePair(front: front, back: link.back), into: &found)
    }

    mutating func show(_ connection: ConnectionSummary, _ findings: [Finding]) {}
  }

  @Test("findings about nginx", arguments: gateways.map(\.slug)) func gatewayFindings(
    _ slug: String
  ) throws {
    let expected = try #require(Self.gateways.first { $0.slug == slug }).findings
    var source = try CaptureSource.openFile("\(Self.root)/captures/\(slug)/capture.pcap")
    var inspector = Inspector(linkType: source.linkType)
    var judged = JudgedLinks()
    _ = try source.forEachPacket { packet, frame in
      inspector.receive(
        frame, originalByteCount: packet.originalByteCount, origin: packet.origin, to: &judged)
      return .goOn
    }
    inspector.finish(to: &judged)
    judged.finish()
    #expect(judged.links > 0)
    #expect(judged.found.list.map(\.requirement.rawValue) == expected)
  }
}
