// Which cases the faults move, and why some are moved by none.
//
// Reasons are data, in UnmovedCases.swift; how all of it is shown is decided in Reports.

package import Conformance
package import Fixtures
import ReferenceServers

/// A case that no fault can make fail, and why.
package struct UnmovedCase: Sendable {
  /// Which case, over which interface.
  package var identity: Case.Identity
  package var reason: String

  package init(identity: Case.Identity, reason: String) {
    self.identity = identity
    self.reason = reason
  }
}

/// What a whole matrix says about its cases.
///
/// A case is moved where a fault of its interface's reference makes it find anything.
package struct MatrixCoverage: Sendable {
  package private(set) var moved: [Case] = []
  /// Cases that no fault moves, for a reason that is written down.
  package private(set) var explained: [(testCase: Case, reason: String)] = []
  /// Cases of a must that no fault moves, without a reason.
  package private(set) var unexplained: [Case] = []
  /// Cases of no must that no fault moves.
  package private(set) var minor: [Case] = []
  /// For each case that is moved the fault that the fewest cases notice besides: what the case is there for.
  package private(set) var narrowest: [Case.Identity: String] = [:]
  /// Reasons for cases that a fault moves, or that do not exist.
  package private(set) var obsolete: [UnmovedCase] = []

  /// - Parameters:
  ///   - rows: Those of every fault.
  ///   - cases: All that were played.
  package init(
    _ rows: [FaultRow], _ cases: [Case], _ registry: RequirementRegistry, reasons: [UnmovedCase] = UnmovedCase.all
  ) {
    var finders: Set<Case.Identity> = []
    for row in rows {
      let wireProtocol = type(of: row.fault).wireProtocol
      for id in row.finders { finders.insert(Case.Identity(id: id, wireProtocol: wireProtocol)) }
    }
    // The narrowest last, so that it stays. What leaves most cases without a verdict is wide, whatever the others found
    // before that was known.
    for row in rows.sorted(by: { ($0.reach, $0.fault.name) > ($1.reach, $1.fault.name) }) {
      let wireProtocol = type(of: row.fault).wireProtocol
      for id in row.finders { narrowest[Case.Identity(id: id, wireProtocol: wireProtocol)] = row.fault.name }
    }
    for testCase in cases {
      if finders.contains(testCase.identity) {
        moved.append(testCase)
      } else if let known = reasons.first(where: { $0.identity == testCase.identity }) {
        explained.append((testCase, known.reason))
      } else if testCase.requirements.contains(where: { registry[$0]?.severity == .must }) {
        unexplained.append(testCase)
      } else {
        minor.append(testCase)
      }
    }
    let played = Set(cases.map(\.wireProtocol))
    let needed = Set(explained.map(\.testCase.identity))
    obsolete = reasons.filter { played.contains($0.identity.wireProtocol) && !needed.contains($0.identity) }
  }

  /// Whether every case of a must is moved or has a reason, and every reason is needed.
  package var isSound: Bool { unexplained.isEmpty && obsolete.isEmpty }
}
