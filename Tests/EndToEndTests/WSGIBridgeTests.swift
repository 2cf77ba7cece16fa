// The bridge for WSGI with a real Python: what it tells of applications that are wrong in one way is what the reference
// tells of the same fault, and what cannot be loaded is told in words.

import Conformance
import Drivers
import Exchanges
import Fixtures
import Foundation
import Prerequisites
import ReferenceServers
import Testing
import Transports

@Suite(.requires("python3", Prerequisite.hasProgram("python3"))) struct WSGIBridgeTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let cases = (try? Corpus.load(protocols: [.wsgi]))?.cases ?? []

  /// Starts the bridge for something of Tests/Servers/wsgi.
  private static func start(
    _ application: String, arguments: String? = nil, workers: Int = 1, seconds: Double = 20
  ) throws(TransportError) -> BridgedApplication {
    let files = ["bridge.py", "inner.py"].map { ($0, Resources.text("bridges/wsgi/\($0)") ?? "") }
    var setting = BridgeSetting(files: files, application: application)
    setting.folder = repository.appending(path: "Tests/Servers/wsgi").path
    setting.environment = [
      "PYTHONPATH=\(repository.appending(path: "fixtures/probes").path)", "PYTHONDONTWRITEBYTECODE=1",
    ]
    setting.middlewareArguments = arguments
    setting.workerCount = workers
    return try BridgedApplication.start(setting, timeoutSeconds: seconds) { _ in }
  }

  private static func check(_ bridged: BridgedApplication, _ cases: [Case]) async throws -> CheckReport {
    var profile = TargetProfile(target: try Target("wsgi:faulty:application"))
    profile.target.address = bridged.address
    var options = CheckOptions()
    options.jobs = 2
    // All tests run at once: a slow machine is no fault of an application.
    (options.timeouts.total, options.timeouts.firstByte, options.timeouts.idle) = (120_000, 60_000, 60_000)
    options.timeouts.connect = 60_000
    let runner = CheckRunner(profile: profile, options: options, registry: try RegistryLoader.load())
    return try await runner.run(cases) { _ in }
  }

  /// The case that lists the rule, and the baseline.
  private static func cases(about requirement: String) -> [Case] {
    cases.filter { $0.id == "wsgi/call/baseline" || $0.rules.contains(RequirementID(rawValue: requirement)) }
  }

  private static let applications = [
    "status-with-header", "headers-tuple", "value-number", "sends-connection", "start-by-keywords", "error-trapped",
    "returns-none", "length-too-large", "yields-text", "writes-while-iterated", "reads-a-block", "seeks-input",
    "takes-three-arguments", "dies",
  ]
  private static let middleware = [
    "never-closes", "gathers", "gathers-in-the-call", "assumes-start", "swallows-error", "gives-no-write",
    "gives-a-subclass",
  ]

  @Test("what the bridge tells of a wrong application is found by the requirement that the reference's fault violates")
  func applications() async throws {
    for name in Self.applications {
      let fault = try #require(WSGIFault.all.first { $0.name == "wsgi-\(name)" }, "\(name)")
      let bridged = try Self.start("faulty:make(\"\(name)\")")
      defer { bridged.end() }
      let report = try await Self.check(bridged, Self.cases(about: fault.violates))
      let found = Set(report.results.flatMap(\.findings).map(\.requirement.rawValue))
      #expect(found.contains(fault.violates), "\(name): \(found)")
    }
  }

  /// Bugs that docs/wsgi.md lists, and the case that finds each.
  private static let reportedBugs = [
    "closes_at_the_end_only": "wsgi/middleware/closes-when-closed",
    "closes_the_iterator": "wsgi/middleware/closes",
    "closes_what_is_true": "wsgi/middleware/head-of-parts",
    "zips_head": "wsgi/middleware/no-content",
    "needs_path_info": "wsgi/environ/without-path-info",
    "needs_script_name": "wsgi/environ/without-script-name",
    "counts_in_numbers": "wsgi/start-response/native-strings",
    "names_the_coding": "wsgi/start-response/no-transfer-coding",
    "says_no_code": "wsgi/start-response/status-form",
    "passes_the_connection_on": "wsgi/start-response/hop-by-hop",
  ]

  @Test("a bug that was reported in public is found by the case that the documentation names", arguments: reportedBugs)
  func publicBugs(name: String, id: String) async throws {
    let isMiddleware = id.hasPrefix("wsgi/middleware/")
    let bridged = try Self.start("public_bugs:\(name)", arguments: isMiddleware ? "[[],{}]" : nil)
    defer { bridged.end() }
    let report = try await Self.check(bridged, Self.cases.filter { $0.id == "wsgi/call/baseline" || $0.id == id })
    let result = try #require(report.results.first { $0.testCase.id == id })
    #expect([.fail, .warn].contains(result.verdict), "\(result.reason)")
  }

  @Test("and so of a wrong middleware")
  func middleware() async throws {
    for name in Self.middleware {
      let fault = try #require(WSGIFault.all.first { $0.name == "wsgi-mw-\(name)" }, "\(name)")
      let bridged = try Self.start("faulty:wrap", arguments: "[[\"\(name)\"],{}]")
      defer { bridged.end() }
      let report = try await Self.check(bridged, Self.cases(about: fault.violates))
      let found = Set(report.results.flatMap(\.findings).map(\.requirement.rawValue))
      #expect(found.contains(fault.violates), "\(name): \(found)")
    }
  }

  @Test("the probe and right middleware pass", arguments: ["make(\"none\")", "none", "each"])
  func sound(name: String) async throws {
    let isApplication = name.hasPrefix("make")
    let bridged = try Self.start(
      isApplication ? "faulty:\(name)" : "faulty:wrap", arguments: isApplication ? nil : "[[\"\(name)\"],{}]",
      workers: 2)
    defer { bridged.end() }
    let cases = Self.cases.filter { $0.id.hasPrefix("wsgi/") && !$0.id.contains("1048576") }
    let report = try await Self.check(bridged, cases)
    #expect(report.count(.pass) > 100)
    let others = report.results.filter { $0.verdict != .pass && $0.verdict != .skip }
    #expect(others.map { "\($0.testCase.id) \($0.verdict): \($0.reason)" } == [])
  }

  @Test(
    "what cannot be loaded is told",
    arguments: [
      ("nowhere:application", "No module named 'nowhere'"), ("faulty:nothing", "the module faulty has no nothing"),
      ("faulty:FAULTS", "no callable"), ("faulty:make(\"x\")", "KeyError"), ("faulty:make(", "SyntaxError"),
      ("unloadable:exits", "SystemExit"),
      ("unloadable_dies:application", "does not survive it: it ended with exit code 3"),
    ])
  func troubles(_ application: String, _ words: String) {
    let error = #expect(throws: TransportError.self) { _ = try Self.start(application) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func whatNeverReturnsIsGivenUp() {
    let error = #expect(throws: TransportError.self) { _ = try Self.start("unloadable_waits:application", seconds: 1) }
    #expect(error?.message.contains("was not loaded within 1 s") == true)
  }
}
