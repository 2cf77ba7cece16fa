// `gatespec faults` for people: the faults of the reference, and which cases catch which.
//
// Values in, bytes out.

internal import Conformance
package import Drivers
internal import Fixtures
package import ReferenceServers
package import Rehearsal

/// Renders faults and their matrix as text.
package struct FaultsText: Sendable {
  private let style: TextStyle

  package init(style: TextStyle = .plain) { self.style = style }

  /// Appends one line for each fault, then one for each style.
  package func renderList(
    _ faults: [any NamedFault], _ styles: [any SoundStyle], to output: inout TextBuffer
  ) {
    let width = faults.map(\.name.count).max() ?? 0
    for fault in faults {
      output.append(fault.name, paddedTo: width + 2)
      output.append(fault.violates, paddedTo: 13)
      output.append(paragraph: fault.summary, indent: width + 15, from: width + 15, style.forLists)
    }
    output.append("\nsound styles\n")
    for sound in styles {
      output.append("  ")
      output.append(sound.name, paddedTo: width)
      output.append(paragraph: sound.summary, indent: width + 2, from: width + 2, style.forLists)
    }
  }

  /// Appends the matrix: one row for each fault, what is wrong below it, and the totals.
  ///
  /// - Parameter unmoved: Cases that no fault makes find anything.
  package func render(
    _ rows: [FaultRow], alarms: [(style: any SoundStyle, results: [CaseResult])], unmoved: [String],
    to output: inout TextBuffer
  ) {
    let width = rows.map(\.fault.name.count).max() ?? 0
    for row in rows {
      output.append(row.outcome.rawValue, row.outcome.ink, style)
      output.append(spaces: 11 - row.outcome.rawValue.count)
      output.append(row.fault.name, paddedTo: width + 2)
      output.append(row.fault.violates, paddedTo: 13)
      let cases = row.catchers.isEmpty ? row.others : row.catchers
      output.append(paragraph: cases.joined(separator: " "), indent: width + 26, from: width + 26, style.forLists)
      for surprise in row.surprises {
        output.append("           ")
        output.append("undeclared", .red, style)
        output.append(" \(surprise)\n")
      }
    }
    for (sound, results) in alarms {
      for result in results {
        output.append("alarm", .red, style)
        output.append("      \(sound.name): \(result.testCase.id) \(result.verdict.rawValue): \(result.reason)\n")
      }
    }
    for id in unmoved { output.append("unmoved    \(id)\n") }
    let counts = FaultRow.Outcome.allCases.map { outcome in
      "\(rows.count { $0.outcome == outcome }) \(outcome.rawValue)"
    }
    output.append("\(rows.count) faults: \(counts.joined(separator: ", ")); ")
    output.append("\(rows.reduce(0) { $0 + $1.surprises.count }) undeclared findings; ")
    output.append("\(alarms.count) sound styles: \(alarms.reduce(0) { $0 + $1.results.count }) alarms; ")
    output.append("\(unmoved.count) cases unmoved by any fault\n")
  }
}

extension FaultRow.Outcome {
  fileprivate var ink: Ink {
    switch self {
    case .caught: .green
    case .elsewhere: .yellow
    case .missed: .red
    }
  }
}
