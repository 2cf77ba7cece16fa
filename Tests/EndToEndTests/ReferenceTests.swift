// The tester against the reference responder over real sockets: the sound one passes, named faults are caught.

import Conformance
import Drivers
import Exchanges
import Fixtures
import ReferenceServers
import Testing
import Transports

@Suite struct ReferenceTests {
  /// The reference does not accept connections.
  struct NotServing: Error {}

  /// Checks a reference responder, right or wrong, by these cases.
  static func check(_ variant: any ReferenceVariant, only: [String] = []) async throws -> CheckReport {
    guard case .connections(let process) = variant.service else { throw NotServing() }
    let server = try await ReferenceServer.start(.tcp(host: "127.0.0.1", port: 0), process)
    let target = try Target("fastcgi://\(server.boundAddress)")
    let registry = try RegistryLoader.load()
    let corpus = try Corpus.load(protocols: [.fastCGI])
    let cases = try corpus.select(Selection(only: only))
    var check = CheckOptions()
    check.timeouts.firstByte = 2_000
    check.timeouts.idle = 2_000
    let runner = CheckRunner(profile: TargetProfile(target: target), options: check, registry: registry)
    let report = try await runner.run(cases) { _ in }
    try await server.stop()
    return report
  }

  @Test func theSoundResponderRaisesNoAlarm() async throws {
    let report = try await Self.check(ResponderStyle.all[0])
    let alarms = report.results.filter { $0.verdict != .pass && $0.verdict != .skip }
    #expect(report.count(.pass) > 100)
    #expect(report.results.count { $0.testCase.id.hasPrefix("neutral/") && $0.verdict == .pass } > 100)
    #expect(alarms.isEmpty, "\(alarms.map { "\($0.testCase.id): \($0.reason)" })")
  }

  @Test(
    "a fault is caught by a finding that cites its requirement",
    arguments: [
      ("no-stdout-end", "fastcgi/output/streams-end-with-empty-record"),
      ("wrong-version", "fastcgi/responder/baseline"), ("keep-conn-closes", "fastcgi/connection/keep-open"),
      ("no-close-without-keep-conn", "fastcgi/connection/close-after-response"),
      ("unknown-role-closes", "fastcgi/roles/unknown-role"),
    ])
  func fault(name: String, id: String) async throws {
    let fault = try #require(ResponderFault.named(name))
    // One case each, for what fails by waiting is waited for again; the matrix plays all of them in memory.
    let report = try await Self.check(fault, only: [id])
    let cited = Set(report.results.flatMap { $0.findings.map(\.requirement.rawValue) })
    #expect(cited.contains(fault.violates), "cited: \(cited.sorted())")
  }
}
