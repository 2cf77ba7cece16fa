// A target whose echo report comes broken has the probe, and is judged: it must not pass as one that has none.

import Conformance
import Drivers
import Exchanges
import Fixtures
import ReferenceServers
import Rehearsal
import Testing

@Suite struct BrokenReportTests {
  /// What a plain case and one that needs the probe give, where the application's pages are changed so.
  private func run(_ change: @escaping @Sendable (inout [UInt8]) -> Void) async throws -> CheckReport {
    var policy = ResponderPolicy()
    policy.answers = { _, steps in
      for index in steps.indices {
        guard case .output(.bytes(var body)) = steps[index] else { continue }
        change(&body)
        steps[index] = .output(.bytes(body))
      }
    }
    let cases = try Corpus.load(protocols: [.fastCGI]).select(
      Selection(only: ["fastcgi/responder/baseline", "fastcgi/responder/probe-answers"]))
    return try await Rehearsals.run(cases) { [policy] in FastCGIResponder(policy: policy) }
  }

  private func verdict(_ report: CheckReport) -> Verdict? {
    report.results.first { $0.testCase.id == "fastcgi/responder/probe-answers" }?.verdict
  }

  @Test func aReportWithSomethingBeforeItIsBroken() async throws {
    #expect(try await verdict(run { $0 = Array("<!-- page -->\n".utf8) + $0 }) == .fail)
  }

  @Test func aReportWithoutItsFirstHalfIsBroken() async throws {
    #expect(try await verdict(run { $0 = Array($0.dropFirst($0.count / 2)) }) == .fail)
  }

  @Test func aReportInOtherLineEndsIsBroken() async throws {
    #expect(try await verdict(run { $0 = Array($0.replacing([0x0A], with: [0x0D, 0x0A])) }) == .fail)
  }

  @Test func aReportInChunksIsBroken() async throws {
    let report = try await run { body in
      let size = Array("\(String(body.count, radix: 16))\r\n".utf8)
      body = size + body + Array("\r\n0\r\n\r\n".utf8)
    }
    #expect(verdict(report) == .fail)
  }

  @Test func aPageThatIsNoReportIsNoProbe() async throws {
    #expect(try await verdict(run { $0 = Array("<html>It works!</html>\n".utf8) }) == .skip)
    #expect(try await verdict(run { $0 = Array("param one\nparam two\n".utf8) }) == .skip)
  }

  @Test func aWholeReportIsTheProbes() async throws { #expect(try await verdict(run { _ in }) == .pass) }
}
