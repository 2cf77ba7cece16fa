// The tester tested: every fault of the reference against every case, in memory.
//
// Values and how they are made; how they are shown is decided in Reports.

package import Conformance
package import Drivers
import Exchanges
package import Fixtures
package import ReferenceServers
import Transports

/// What a run of cases said about one fault.
package struct FaultRow: Sendable {
  package var fault: any NamedFault
  /// Cases whose findings cite the requirement that the fault violates.
  package var catchers: [String] = []
  /// Cases that found only requirements that fall with it.
  package var others: [String] = []
  /// Findings that the fault does not declare.
  package var surprises: [Surprise] = []
  /// Cases that could not be judged.
  package var inconclusive = 0

  /// Cases that found anything.
  package var finders: Set<String> { Set(catchers + others + surprises.map(\.testCase)) }

  /// How many cases the fault touches.
  var reach: Int { finders.count + inconclusive }

  /// A finding that nobody should have made.
  package struct Surprise: Hashable, Sendable, CustomStringConvertible {
    package var testCase: String
    package var requirement: RequirementID
    package var message: String
    package var description: String { "\(testCase) \(requirement): \(message)" }
  }

  /// How well the fault was caught.
  package enum Outcome: String, Sendable, CaseIterable {
    /// By a finding that cites its requirement.
    case caught
    /// Only by findings that cite others.
    case elsewhere
    case missed
  }

  package var outcome: Outcome { !catchers.isEmpty ? .caught : others.isEmpty ? .missed : .elsewhere }

  /// What the report of a run says about `fault`.
  package init(_ fault: any NamedFault, _ report: CheckReport) {
    self.fault = fault
    let declared = Set(([fault.violates] + fault.fallsWith).map { RequirementID(rawValue: $0) })
    for result in report.results {
      let id = result.testCase.id
      let cited = Set(result.findings.map(\.requirement))
      if cited.contains(RequirementID(rawValue: fault.violates)) {
        catchers.append(id)
      } else if !cited.isDisjoint(with: declared) {
        others.append(id)
      }
      for finding in result.findings where !declared.contains(finding.requirement) {
        surprises.append(Surprise(testCase: id, requirement: finding.requirement, message: finding.message))
      }
      if result.verdict == .inconclusive { inconclusive += 1 }
      if result.verdict == .error {
        surprises.append(Surprise(testCase: id, requirement: "", message: result.reason))
      }
    }
  }
}

/// Plays cases against the reference's responders in memory.
package struct FaultMatrix: Sendable {
  private let cases: [Case]
  private let registry: RequirementRegistry

  /// - Parameter cases: Of any protocols, dependencies before those that depend on them or not; a reference is asked
  ///   those of its own.
  package init(cases: [Case], registry: RequirementRegistry) {
    self.cases = cases
    self.registry = registry
  }

  /// Every fault's row, in the order of `faults`.
  ///
  /// - Parameter progress: Called with the name of each fault that is done.
  package func rows(
    _ faults: [any NamedFault] = References.faults, progress: @Sendable (String) -> Void = { _ in }
  ) async throws -> [FaultRow] {
    try await withThrowingTaskGroup(of: (Int, FaultRow).self) { group in
      for (index, fault) in faults.enumerated() {
        group.addTask { (index, FaultRow(fault, try await report(fault))) }
      }
      var rows: [Int: FaultRow] = [:]
      for try await (index, row) in group {
        rows[index] = row
        progress(row.fault.name)
      }
      return rows.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  /// What a run against a reference gives: its fault, or its style's soundness.
  package func report(_ subject: any ReferenceVariant) async throws -> CheckReport {
    let (profile, player) = try subject.stage()
    var options = CheckOptions()
    // What accepts connections can also be started by a case.
    options.spawns = if case .connections = subject.service { true } else { false }
    let runner = CheckRunner(profile: profile, options: options, registry: registry, player: player)
    return try await runner.run(cases.filter { $0.wireProtocol == profile.target.wireProtocol }) { _ in }
  }
}

extension CheckReport {
  /// What a run against a sound reference should not have given: every verdict but pass and skip, unless it is only
  /// about recommendations that the style does not follow, or of a style that one case has to tell of.
  package func alarms(_ style: any SoundStyle) -> [CaseResult] {
    results.filter { result in
      switch result.verdict {
      case .pass, .skip: false
      case .info, .warn: !result.findings.allSatisfy { style.declines.contains($0.requirement.rawValue) }
      case .fail: result.testCase.id != style.toldBy
      case .inconclusive: style.toldBy == nil
      case .error: true
      }
    }
  }
}
