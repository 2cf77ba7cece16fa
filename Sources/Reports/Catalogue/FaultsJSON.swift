// `gatespec faults --format json`: the faults of the reference, and which cases catch which, as one object.
//
// docs/json.md describes the members.

internal import Conformance
package import Drivers
internal import Fixtures
package import ReferenceServers
package import Rehearsal

/// Renders faults and their matrix as JSON.
package struct FaultsJSON: Sendable {
  package init() {}

  /// Appends the list of faults and of sound styles.
  package func renderList(
    _ faults: [any NamedFault], _ styles: [any SoundStyle], to output: inout TextBuffer
  ) {
    var json = JSONWriter()
    json.beginObject()
    json.key("faults")
    json.beginArray()
    for fault in faults {
      json.beginObject()
      describe(fault, to: &json)
      json.endObject()
    }
    json.endArray()
    json.key("styles")
    json.beginArray()
    for style in styles {
      json.beginObject()
      json.key("name")
      json.string(style.name)
      json.key("summary")
      json.string(style.summary)
      json.endObject()
    }
    json.endArray()
    end(&json, to: &output)
  }

  /// Appends the matrix and its totals.
  ///
  /// - Parameter coverage: What became of the cases; nil where not all faults were played.
  package func render(
    _ rows: [FaultRow], alarms: [(style: any SoundStyle, results: [CaseResult])],
    coverage: MatrixCoverage?, to output: inout TextBuffer
  ) {
    var json = JSONWriter()
    json.beginObject()
    json.key("faults")
    json.beginArray()
    for row in rows { write(row, to: &json) }
    json.endArray()
    json.key("alarms")
    json.beginArray()
    for (style, results) in alarms {
      for result in results {
        json.beginObject()
        json.key("style")
        json.string(style.name)
        json.key("case")
        json.string(result.testCase.id)
        json.key("verdict")
        json.string(result.verdict.rawValue)
        json.key("reason")
        json.string(result.reason)
        json.endObject()
      }
    }
    json.endArray()
    json.key("unmoved")
    json.beginArray()
    if let coverage {
      for (testCase, reason) in coverage.explained { write(testCase, reason: reason, to: &json) }
      for testCase in coverage.unexplained + coverage.minor { write(testCase, reason: nil, to: &json) }
    }
    json.endArray()
    json.key("summary")
    json.beginObject()
    json.key("faults")
    json.number(rows.count)
    let outcomes: [(StaticString, FaultRow.Outcome)] = [
      ("caught", .caught), ("elsewhere", .elsewhere), ("missed", .missed),
    ]
    for (key, outcome) in outcomes {
      json.key(key)
      json.number(rows.count { $0.outcome == outcome })
    }
    json.key("undeclared")
    json.number(rows.reduce(0) { $0 + $1.surprises.count })
    json.key("styles")
    json.number(alarms.count)
    json.key("alarms")
    json.number(alarms.reduce(0) { $0 + $1.results.count })
    if let coverage {
      let counts: [(StaticString, Int)] = [
        ("moved", coverage.moved.count), ("explained", coverage.explained.count),
        ("unexplained", coverage.unexplained.count), ("others_unmoved", coverage.minor.count),
        ("needless_reasons", coverage.obsolete.count),
      ]
      for (key, count) in counts {
        json.key(key)
        json.number(count)
      }
    }
    json.endObject()
    end(&json, to: &output)
  }

  private func end(_ json: inout JSONWriter, to output: inout TextBuffer) {
    json.endObject()
    json.endLine()
    // The writer's bytes are a [UInt8] without padding: reading them raw is sound.
    unsafe output.append(json.output.bytes.span.bytes)
  }

  private func describe(_ fault: any NamedFault, to json: inout JSONWriter) {
    json.key("name")
    json.string(fault.name)
    json.key("summary")
    json.string(fault.summary)
    json.key("violates")
    json.string(fault.violates)
    json.key("falls_with")
    write(fault.fallsWith, to: &json)
  }

  private func write(_ row: FaultRow, to json: inout JSONWriter) {
    json.beginObject()
    describe(row.fault, to: &json)
    json.key("outcome")
    json.string(row.outcome.rawValue)
    json.key("caught_by")
    write(row.catchers, to: &json)
    json.key("fell_with_it")
    write(row.others, to: &json)
    json.key("undeclared")
    json.beginArray()
    for surprise in row.surprises {
      json.beginObject()
      json.key("case")
      json.string(surprise.testCase)
      json.key("requirement")
      json.string(surprise.requirement.rawValue)
      json.key("message")
      json.string(surprise.message)
      json.endObject()
    }
    json.endArray()
    json.key("inconclusive")
    json.number(row.inconclusive)
    json.endObject()
  }

  private func write(_ testCase: Case, reason: String?, to json: inout JSONWriter) {
    json.beginObject()
    json.key("case")
    json.string(testCase.id)
    json.key("protocol")
    json.string(testCase.wireProtocol.folder)
    if let reason {
      json.key("reason")
      json.string(reason)
    }
    json.endObject()
  }

  private func write(_ list: [String], to json: inout JSONWriter) {
    json.beginArray()
    for text in list { json.string(text) }
    json.endArray()
  }
}
