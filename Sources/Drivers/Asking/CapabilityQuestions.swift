// What a target can do, asked once before its cases run.
//
// Each question is a small case of its own, played like any other.

import Exchanges
import Expectations
import Fixtures
import Transports
import WireBytes

struct CapabilityQuestions {
  private let player: any CasePlayer
  private let options: CheckOptions
  private let lag: MachineLag?
  /// How patient the cases can be played, by what was measured.
  private(set) var pace: CasePace
  /// Whether a question got no byte in answer: many targets know no FCGI_GET_VALUES, and one may have stopped serving.
  private(set) var metSilence = false
  /// How many connections the target says it serves at once; nil where it does not say.
  var promisedConnections: Int?

  init(player: any CasePlayer, options: CheckOptions, lag: MachineLag? = nil) {
    self.player = player
    self.options = options
    self.lag = lag
    pace = CasePace(timeouts: options.timeouts)
    pace.keepsTranscript = options.keepsCaptures
    let longest = max(Self.longestMilliseconds, pace.timeouts.firstByte + Self.longestMilliseconds / 2)
    pace.timeouts.total = min(pace.timeouts.total, longest)
  }

  /// How long one question may take in all, where an answer need not be waited for longer: one without end must not use
  /// up the time of the cases.
  private static let longestMilliseconds: Int64 = 6_000

  /// A request that any target of that protocol answers.
  static func plainRequest(_ wireProtocol: WireProtocol, query: String? = nil) -> Case {
    question(wireProtocol, [Step(wireProtocol.dialect.plainRequest(query: query.map { bytes($0) }))])
  }

  private static func question(_ wireProtocol: WireProtocol, _ steps: [Step]) -> Case {
    Case(id: "capability", wireProtocol: wireProtocol, summary: "", requirements: [], steps: steps, expectations: [])
  }

  /// Finds out what the target can do.
  ///
  /// - Throws: Where it cannot be reached, never answers, or speaks something else.
  mutating func ask(_ profile: TargetProfile) async throws(TransportError) -> Capabilities {
    var capabilities = Capabilities()
    capabilities.isSpawned = options.spawns
    let wireProtocol = profile.target.wireProtocol
    let query = options.probe == .off ? nil : "probe=echo"
    let request = Self.plainRequest(wireProtocol, query: query)
    let (first, time) = try await timed(request)
    let exchange = first.connections[1]?.exchanges.first
    if let mismatch = first.mismatch(profile.target, options.timeouts) { throw mismatch }
    capabilities.servesPlainRequests = exchange?.ending == .complete
    do throws(TransportError) {
      try await askFurther(profile, exchange, nanoseconds: time, &capabilities)
    } catch {
      guard exchange != nil, error.code == .refused else { throw error }
      throw TransportError(
        .refused,
        "the target answered its first request and is gone since: does its process end after one connection? "
          + "(\(error.message))", context: error.context, underlying: error.underlying)
    }
    return capabilities
  }

  /// Asks what comes after the first request.
  ///
  /// - Parameters:
  ///   - exchange: What the first request gave.
  ///   - nanoseconds: What it took.
  private mutating func askFurther(
    _ profile: TargetProfile, _ exchange: Exchange?, nanoseconds: Int64, _ capabilities: inout Capabilities
  ) async throws(TransportError) {
    let wireProtocol = profile.target.wireProtocol
    let query = options.probe == .off ? nil : "probe=echo"
    // The first one may have had to wake the target.
    capabilities.latencyNanoseconds =
      nanoseconds < Self.shortNanoseconds ? try await latency(wireProtocol, query) : nanoseconds
    // Of an answer that does not end, only its beginning says how long others are worth waiting for.
    let beginning = capabilities.servesPlainRequests ? nil : exchange?.responseDelayNanoseconds
    pace.latencyNanoseconds = beginning ?? capabilities.latencyNanoseconds
    try readProbe(exchange, profile, &capabilities)
    let dialect = profile.dialect
    capabilities.remark = exchange.flatMap { dialect.remark(on: $0, profile) }
    try await dialect.ask(profile, &self, &capabilities)
    if dialect.unfinishedRequest(1) == nil {
      capabilities.concurrentConnections = max(options.jobs, 2)
    } else if capabilities.servesPlainRequests {
      capabilities.concurrentConnections = try await servedConnections(dialect)
    }
  }

  // MARK: Playing

  /// What is answered so fast that it may be asked a few times more.
  private static let shortNanoseconds: Int64 = 250_000_000

  /// What a plain request takes, in nanoseconds: the middle one of three.
  func latency(_ wireProtocol: WireProtocol, _ query: String?) async throws(TransportError) -> Int64 {
    var times: [Int64] = []
    for _ in 0..<3 { times.append(try await timed(Self.plainRequest(wireProtocol, query: query)).nanoseconds) }
    return times.sorted()[1]
  }

  /// Plays a plain request, and says what it took until the answer was whole.
  private func timed(_ request: Case) async throws(TransportError) -> (played: PlayedCase, nanoseconds: Int64) {
    var begun = TransportClock.now
    let played = try await playOnARunningMachine(request, pace, begun: &begun)
    // The close after the answer is not part of what a request takes.
    let answered = played.connections[1]?.exchanges.first?.timeline.end ?? TransportClock.now
    // In a rehearsal the two are of different clocks.
    return (played, max(0, answered.nanoseconds(since: begun)))
  }

  /// Plays a question; again where nothing came in its time and the machine stalled meanwhile.
  private func playOnARunningMachine(
    _ question: Case, _ pace: CasePace, begun: inout Timestamp
  ) async throws(TransportError) -> PlayedCase {
    var left = CheckRunner.lookLimit
    while true {
      begun = TransportClock.now
      let played = try await player.play(question, pace)
      left -= 1
      let stall = (lag?.largestNanoseconds(since: begun) ?? 0) / 1_000_000
      guard left > 0, let waited = played.waitedMilliseconds, CheckRunner.isStall(stall, inWaitOf: waited) else {
        return played
      }
    }
  }

  /// Plays a question that a target may well leave unanswered: not longer than a plain request lets expect.
  private func playBriefly(
    _ steps: [Step], _ wireProtocol: WireProtocol, milliseconds: Int64 = 1_000
  ) async throws(TransportError) -> PlayedCase {
    var pace = pace
    pace.timeouts = pace.timeouts.waiting(atMost: max(milliseconds, 20 * pace.latencyNanoseconds / 1_000_000))
    pace.timeouts.total = min(pace.timeouts.total, max(Self.longestMilliseconds / 2, 4 * pace.timeouts.firstByte))
    var begun = TransportClock.now
    return try await playOnARunningMachine(Self.question(wireProtocol, steps), pace, begun: &begun)
  }

  /// Plays a question that a target may well leave unanswered, and takes note where it did.
  mutating func play(_ steps: [Step], _ wireProtocol: WireProtocol) async throws(TransportError) -> PlayedCase {
    let played = try await playBriefly(steps, wireProtocol)
    if played.connections.values.contains(where: { $0.firstBytes.isEmpty && !$0.closedByServer }) { metSilence = true }
    return played
  }

  // MARK: Questions

  /// Whether the answer to `probe=echo` is the probe's.
  ///
  /// - Throws: Where it is not, and the user says that the probe is there: nothing would be judged as it is meant.
  private func readProbe(
    _ exchange: Exchange?, _ profile: TargetProfile, _ capabilities: inout Capabilities
  ) throws(TransportError) {
    capabilities.isProbeOff = options.probe == .off
    guard options.probe != .off else { return capabilities.probeReason = "--probe off" }
    let body = exchange?.response.body.retained ?? []
    capabilities.hasProbe = EchoReport(body) != nil
    guard !capabilities.hasProbe else { return capabilities.probeReason = "it answered" }
    // A report that came broken is the probe's: its cases say what is wrong, and are not skipped.
    if EchoReport.isPartOfReport(body) {
      capabilities.hasProbe = true
      return capabilities.probeReason = "it answered, and its report came broken"
    }
    let status = exchange?.response.status.map { "status \($0)" } ?? "no status"
    let answer = ([status] + (exchange?.targetWords ?? [])).joined(separator: "; ")
    capabilities.probeReason = "the answer to probe=echo is no echo report (\(answer)); see `gatespec probe`"
    guard options.probe == .on else { return }
    let place = "\(profile.target.address)"
    let asked = if case .program = profile.target.address { place } else { profile.path }
    throw TransportError(.noProbe, "the probe does not answer at \(asked): \(answer)", context: place)
  }

  /// How many connections the target was seen to serve at once.
  ///
  /// Two are always tried, since cases may need them; more only as far as they would be used, and not beyond what
  /// the target promises.
  private func servedConnections(_ dialect: any ClientDialect) async throws(TransportError) -> Int {
    let most = max(min(options.jobs, promisedConnections ?? options.jobs), 2)
    var served = 1
    while served < most {
      let count = min(served * 2, most)
      // Whether there are two at all decides about cases: that is not left to one moment.
      var isServed = try await serves(count, dialect)
      if !isServed, count == 2 { isServed = try await serves(count, dialect) }
      guard isServed else { break }
      served = count
    }
    return served
  }

  /// Whether a connection is served while so many others but one hold an unfinished request.
  private func serves(_ count: Int, _ dialect: any ClientDialect) async throws(TransportError) -> Bool {
    var steps = (1..<count).compactMap { connection in
      dialect.unfinishedRequest(UInt16(connection + 1)).map { Step($0, connection: connection) }
    }
    steps.append(Step(dialect.plainRequest(query: nil), connection: count))
    steps.append(Step(.waitFor(dialect.answered), connection: count))
    steps += (1..<count).map { Step(.close, connection: $0) }
    // Of more than two it only depends how fast the run is.
    let played = try await playBriefly(steps, dialect.wireProtocol, milliseconds: count == 2 ? 1_000 : 250)
    guard let exchange = played.connections[count]?.exchanges.first, exchange.ending == .complete else { return false }
    return dialect.isServed(exchange)
  }
}

extension Exchange {
  /// How long its response took to begin; nil where it did not.
  fileprivate var responseDelayNanoseconds: Int64? {
    guard let asked = timeline.requestStart, let begun = timeline.responseStart else { return nil }
    return max(0, begun.nanoseconds(since: asked))
  }
}

extension Capabilities {
  /// What cases may need and this target has.
  var offered: Set<Need> {
    var needs: Set<Need> = []
    if hasProbe { needs.insert(.probe) }
    if authorizer == true { needs.insert(.authorizer) }
    if authorizer == false { needs.insert(.noAuthorizer) }
    if filter == true { needs.insert(.filter) }
    if filter == false { needs.insert(.noFilter) }
    if multiplexing == true { needs.insert(.multiplexing) }
    if multiplexing == false { needs.insert(.noMultiplexing) }
    if nonParsedHeaders == true { needs.insert(.nonParsedHeaders) }
    if nonParsedHeaders == false { needs.insert(.parsedHeaders) }
    if middleware == true { needs.insert(.middleware) }
    if middleware == false { needs.insert(.noMiddleware) }
    if concurrentConnections > 1 { needs.insert(.twoConnections) }
    if isSpawned { needs.insert(.spawned) }
    return needs
  }
}
