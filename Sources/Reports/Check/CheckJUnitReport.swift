// `gatespec check --report junit=FILE`: JUnit XML as Jenkins and GitLab read it.
//
// One suite for each topic, named by it; a case keeps its ID. JUnit knows success, failure, error and omission: what
// counts as a failure follows --fail-on, and the full verdict stands in the message.

package import Conformance
package import Drivers
internal import Fixtures
internal import WireBytes

/// Renders a check as JUnit XML.
package struct CheckJUnitReport: Sendable {
  private let version: String
  private let failOn: Verdict
  private let text: CheckTextReport

  /// - Parameters:
  ///   - version: Gatespec's own.
  ///   - failOn: The least verdict that counts as a failure.
  package init(version: String, registry: RequirementRegistry, failOn: Verdict = .fail) {
    self.version = version
    self.failOn = failOn
    text = CheckTextReport(registry: registry)
  }

  /// Appends the whole document.
  package func render(_ report: CheckReport, to output: inout TextBuffer) {
    var xml = MarkupWriter()
    xml.literal("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
    let time = Self.seconds(report.durationMilliseconds)
    let totals = report.trouble == nil ? counts(report) : Self.troubleCounts
    let all = totals + [("time", time)]
    xml.element("testsuites", [("name", "gatespec check \(report.target)")] + all) { xml in
      for topic in report.topics { render(topic, report, to: &xml) }
      if let trouble = report.trouble { render(trouble: trouble, report, to: &xml) }
      if let complaint = report.tooManyUnjudged { render(unjudged: complaint, report, to: &xml) }
      xml.literal("\n")
    }
    xml.literal("\n")
    // The bytes of a [UInt8] have no padding: reading them raw is sound.
    unsafe output.append(xml.output.bytes.span.bytes)
  }

  /// One case in error: systems that read JUnit take a document without cases for nothing to worry about.
  private func render(trouble: String, _ report: CheckReport, to xml: inout MarkupWriter) {
    let started = String(report.started.iso8601.prefix(19))
    xml.literal("\n  ")
    xml.element("testsuite", [("name", "target")] + Self.troubleCounts + [("time", "0.000"), ("timestamp", started)]) {
      xml in
      xml.literal("\n    ")
      xml.element("testcase", [("name", "target/can-be-checked"), ("classname", "target"), ("time", "0.000")]) { xml in
        xml.element("error", [("message", trouble), ("type", "")], text: "\(report.target): \(trouble)")
      }
      xml.literal("\n  ")
    }
  }

  /// One case that failed: what is not judged is no success.
  private func render(unjudged complaint: String, _ report: CheckReport, to xml: inout MarkupWriter) {
    let started = String(report.started.iso8601.prefix(19))
    let counts: [MarkupWriter.Attribute] = [
      ("tests", "1"), ("failures", "1"), ("errors", "0"), ("skipped", "0"),
    ]
    xml.literal("\n  ")
    xml.element("testsuite", [("name", "target")] + counts + [("time", "0.000"), ("timestamp", started)]) { xml in
      xml.literal("\n    ")
      let attributes: [MarkupWriter.Attribute] = [
        ("name", "target/enough-is-judged"), ("classname", "target"), ("time", "0.000"),
      ]
      xml.element("testcase", attributes) { xml in
        xml.element("failure", [("message", complaint), ("type", "")], text: complaint)
      }
      xml.literal("\n  ")
    }
  }

  private static let troubleCounts: [MarkupWriter.Attribute] = [
    ("tests", "1"), ("failures", "0"), ("errors", "1"), ("skipped", "0"),
  ]

  private func render(_ topic: CheckTopic, _ report: CheckReport, to xml: inout MarkupWriter) {
    // The schema's time stamp has no fraction and no zone; it is UTC.
    let started = String(report.started.iso8601.prefix(19))
    let time = Self.seconds(topic.durationMilliseconds)
    let outcomes = topic.results.map { $0.outcome(failOn: failOn) }
    let attributes = counts(outcomes) + [("time", time), ("timestamp", started)]
    xml.literal("\n  ")
    xml.element("testsuite", [("name", topic.name)] + attributes) { xml in
      xml.literal("\n    ")
      xml.element("properties") { xml in
        var properties = [("gatespec", version), ("target", report.target)]
        properties += report.capabilities.facts.map { ($0.name, $0.words) }
        if report.interrupted { properties.append(("interrupted", "not every case ran")) }
        properties += report.remarks.map { ("remark", $0) }
        for (name, value) in properties {
          xml.literal("\n      ")
          xml.empty("property", [("name", name), ("value", value)])
        }
        xml.literal("\n    ")
      }
      for result in topic.results { render(result, topic, to: &xml) }
      xml.literal("\n  ")
    }
  }

  private func render(_ result: CaseResult, _ topic: CheckTopic, to xml: inout MarkupWriter) {
    let name = topic.name.split(separator: "/").joined(separator: ".")
    xml.literal("\n    ")
    xml.element(
      "testcase",
      [
        ("name", result.testCase.id), ("classname", name), ("time", Self.seconds(result.durationMilliseconds)),
      ]
    ) { xml in
      let outcome = result.outcome(failOn: failOn)
      let type = result.citedRequirements.first?.rawValue ?? ""
      let message = "\(result.verdict.rawValue): \(result.difference)"
      switch outcome {
      case .success:
        guard result.verdict != .pass else { return }
        // Below --fail-on: no failure, and not silent either.
        xml.element("system-out", text: text.explanation(of: result))
      case .failure:
        xml.element("failure", [("message", message), ("type", type)], text: text.explanation(of: result))
      case .error:
        xml.element("error", [("message", message), ("type", type)], text: text.explanation(of: result))
      case .skipped(let reason): xml.empty("skipped", [("message", reason)])
      case .accepted(let because):
        xml.empty("skipped", [("message", "accepted by the baseline: \(because)")])
        xml.element("system-out", text: text.explanation(of: result))
      }
    }
  }

  private func counts(_ report: CheckReport) -> [MarkupWriter.Attribute] {
    let outcomes = report.results.map { $0.outcome(failOn: failOn) }
    return counts(outcomes + (report.tooManyUnjudged == nil ? [] : [.failure]))
  }

  private func counts(_ outcomes: [CaseOutcome]) -> [MarkupWriter.Attribute] {
    let skipped = outcomes.count {
      switch $0 {
      case .skipped, .accepted: true
      default: false
      }
    }
    return [
      ("tests", "\(outcomes.count)"), ("failures", "\(outcomes.count { $0 == .failure })"),
      ("errors", "\(outcomes.count { $0 == .error })"), ("skipped", "\(skipped)"),
    ]
  }

  private static func seconds(_ milliseconds: Double) -> String {
    var text = TextBuffer()
    // So many milliseconds of milliseconds are as many seconds.
    text.append(millisecondsOf: Int64(nanosecondsOf: milliseconds / 1000))
    return text.text
  }
}
