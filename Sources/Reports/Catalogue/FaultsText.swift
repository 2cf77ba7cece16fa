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
      output.append(fault.violates, paddedTo: 16)
      output.append(paragraph: fault.summary, indent: width + 18, from: width + 18, style.forLists)
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
  /// - Parameter coverage: What became of the cases; nil where not all faults were played.
  package func render(
    _ rows: [FaultRow], alarms: [(style: any SoundStyle, results: [CaseResult])],
    coverage: MatrixCoverage?, to output: inout TextBuffer
  ) {
    let width = rows.map(\.fault.name.count).max() ?? 0
    for row in rows {
      output.append(row.outcome.rawValue, row.outcome.ink, style)
      output.append(spaces: 11 - row.outcome.rawValue.count)
      output.append(row.fault.name, paddedTo: width + 2)
      output.append(row.fault.violates, paddedTo: 16)
      let cases = row.catchers.isEmpty ? row.others : row.catchers
      output.append(paragraph: cases.joined(separator: " "), indent: width + 29, from: width + 29, style.forLists)
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
    if let coverage { render(coverage, to: &output) }
    let counts = FaultRow.Outcome.allCases.map { outcome in
      "\(rows.count { $0.outcome == outcome }) \(outcome.rawValue)"
    }
    output.append("\(rows.count) faults: \(counts.joined(separator: ", ")); ")
    output.append("\(rows.reduce(0) { $0 + $1.surprises.count }) undeclared findings; ")
    output.append("\(alarms.count) sound styles: \(alarms.reduce(0) { $0 + $1.results.count }) alarms\n")
    guard let coverage else { return }
    let count = coverage.moved.count + coverage.explained.count + coverage.unexplained.count + coverage.minor.count
    output.append(
      "\(count) cases: \(coverage.moved.count) moved by a fault, \(coverage.explained.count) unmoved with a reason, ")
    output.append("\(coverage.unexplained.count) of a must unmoved without one, \(coverage.minor.count) others unmoved")
    output.append(coverage.obsolete.isEmpty ? "\n" : ", \(coverage.obsolete.count) reasons without need\n")
  }

  /// Appends one line for each case that is moved, with its interface and the narrowest fault that moves it, then one
  /// for each fault that is caught by none of the cases that name it, with one that catches it.
  package func renderCases(_ rows: [FaultRow], _ coverage: MatrixCoverage, to output: inout TextBuffer) {
    for testCase in coverage.moved {
      guard let fault = coverage.narrowest[testCase.identity] else { continue }
      output.append("\(testCase.id) \(testCase.wireProtocol.folder) \(fault)\n")
    }
    for row in rows {
      let wireProtocol = type(of: row.fault).wireProtocol
      let isNamed = row.catchers.contains { id in
        coverage.narrowest[Case.Identity(id: id, wireProtocol: wireProtocol)] == row.fault.name
      }
      guard !isNamed, let testCase = row.catchers.first else { continue }
      output.append("\(testCase) \(wireProtocol.folder) \(row.fault.name)\n")
    }
  }

  private func render(_ coverage: MatrixCoverage, to output: inout TextBuffer) {
    for (testCase, reason) in coverage.explained {
      output.append("unmoved    \(testCase.identity.description): ")
      output.append(paragraph: reason, indent: 13, from: 13 + testCase.identity.description.count, style.forLists)
    }
    for testCase in coverage.minor { output.append("unmoved    \(testCase.identity.description), of no must\n") }
    for testCase in coverage.unexplained {
      output.append("unmoved", .red, style)
      output.append("    \(testCase.identity.description), of a must\n")
    }
    for known in coverage.obsolete {
      output.append("needless", .red, style)
      output.append(
        "   \(known.identity.description) is moved, or there is no such case: its reason is \(known.reason)\n")
    }
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

extension Case.Identity {
  /// The ID, and the interface where the case has several.
  fileprivate var description: String { id.hasPrefix("neutral/") ? "\(id) over \(wireProtocol.folder)" : id }
}
