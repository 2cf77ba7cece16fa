// `gatespec compare --report json=FILE`: one JSON object, its member names a contract.
//
// docs/reports.md describes the members; what targets and summaries hold is as in a check's report.

package import Conformance
internal import Drivers
internal import Fixtures
internal import WireBytes

/// Renders a comparison as JSON.
package struct CompareJSONReport: Sendable {
  private let check: CheckJSONReport
  private let version: String

  /// - Parameter version: Gatespec's own.
  package init(version: String, registry: RequirementRegistry) {
    self.version = version
    check = CheckJSONReport(version: version, registry: registry)
  }

  /// Appends the whole report, all cases in it, and a line end.
  package func render(_ comparison: CheckComparison, to output: inout TextBuffer) {
    var json = JSONWriter()
    json.beginObject()
    json.key("gatespec")
    json.string(version)
    json.key("targets")
    json.beginArray()
    for report in comparison.reports {
      json.beginObject()
      check.writeHead(report, to: &json)
      json.endObject()
    }
    json.endArray()
    json.key("cases")
    json.beginArray()
    for row in comparison.rows { write(row, to: &json) }
    json.endArray()
    json.endObject()
    json.endLine()
    // The writer's bytes are a [UInt8] without padding: reading them raw is sound.
    unsafe output.append(json.output.bytes.span.bytes)
  }

  private func write(_ row: CheckComparison.Row, to json: inout JSONWriter) {
    json.beginObject()
    json.key("id")
    json.string(row.id)
    json.key("title")
    json.string(row.summary)
    json.key("verdicts")
    json.write(row.results.map { $0?.verdict.rawValue })
    json.key("reasons")
    json.write(row.results.map { $0?.reason })
    json.key("tiers")
    json.write(row.results.map { $0?.tier?.rawValue })
    json.key("readings")
    json.write(row.readings)
    json.key("discrepant")
    json.boolean(row.isDiscrepant)
    json.key("differences")
    json.beginArray()
    for difference in row.differences {
      json.beginObject()
      json.key("connection")
      json.number(difference.connection)
      json.key("exchange")
      json.number(difference.index)
      json.key("what")
      json.string(difference.what)
      json.key("values")
      json.write(difference.values)
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }
}

extension JSONWriter {
  /// A list with one text or null for each target.
  fileprivate mutating func write(_ texts: [String?]) {
    beginArray()
    for text in texts {
      if let text { string(text) } else { null() }
    }
    endArray()
  }
}
