// Renderers against committed texts.

import Conformance
import ConversationTesting
import Drivers
import Exchanges
import Inspection
import Reports
import Testing
import WireBytes

@Suite struct RendererTests {
  @Test func checkAsPlainText() {
    var output = TextBuffer()
    CheckTextReport(registry: Samples.registry).render(Samples.report, to: &output)
    Snapshot.verify(output.text, "check-plain.txt")
    #expect(output.text.hasSuffix("7 cases: 1 pass, 1 fail, 1 warn, 1 info, 2 skip, 1 inconclusive\n"))
    #expect(!output.text.contains("\u{1B}"))
  }

  @Test func checkOnANarrowTerminal() {
    var output = TextBuffer()
    CheckTextReport(registry: Samples.registry, style: TextStyle(width: 60, usesColour: true))
      .render(Samples.report, to: &output)
    Snapshot.verify(output.text, "check-narrow.txt")
  }

  @Test func interruptedCheckSaysSo() {
    var report = Samples.report
    report.interrupted = true
    var output = TextBuffer()
    CheckTextReport(registry: Samples.registry).render(report, to: &output)
    #expect(output.text.contains("interrupted: not every case ran\n7 cases:"))
  }

  @Test func checkAsJSON() {
    var output = TextBuffer()
    CheckJSONReport(version: "0", registry: Samples.registry).render(Samples.report, to: &output)
    Snapshot.verify(output.text, "check.json")
  }

  @Test func traceLines() {
    var line = TraceLine()
    var output = TextBuffer()
    line.render(Samples.exchange, hasFindings: true, to: &output)
    line.render(Exchange(.http1, connection: Samples.exchange.connection, index: 1), hasFindings: false, to: &output)
    Snapshot.verify(output.text, "trace-lines.txt")
  }

  @Test func aLineFitsItsTerminal() {
    var exchange = Samples.exchange
    exchange.request.target = Array(repeating: 0x61, count: 300)
    for width in [120, 160, 200] {
      var line = TraceLine(style: TextStyle(width: width))
      var output = TextBuffer()
      line.render(exchange, hasFindings: true, to: &output)
      #expect(output.text.unicodeScalars.count - 1 <= width, "at \(width) columns")
      #expect(output.text.contains("aaa…"))
    }
    var line = TraceLine()
    var output = TextBuffer()
    line.render(exchange, hasFindings: true, to: &output)
    #expect(output.text.contains(String(repeating: "a", count: 300)), "nothing is shortened without a terminal")
  }

  @Test func traceTree() {
    var output = TextBuffer()
    TraceTree(detail: TraceDetail(verbosity: 2, bodyByteCount: 64)).render(
      Samples.exchange, Samples.findings, to: &output)
    Snapshot.verify(output.text, "trace-tree.txt")
  }

  @Test func hexdump() {
    var output = TextBuffer()
    TraceTree(detail: TraceDetail(isHexdump: true)).render(Samples.exchange, [], to: &output)
    Snapshot.verify(output.text, "trace-hexdump.txt")
  }

  @Test func traceAsJSON() {
    var json = TraceJSON(registry: Samples.registry, bodyByteCount: 64)
    json.render(Samples.exchange, Samples.findings)
    var counters = InspectionCounters()
    counters.packets = 12
    counters.gapBytes = 7
    json.render(counters)
    Snapshot.verify(json.output.text, "trace.jsonl")
  }

  @Test func fieldsThatWereNotKeptAreCounted() {
    var exchange = Samples.exchange
    exchange.request.fields.noteDropped(3)
    var json = TraceJSON()
    json.render(exchange, [])
    #expect(json.output.text.contains("],\"not_kept\":3,\"body_bytes\""))
  }

  @Test func summaryOfATrace() {
    var statistics = TraceStatistics()
    var exchange = Samples.exchange
    for round in 0..<3 {
      exchange.index = round + 1
      statistics.take(exchange)
    }
    exchange.request.target = Array("/\u{1B}[2J".utf8) + Array(repeating: 0x61, count: 300)
    exchange.response.status = 503
    exchange.timeline.end = exchange.timeline.bodyEnd
    exchange.connection.server = Endpoint("[2001:db8::1]:9000")
    statistics.take(exchange)
    var summary = ConnectionSummary(connection: exchange.connection, wireProtocol: .fastCGI)
    summary.exchangeCount = 1
    statistics.take(summary)
    var output = TextBuffer()
    TraceSummary().render(statistics, to: &output)
    Snapshot.verify(output.text, "trace-summary.txt")
    for line in output.text.split(separator: "\n") {
      #expect(line.hasPrefix("--") && line.unicodeScalars.count <= 80, "\(line)")
      #expect(!line.contains("\u{1B}"))
    }
    var json = TraceJSON()
    json.render(InspectionCounters(), statistics)
    Snapshot.verify(json.output.text, "trace-summary.jsonl")
  }

  @Test func endOfATrace() {
    var counters = InspectionCounters()
    counters.exchanges = 3
    counters.packets = 1
    counters.kernelDrops = 2
    counters.undecoded.notIP = 1
    counters.undecoded.cutShort = 3
    counters.fragments = 3
    counters.incompleteFragments = 1
    counters.conflicts = 1
    counters.unfollowedRequests = 904
    counters.letGoConnections = 1
    counters.letGoExchanges = 7
    counters.leftConnections = 2
    counters.findings = 5
    var output = TextBuffer()
    TraceEnd().render(counters, isLive: false, to: &output)
    TraceEnd().render(InspectionCounters(), isLive: true, to: &output)
    TraceEnd().render(InspectionCounters(), isLive: false, to: &output)
    Snapshot.verify(output.text, "trace-end.txt")
  }

  @Test func escapeSequencesNeverReachATerminal() {
    var output = TextBuffer()
    var line = TraceLine()
    line.render(Samples.exchange, hasFindings: false, to: &output)
    TraceTree(detail: TraceDetail(verbosity: 2, bodyByteCount: 64)).render(Samples.exchange, [], to: &output)
    let isObeyed: (Unicode.Scalar) -> Bool = { ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value) }
    #expect(!output.text.unicodeScalars.contains(where: isObeyed))
  }
}
