// What an application cannot know is not held against anybody: the lines `role unknown` and `unknown NAME` of an echo
// report.

import Conformance
import Drivers
import Exchanges
import Fixtures
import ReferenceServers
import Rehearsal
import Testing

@Suite struct UntoldTests {
  /// The results of cases against a responder in whose echo reports some lines are replaced, by what they begin with.
  private func run(_ ids: [String], _ replacements: [(line: String, by: String)]) async throws -> [String: CaseResult] {
    var policy = ResponderPolicy()
    policy.answers = { _, steps in
      steps = steps.map { step in
        guard case .output(.bytes(let body)) = step, body.starts(with: "gatespec-probe 1\n".utf8) else { return step }
        let lines = String(decoding: body, as: UTF8.self).split(separator: "\n").map { line in
          replacements.first { line.hasPrefix($0.line) }?.by ?? String(line)
        }
        return .output(.bytes(Array(lines.filter { !$0.isEmpty }.map { $0 + "\n" }.joined().utf8)))
      }
    }
    let cases = try Corpus.load(protocols: [.fastCGI]).select(Selection(only: ids))
    let report = try await Rehearsals.run(cases) { [policy] in FastCGIResponder(policy: policy) }
    return Dictionary(uniqueKeysWithValues: report.results.map { ($0.testCase.id, $0) })
  }

  @Test func aVariableThatIsKeptFromTheProgramIsSkipped() async throws {
    let results = try await run(["neutral/paths/plain"], [("param PATH_INFO ", "unknown PATH_INFO")])
    let result = try #require(results["neutral/paths/plain"])
    #expect(result.verdict == .skip)
    #expect(result.reason == "the probe cannot tell PATH_INFO")
  }

  @Test func aVariableThatIsMissingWithoutAWordIsAbsent() async throws {
    let results = try await run(["neutral/paths/plain"], [("param PATH_INFO ", "")])
    #expect(results["neutral/paths/plain"]?.verdict == .fail)
  }

  @Test func whatMustNotBeThereCannotBeToldEither() async throws {
    let id = "fastcgi/isolation/params-across-connections"
    let results = try await run([id], [("body ", "unknown X_SECRET\nbody 0")])
    #expect(results[id]?.verdict == .skip)
    #expect(results[id]?.reason == "the probe cannot tell X_SECRET")
  }

  @Test func whatIsKnownIsJudgedBesideWhatIsNot() async throws {
    let id = "fastcgi/responder/probe-answers"
    let unknown = (line: "param X_PLAIN ", by: "unknown X_PLAIN")
    #expect(try await run([id], [unknown])[id]?.verdict == .skip)
    #expect(try await run([id], [unknown, ("param X_EQUALS ", "param X_EQUALS a")])[id]?.verdict == .fail)
  }

  @Test func aRoleThatIsUnknownIsSkipped() async throws {
    let ids = ["fastcgi/roles/authorizer", "fastcgi/roles/filter"]
    let results = try await run(ids, [("role ", "role unknown"), ("data ", "")])
    for id in ids {
      #expect(results[id]?.verdict == .skip)
      #expect(results[id]?.reason == "the probe cannot tell its role")
    }
    let wrong = try await run(ids, [("role ", "role responder"), ("data ", "")])
    for id in ids { #expect(wrong[id]?.verdict == .fail) }
  }
}
