// Applications that are wrong behind an HTTP server that is right: each case of every interface that is about one finds it.
//
// The server's own faults are played with those of the other references, in MatrixTests.

import Conformance
import Drivers
import Exchanges
import Fixtures
import ReferenceServers
import Rehearsal
import Testing

@Suite struct HTTPMatrixTests {
  /// Cases about a request's body and method, and a query that is long: of these no application of the table is wrong in
  /// what it says over HTTP.
  private static let unmoved: Set<String> = [
    "neutral/bodies/none", "neutral/bodies/empty", "neutral/bodies/bytes-1", "neutral/bodies/bytes-8193",
    "neutral/bodies/bytes-65535", "neutral/bodies/bytes-65536", "neutral/bodies/binary", "neutral/bodies/line-ends",
    "neutral/bodies/white-space-at-both-ends", "neutral/bodies/line-ends-at-both-ends",
    "neutral/bodies/byte-255-at-both-ends", "neutral/bodies/zero-bytes-at-both-ends",
    "neutral/bodies/control-bytes-at-both-ends", "neutral/bodies/byte-order-mark",
    "neutral/bodies/quotes-at-both-ends", "neutral/bodies/empty-and-reflected",
    "neutral/bodies/looks-like-a-response", "neutral/bodies/form", "neutral/bodies/json",
    "neutral/bodies/without-a-type", "neutral/bodies/unread", "neutral/bodies/two-at-once", "neutral/fields/proxy",
    "neutral/methods/get", "neutral/methods/head", "neutral/methods/head-of-fields",
    "neutral/methods/head-of-a-reflected-body", "neutral/methods/head-of-a-stream",
    "neutral/methods/head-of-a-bad-request", "neutral/methods/head-of-an-unavailable-page",
    "neutral/methods/head-of-a-large-document", "neutral/methods/post",
    "neutral/methods/put", "neutral/methods/patch", "neutral/methods/delete", "neutral/methods/delete-without-body",
    "neutral/methods/unknown", "neutral/methods/case-matters", "neutral/methods/of-another-specification",
    "neutral/query/of-2000-bytes",
    "neutral/query/of-7800-bytes", "neutral/status/code-200",
  ]

  /// The finding cites what the case tests: not by chance something else.
  @Test("an application that is wrong is found by every case that is about one")
  func applications() async throws {
    let neutral = Rehearsals.http.filter { $0.id.hasPrefix("neutral/") && !$0.id.contains("1048576") }
    let cases = Rehearsals.http.filter { $0.id == "http1/requests/baseline" } + neutral
    let finders = try await withThrowingTaskGroup(of: Set<String>.self) { group in
      for application in HTTPApplication.all {
        group.addTask {
          let report = try await FaultMatrix(cases: cases, registry: Rehearsals.registry).report(application)
          let found = report.results.filter { result in
            result.findings.contains { result.testCase.requirements.contains($0.requirement) }
          }
          return Set(found.map(\.testCase.id))
        }
      }
      return try await group.reduce(into: Set<String>()) { $0.formUnion($1) }
    }
    #expect(neutral.count >= 70)
    #expect(neutral.map(\.id).filter { !finders.contains($0) && !Self.unmoved.contains($0) } == [])
  }

  @Test("a right server of any style raises no alarm", arguments: HTTPStyle.all.map(\.name))
  func sound(name: String) async throws {
    let place = try #require(HTTPStyle.all.firstIndex { $0.name == name })
    let style = HTTPStyle.all[place]
    // The first style meets all cases, each of the others its share and what that depends on.
    var wanted: Set<String> = []
    func want(_ testCase: Case) {
      guard wanted.insert(testCase.id).inserted else { return }
      for id in testCase.dependsOn { Rehearsals.http.first { $0.id == id }.map(want) }
    }
    for (index, testCase) in Rehearsals.http.enumerated()
    where (place == 0 || index % 16 == place) && !testCase.id.contains("1048576") {
      want(testCase)
    }
    let cases = Rehearsals.http.filter { wanted.contains($0.id) }
    let report = try await FaultMatrix(cases: cases, registry: Rehearsals.registry).report(style)
    #expect(report.results.count == cases.count && report.count(.pass) > 40)
    let alarms = report.alarms(style).map { "\($0.testCase.id) \($0.verdict): \($0.reason)" }
    #expect(alarms.isEmpty)
  }
}
