// `gatespec check --report json=FILE`: one JSON object, its member names a contract.
//
// docs/json.md describes the members. Added to, never renamed.

package import Conformance
package import Drivers
internal import Fixtures
internal import WireBytes

/// Renders a check as JSON.
package struct CheckJSONReport: Sendable {
  let version: String
  let registry: RequirementRegistry

  /// - Parameters:
  ///   - version: Gatespec's own.
  ///   - registry: Says the level of each requirement.
  package init(version: String, registry: RequirementRegistry) {
    self.version = version
    self.registry = registry
  }

  /// Appends the whole report and a line end.
  package func render(_ report: CheckReport, to output: inout TextBuffer) {
    var json = JSONWriter()
    json.beginObject()
    json.key("gatespec")
    json.string(version)
    writeHead(report, to: &json)
    json.key("cases")
    json.beginArray()
    for result in report.results { write(result, to: &json) }
    json.endArray()
    json.key("stale_baseline")
    json.write(strings: report.staleBaseline)
    json.key("idle_baseline")
    json.beginArray()
    for entry in report.idleBaseline { write(entry, to: &json) }
    json.endArray()
    json.key("remarks")
    json.write(strings: report.remarks)
    json.key("trouble")
    if let trouble = report.trouble { json.string(trouble) } else { json.null() }
    json.endObject()
    json.endLine()
    // The writer's bytes are a [UInt8] without padding: reading them raw is sound.
    unsafe output.append(json.output.bytes.span.bytes)
  }

  /// Writes the members that say what was asked and what came of it in sum.
  func writeHead(_ report: CheckReport, to json: inout JSONWriter) {
    json.key("target")
    json.string(report.target)
    json.key("started")
    json.string(report.started.iso8601)
    json.key("duration_ms")
    json.milliseconds(Int64(nanosecondsOf: report.durationMilliseconds))
    json.key("repeats")
    json.number(report.repeats)
    json.key("interrupted")
    json.boolean(report.interrupted)
    write(report.capabilities, to: &json)
    json.key("latency_after_ms")
    if let latency = report.finalLatencyNanoseconds { json.milliseconds(latency) } else { json.null() }
    json.key("largest_lag_ms")
    if let lag = report.largestLagMilliseconds { json.number(Int(lag)) } else { json.null() }
    json.key("summary")
    json.beginObject()
    for (key, verdict) in Self.summaryKeys {
      json.key(key)
      json.number(report.count(verdict))
    }
    json.endObject()
  }

  private static let summaryKeys: [(StaticString, Verdict)] = [
    ("pass", .pass), ("fail", .fail), ("warn", .warn), ("info", .info), ("skip", .skip),
    ("inconclusive", .inconclusive), ("error", .error),
  ]

  private func write(_ capabilities: Capabilities, to json: inout JSONWriter) {
    json.key("capabilities")
    json.beginObject()
    json.key("probe")
    json.boolean(capabilities.hasProbe)
    let answers: [(StaticString, Bool?)] = [
      ("authorizer", capabilities.authorizer), ("filter", capabilities.filter),
      ("multiplexing", capabilities.multiplexing),
    ]
    for (key, answer) in answers {
      json.key(key)
      if let answer { json.boolean(answer) } else { json.null() }
    }
    json.key("variables")
    if let variables = capabilities.variables {
      json.beginArray()
      for variable in variables {
        json.beginArray()
        json.string(variable.name)
        json.string(variable.value)
        json.endArray()
      }
      json.endArray()
    } else {
      json.null()
    }
    json.key("connections")
    json.number(capabilities.concurrentConnections)
    json.key("latency_ms")
    json.milliseconds(capabilities.latencyNanoseconds)
    json.key("remark")
    if let remark = capabilities.remark { json.string(remark) } else { json.null() }
    json.endObject()
  }

  private func write(_ result: CaseResult, to json: inout JSONWriter) {
    json.beginObject()
    json.key("id")
    json.string(result.testCase.id)
    json.key("title")
    json.string(result.testCase.summary)
    json.key("verdict")
    json.string(result.verdict.rawValue)
    json.key("verdicts")
    json.beginArray()
    for verdict in result.verdicts { json.string(verdict.rawValue) }
    json.endArray()
    json.key("requirements")
    json.beginArray()
    for requirement in result.testCase.requirements { json.string(requirement.rawValue) }
    json.endArray()
    json.key("reason")
    json.string(result.reason)
    json.key("findings")
    json.beginArray()
    for finding in result.findings { write(finding, of: result, to: &json) }
    json.endArray()
    json.key("duration_ms")
    json.milliseconds(Int64(nanosecondsOf: result.durationMilliseconds))
    json.key("rerun")
    json.string(result.rerun)
    json.key("capture")
    if let file = result.captureFile { json.string(file) } else { json.null() }
    json.key("accepted")
    if let because = result.acceptedBecause { json.string(because) } else { json.null() }
    json.key("target_says")
    json.write(strings: result.targetSays)
    json.key("depends_on")
    if let id = result.dependency { json.string(id) } else { json.null() }
    json.key("tier")
    if let tier = result.tier { json.string(tier.rawValue) } else { json.null() }
    json.key("reads_as")
    if let reading = result.reading { json.string(reading) } else { json.null() }
    json.key("fixture")
    if let fixture = result.fixture { json.string(fixture) } else { json.null() }
    json.endObject()
  }

  private func write(_ entry: IdleBaselineEntry, to json: inout JSONWriter) {
    json.beginObject()
    json.key("case")
    json.string(entry.cases)
    json.key("cause")
    switch entry.cause {
    case .unknown: json.word("unknown")
    case .unjudged: json.word("unjudged")
    case .shadowed: json.word("shadowed")
    }
    json.key("by")
    if case .shadowed(let other) = entry.cause { json.string(other) } else { json.null() }
    json.endObject()
  }

  /// A finding, with what only a check knows of it.
  private func write(_ finding: Finding, of result: CaseResult, to json: inout JSONWriter) {
    json.beginObject()
    json.writeMembers(of: finding, registry)
    json.key("connection")
    if let connection = finding.connection { json.number(connection) } else { json.null() }
    json.key("source")
    switch finding.source {
    case .rule: json.word("rule")
    case .expectation: json.word("expectation")
    case .course: json.word("course")
    }
    json.key("explanation")
    let rule = finding.source == .rule ? RuleCatalog.rule(finding.requirement, .server) : nil
    json.string(rule?.explanation ?? result.testCase.explanation)
    json.key("expected")
    json.write(strings: result.acceptedOutcomes(of: finding))
    json.endObject()
  }
}

extension JSONWriter {
  /// A list of findings; used by `check` and `trace` alike.
  mutating func write(_ findings: [Finding], _ registry: RequirementRegistry) {
    beginArray()
    for finding in findings {
      beginObject()
      writeMembers(of: finding, registry)
      endObject()
    }
    endArray()
  }

  /// The members that a finding has everywhere.
  mutating func writeMembers(of finding: Finding, _ registry: RequirementRegistry) {
    key("requirement")
    string(finding.requirement.rawValue)
    key("level")
    string(registry[finding.requirement]?.level ?? "")
    key("verdict")
    string(finding.verdict.rawValue)
    key("message")
    string(finding.message)
    key("direction")
    switch finding.direction {
    case .request: word("request")
    case .response: word("response")
    case nil: null()
    }
    key("offset")
    if let offset = finding.offset { number(offset) } else { null() }
  }

  /// A list of strings.
  mutating func write(strings: [String]) {
    beginArray()
    for text in strings { string(text) }
    endArray()
  }
}
