// The values that renderer tests render: a check with every verdict, and exchanges with every flag.

import Conformance
import ConversationTesting
import Drivers
import Exchanges
import Expectations
import FastCGIWire
import Fixtures
import Reports
import WireBytes

enum Samples {
  static let registry = RequirementRegistry([
    Requirement(
      id: "FCGI-3.3-8", specification: "FastCGI 1.0", section: "3.3", level: "must", severity: .must, binds: "both",
      statement: "The receiver ignores the padding of a record, whatever its bytes are and however many there are."),
    Requirement(
      id: "CGI-6.3.1-1", specification: "RFC 3875", section: "6.3.1", level: "SHOULD", severity: .should,
      binds: "script", statement: "A script names the type of its document."),
  ])

  static func testCase(_ slug: String, _ summary: String, explanation: String = "") -> Case {
    Case(
      id: "fastcgi/\(slug)", wireProtocol: .fastCGI, summary: summary, explanation: explanation,
      requirements: ["FCGI-3.3-8"], steps: [], expectations: [])
  }

  static func event(_ direction: Direction, _ offset: UInt64, _ text: String, packet: UInt64 = 0) -> WireEvent {
    WireEvent(direction: direction, offset: offset, origin: Origin(time: .zero, packet: packet), text: text)
  }

  static var failure: CaseResult {
    var failing = testCase(
      "records/padding-255",
      "A request whose records each carry 255 bytes of padding is answered as if there were none.",
      explanation: """
        Padding is there to align records. An application that counts padding as content reads its next record header \
        from the wrong place.
        """)
    failing.expectations = [
      Expectation(outcomes: [
        Outcome(conditions: [.exchange(ExchangeSelector(), ExchangeConditions.status([200]))]),
        Outcome(
          verdict: .info, because: "it refuses padding",
          conditions: [.exchange(ExchangeSelector(), ExchangeConditions.status([400]))]),
      ])
    ]
    var result = CaseResult(
      testCase: failing, verdict: .fail, cause: .finding(0),
      findings: [
        Finding(
          requirement: "FCGI-3.3-8", verdict: .fail, message: "the status is 500, expected 200", direction: .response,
          offset: 24, connection: 1, source: .expectation(0))
      ], durationMilliseconds: 12.3456,
      evidence: [
        ConnectionEvidence(
          number: 1,
          events: [
            event(.request, 0, "record type=begin-request id=1 content=8 padding=255 role=responder flags=0"),
            event(.response, 0, "record type=stderr id=1 content=11 padding=5 \"bad padding\""),
            event(.response, 24, "record type=stdout id=1 content=25 padding=7 \"Status: 500\\x0d\\x0a\""),
          ], closing: "closed by the server")
      ], rerun: "gatespec check fastcgi://127.0.0.1:9000/ --only fastcgi/records/padding-255",
      captureFile: "kept/a.pcap")
    result.targetSays = ["the error stream: \"bad padding\""]
    return result
  }

  /// A case that saw what a rule holds against a target, and is about something else.
  static var bystander: CaseResult {
    CaseResult(
      testCase: testCase("output/odd", "Odd sizes.", explanation: "Sizes matter."), verdict: .info,
      cause: .finding(0, elsewhere: .alsoSeen(caseCount: 3)),
      findings: [
        Finding(
          requirement: "FCGI-3.3-9", verdict: .info, message: "1 record whose length is no multiple of 8",
          direction: .response, offset: 0, connection: 2, source: .rule)
      ],
      evidence: [1, 2].map {
        ConnectionEvidence(
          number: $0, events: [event(.response, 0, "record type=stdout id=1 content=3 padding=0 \"a\\x0a\"")],
          closing: "closed by gatespec")
      })
  }

  /// Nothing could be checked.
  static let unreachable = CheckReport(
    target: "fastcgi://127.0.0.1:9/", started: Timestamp(nanoseconds: 1_700_000_000_000_000_000),
    trouble: "nothing listens on 127.0.0.1:9: is the <backend> running,\nand on this address and port?")

  static var report: CheckReport {
    var capabilities = Capabilities()
    capabilities.hasProbe = false
    capabilities.probeReason = "the answer does not begin with gatespec-probe"
    capabilities.authorizer = false
    capabilities.multiplexing = false
    capabilities.variables = [("FCGI_MAX_CONNS", "1"), ("FCGI_MPXS_CONNS", "0")]
    capabilities.latencyNanoseconds = 412_000
    var warning = CaseResult(
      testCase: testCase("output/end", "The error stream is ended."), verdict: .warn,
      cause: .trouble("the stream was not ended"),
      findings: [Finding(requirement: "CGI-6.3.1-1", verdict: .warn, message: "no type")], durationMilliseconds: 1)
    warning.acceptedBecause = "php-fpm has always done so"
    let dependent = CaseResult(
      testCase: testCase("values/one", "One variable."), verdict: .inconclusive,
      cause: .dependency("fastcgi/records/padding-255"))
    var report = CheckReport(
      target: "fastcgi://127.0.0.1:9000/", started: Timestamp(nanoseconds: 1_709_164_800_123_000_000),
      durationMilliseconds: 1234.5, capabilities: capabilities,
      results: [
        CaseResult(testCase: testCase("records/plain", "A plain request is answered."), verdict: .pass),
        failure, warning,
        bystander,
        CaseResult(
          testCase: testCase("values/all", "All variables."), verdict: .skip, cause: .noProbe("none answered")),
        CaseResult(
          testCase: testCase("values/two", "Two variables."), verdict: .skip, cause: .noProbe("none answered")),
        dependent,
      ], staleBaseline: ["fastcgi/records/pl*"])
    report.idleBaseline = [
      IdleBaselineEntry(cases: "fastcgi/recrods/*", cause: .unknown),
      IdleBaselineEntry(cases: "fastcgi/values/all", cause: .unjudged),
      IdleBaselineEntry(cases: "fastcgi/records/plain", cause: .shadowed(by: "fastcgi/records/pl*")),
    ]
    report.notes = ["the spawned target was ended by signal 11: ./app"]
    return report
  }

  /// One failure whose texts hold whatever means something to a format.
  static var nasty: CheckReport {
    let text = """
      <b>&amp; ]]> "quoted" 'too' 100% a,b:c | `code` ``` # \u{1B}[31m \u{0} \u{FFFE} é 🙂
      <script>alert(1)</script> line
      two\r\tend
      ::error::forged
      not ok 9 - forged
      """
    var nasty = testCase("t/nasty", text, explanation: text)
    nasty.id = "fastcgi/t/nasty"
    var result = CaseResult(
      testCase: nasty, verdict: .fail, cause: .finding(0),
      findings: [
        Finding(requirement: "FCGI-3.3-8", verdict: .fail, message: text, direction: .request, offset: 0),
        Finding(requirement: "UNKNOWN-1", verdict: .warn, message: text),
      ], durationMilliseconds: 1,
      evidence: [ConnectionEvidence(number: 1, events: [event(.request, 0, text)], closing: text)], rerun: text,
      captureFile: text)
    result.targetSays = [text]
    var capabilities = Capabilities()
    capabilities.software = text
    var report = CheckReport(target: text, started: .zero, capabilities: capabilities, results: [result])
    report.notes = [text]
    return report
  }

  /// A run in which nothing ran.
  static var empty: CheckReport { CheckReport(target: "http://127.0.0.1:80", started: .zero) }

  /// A FastCGI exchange with everything that a line, a tree or a JSON object can show.
  static var exchange: Exchange {
    let start: Int64 = 1_709_164_800_123_456_789
    var exchange = Exchange(
      .fastCGI,
      connection: ConnectionInfo(id: 7, client: Endpoint("127.0.0.1:53412"), server: Endpoint("127.0.0.1:9000")),
      index: 2)
    exchange.request.method = Array("GET".utf8)
    exchange.request.target = Array("/a\"b\\c\u{1B}[31m/é".utf8) + [0xFF]
    exchange.request.host = Array("example.org".utf8)
    exchange.request.fields.append(name: Array("SCRIPT_NAME".utf8), value: Array("/index.php".utf8))
    exchange.request.fields.append(name: Array("QUERY".utf8), value: [0x0A, 0x5C, 0x78, 0xC3, 0x28])
    exchange.response.status = 404
    exchange.response.fields.append(name: Array("Content-Type".utf8), value: Array("text/plain".utf8))
    append("gone\n", to: &exchange.response.body)
    append("PHP message: first\nsecond \u{9B}31m\n", to: &exchange.errorStream)
    exchange.timeline.connectStart = Timestamp(nanoseconds: start - 2_000_000)
    exchange.timeline.connected = Timestamp(nanoseconds: start - 1_500_000)
    exchange.timeline.requestStart = Timestamp(nanoseconds: start)
    exchange.timeline.requestEnd = Timestamp(nanoseconds: start + 1_000_400)
    exchange.timeline.responseStart = Timestamp(nanoseconds: start + 5_000_600)
    exchange.timeline.bodyEnd = Timestamp(nanoseconds: start + 6_000_000)
    exchange.timeline.end = Timestamp(nanoseconds: start + 46_000_000)
    exchange.ending = .aborted
    exchange.gapByteCount = 12
    exchange.startedInTheMiddle = true
    exchange.packets = 3...9
    exchange.anomalies.append(Anomaly(.gap, at: 64, byteCount: 12), .response)
    exchange.wireEvents = [
      event(.request, 0, "record type=begin-request id=1 content=8 padding=0 role=responder flags=1", packet: 3),
      event(.response, 0, "record type=stdout id=1 content=25 padding=7", packet: 8),
    ]
    var facts = FastCGIFacts(requestID: 1)
    facts.role = .responder
    facts.flags = 1
    exchange.fastCGI = facts
    return exchange
  }

  static let findings = [
    Finding(
      requirement: "FCGI-3.3-8", verdict: .fail, message: "once version 2, in a \"stdout\" record",
      direction: .response, offset: 40)
  ]

  private static func append(_ text: String, to content: inout Content) {
    let bytes = Array(text.utf8)
    unsafe content.append(bytes.span.bytes, limit: 4096)
  }
}
