// A target before it is measured: its request, and one answer that is held against the probe's contract.

import BenchRunning
import Benching
import Drivers
import Exchanges
import Expectations
import Glibc
import Reports
import Transports

/// A target whose answer is known.
struct CheckedTarget {
  var subject: BenchSubject
  /// What is reported about it.
  var facts: [BenchTarget]
  /// The request line.
  var line: String
}

extension BenchCommand {
  private static let method = Array("GET".utf8)

  /// Sends one request as `gatespec request` does, judges its answer, and asks in each of the ways.
  ///
  /// - Parameter group: The target's process group, where gatespec has started it.
  func check(_ target: Target, group: pid_t?) async throws -> CheckedTarget {
    guard !target.isEncrypted else {
      throw CommandFailure(
        .usage, "\(target): encrypted connections are not measured",
        remedy: "measure the server behind, or without TLS")
    }
    guard let dialect = BenchDialects.of(target.wireProtocol) else {
      throw CommandFailure(.usage, "\(target): this interface is not measured yet")
    }
    var profile = base.profile(of: target)
    let hosted = try base.application.host(&profile, workers: Self.workerCount)
    // Who names no query asks the probe.
    if profile.query.isEmpty { profile.query = "probe=echo" }
    // What is measured has it over every interface, so what is checked needs it too: PHP's CGI program demands it.
    if hosted == nil, !profile.parameters.contains(where: { $0.name == "REDIRECT_STATUS" }) {
      profile.parameters.append(("REDIRECT_STATUS", "200"))
    }
    var fields = header.compactMap { RequestCommand.field($0) }
    // A Unix socket's path is no host.
    let hasHost = fields.contains { String(decoding: $0.name, as: UTF8.self).lowercased() == "host" }
    if target.wireProtocol.traits.requestNames == .headerFields, !hasHost {
      let host = target.address.isLocal ? "localhost" : "\(target.address)"
      fields.insert((Array("Host".utf8), Array(host.utf8)), at: 0)
    }
    let contract = try await contract(profile, fields)
    let request = request(profile, fields)
    let subject = try BenchSubject(
      name: target.description, dialect: dialect,
      source: try source(profile.target, request, hosted?.group ?? group), request: request,
      modes: try modes(dialect), isLocal: profile.target.address.isLocal, timeout: load.plan.timeout)
    for way in subject.ways { try require(way, of: subject, profile, isReport: contract.isReport) }
    let facts = subject.ways.prefix(1).map { way in
      BenchTarget(
        name: target.description, contract: contract.words, status: way.expectation.status,
        bodyByteCount: way.expectation.body.count, comparison: way.expectation.comparison)
    }
    return CheckedTarget(
      subject: subject, facts: facts,
      line: "\(String(decoding: request.method, as: UTF8.self)) \(String(decoding: request.target, as: UTF8.self))")
  }

  /// How many processes host an application of Python: as many as the machine can run at once, and two at least.
  private static let workerCount = max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// The ways that were asked for, as far as the interface has them; nil for all of its.
  private func modes(_ dialect: any BenchDialect) throws(CommandFailure) -> [BenchMode]? {
    guard let wanted = load.modes else { return nil }
    let known = wanted.filter { dialect.modes.contains($0) }
    guard known.isEmpty else { return known }
    throw CommandFailure(
      .usage, "\(dialect.name) is used in none of the ways that --mode names",
      remedy: "its ways are: \(dialect.modes.map(\.rawValue).joined(separator: ", "))")
  }

  /// What opens connections to a target, or starts it.
  private func source(_ target: Target, _ request: BenchRequest, _ group: pid_t?) throws -> any CarrierSource {
    guard case .program(let path) = target.address else { return try SocketSource(target.address, group: group) }
    return ProcessSource(path: path, environment: request.variables.map { $0.name + [0x3D] + $0.value })
  }

  // MARK: The request

  private func request(
    _ profile: TargetProfile, _ fields: [(name: [UInt8], value: [UInt8])]
  ) -> BenchRequest {
    let query = Array(profile.query.utf8)
    let variables = PlainRequest(method: Self.method, fields: fields).variables(for: profile)
    var lines = fields
    for field in profile.fields { lines.append((Array(field.name.utf8), Array(field.value.utf8))) }
    return BenchRequest(
      method: Self.method, target: Array(profile.path.utf8) + [0x3F] + query, variables: variables, fields: lines)
  }

  // MARK: The contract

  /// What was checked of an answer.
  private struct Contract {
    var words: String
    var isReport: Bool
  }

  /// Holds the answer of a way, which all later ones are held against, against what was checked.
  private func require(
    _ way: BenchSubject.Way, of subject: BenchSubject, _ profile: TargetProfile, isReport: Bool
  ) throws(CommandFailure) {
    let query = Array(profile.query.utf8)
    let report = EchoReport(way.expectation.body)
    let isSound =
      way.expectation.status < 400
      && (!isReport || report.map { $0.contradiction(method: Self.method, query: query) == nil } ?? false)
    guard isSound else {
      throw CommandFailure(
        .unreachable,
        "\(subject.name): with \(way.mode.title) it does not answer as it does to a single request "
          + "(status \(way.expectation.status))", remedy: "`gatespec check` says more")
    }
  }

  /// Judges one answer.
  ///
  /// - Throws: Where it is no answer that could be measured.
  private func contract(
    _ profile: TargetProfile, _ fields: [(name: [UInt8], value: [UInt8])]
  ) async throws -> Contract {
    var timeouts = PhaseTimeouts()
    timeouts.total = load.plan.timeout / 1_000_000
    let answer = try await PlainRequest(method: Self.method, fields: fields).send(
      to: profile, timeouts: timeouts, retention: .tester)
    let target = profile.target
    guard let exchange = answer.exchange, exchange.response.hasHead, exchange.ending == .complete else {
      throw CommandFailure(
        .unreachable, "\(target) gives no whole answer: \(answer.trouble ?? answer.closing)",
        remedy: "`gatespec request` shows what it answers")
    }
    let status = exchange.response.status ?? 200
    guard status < 400 else {
      throw CommandFailure(
        .unreachable, "\(target) answers \(status) at \(profile.path): errors are not measured",
        remedy: "name what is there with --path and --root, or with a path behind the address")
    }
    let body = exchange.response.body.retained
    guard let report = EchoReport(Array(body)) else {
      return Contract(
        words: "the answer is not the probe's: its status and its end were checked", isReport: false)
    }
    if let contradiction = report.contradiction(method: Self.method, query: Array(profile.query.utf8)) {
      throw CommandFailure(
        .unreachable, "\(target): the probe's report does not fit the request: \(contradiction)",
        remedy: "`gatespec check` says more")
    }
    return Contract(words: "the probe's report, and it fits the request", isReport: true)
  }
}

extension Target.Address {
  /// Whether it is a Unix socket.
  fileprivate var isLocal: Bool {
    if case .unix = self { true } else { false }
  }
}
