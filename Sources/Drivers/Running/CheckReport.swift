// What a run of `gatespec check` found, as values that renderers read.
//
// No rendering and no judging here.

package import Conformance
package import Exchanges
package import Fixtures
package import WireBytes

/// The outcome of one case.
package struct CaseResult: Sendable {
  package var testCase: Case
  package var verdict: Verdict
  /// Why: the reason of a skip, the first difference of a failure, the cause of an error; nil on pass.
  package var cause: Cause?
  package var findings: [Finding]
  package var durationMilliseconds: Double
  /// What was sent and received, decoded, in order; kept for cases that did not pass.
  package var evidence: [ConnectionEvidence]
  /// What passed, as a capture file; where captures are made and the case did not pass.
  package var capture: [UInt8]?
  /// What came back, in short; kept for every case that was played.
  package var responses: [ResponseDigest] = []
  /// How dangerous what the target did is in a chain of servers; nil where that is no question, or nothing was met.
  package var tier: Tier?
  /// How the target read a request that may be read in several ways, in one word of the case's.
  package var reading: String?
  /// The case as a fixture file says it, where it was generated.
  package var fixture: String?
  /// The verdict of each run, in order; empty where the cases ran once.
  package var verdicts: [Verdict] = []
  /// The command line that runs just this case again.
  package var rerun: String
  /// The capture file that was kept (`--keep`).
  package var captureFile: String?
  /// The baseline's reason, where a deviation is accepted.
  package var acceptedBecause: String?
  /// What the target itself says in answers that were not expected: its error stream, its error page, in short.
  package var targetSays: [String] = []

  package init(
    testCase: Case, verdict: Verdict, cause: Cause? = nil, findings: [Finding] = [], durationMilliseconds: Double = 0,
    evidence: [ConnectionEvidence] = [], rerun: String = "",
    captureFile: String? = nil, acceptedBecause: String? = nil
  ) {
    self.testCase = testCase
    self.verdict = verdict
    self.cause = cause
    self.findings = findings
    self.durationMilliseconds = durationMilliseconds
    self.evidence = evidence
    self.rerun = rerun
    self.captureFile = captureFile
    self.acceptedBecause = acceptedBecause
  }
}

/// One connection of a case, decoded.
package struct ConnectionEvidence: Sendable {
  /// The case's connection, from 1.
  package var number: Int
  package var events: [WireEvent]
  package var closing: String

  package init(number: Int, events: [WireEvent], closing: String) {
    self.number = number
    self.events = events
    self.closing = closing
  }

  /// What a connection of a played case carried.
  init(_ number: Int, _ connection: PlayedConnection) {
    self.init(number: number, events: connection.summary?.wireEvents ?? [], closing: connection.closing)
  }
}

/// What was found out about a target before its cases ran.
package struct Capabilities: Sendable {
  /// The probe answered; its first line and interface.
  package var hasProbe = false
  /// Why it is believed that there is no probe.
  package var probeReason = ""
  /// The user said that there is no probe.
  package var isProbeOff = false
  /// What FCGI_GET_VALUES answered; nil where it was not asked or not answered.
  package var variables: [(name: String, value: String)]?
  package var authorizer: Bool?
  package var filter: Bool?
  package var multiplexing: Bool?
  /// It is a program whose name begins with `nph-`; nil for what is no program.
  package var nonParsedHeaders: Bool?
  /// It is a middleware round gatespec's own application; nil for what is no application.
  package var middleware: Bool?
  /// How many connections were proved to be served at once.
  package var concurrentConnections = 1
  /// The target can be started again for a case that needs a process of its own.
  package var isSpawned = false
  /// Whether the first plain request was answered in full.
  package var servesPlainRequests = false
  /// The time of a plain request, in nanoseconds: what quiet periods scale to.
  package var latencyNanoseconds: Int64 = 0
  /// What its first answer says of the whole run, with the remedy; nil where it was an ordinary one.
  package var remark: String?
  /// What the target says it is, where it says so.
  package var software: String?

  package init() {}
}

/// An entry of a baseline that accepts nothing in this run and is not stale either.
package struct IdleBaselineEntry: Hashable, Sendable {
  package enum Cause: Hashable, Sendable {
    /// There is no case of that ID or pattern.
    case unknown
    /// None of its cases was judged: all were skipped or inconclusive.
    case unjudged
    /// Every case that it names is an earlier entry's.
    case shadowed(by: String)
  }
  /// A case's ID, or a pattern of them.
  package var cases: String
  package var cause: Cause

  package init(cases: String, cause: Cause) {
    self.cases = cases
    self.cause = cause
  }
}

/// A whole run.
package struct CheckReport: Sendable {
  package var target: String
  package var started: Timestamp
  package var durationMilliseconds: Double
  package var capabilities: Capabilities
  package var results: [CaseResult]
  /// The run was ended by the user before all cases had run.
  package var interrupted: Bool
  /// How often the cases ran.
  package var repeats = 1
  /// Baseline entries whose deviation is gone.
  package var staleBaseline: [String]
  /// The latest that one of gatespec's own timers came; nil where that was not measured.
  package var largestLagMilliseconds: Int64?
  /// The time of a plain request at the end of the run, in nanoseconds; nil where it was not measured.
  package var finalLatencyNanoseconds: Int64?
  /// Baseline entries that do nothing, and why.
  package var idleBaseline: [IdleBaselineEntry] = []
  /// More cases were left unjudged than the user allows; in words.
  package var tooManyUnjudged: String?
  /// What else is to be known of the run, each in one line.
  package var notes: [String] = []
  /// Why nothing could be checked at all; nil where cases ran.
  package var trouble: String?

  package init(
    target: String, started: Timestamp, durationMilliseconds: Double = 0, capabilities: Capabilities = .init(),
    results: [CaseResult] = [], interrupted: Bool = false, staleBaseline: [String] = [], trouble: String? = nil
  ) {
    self.target = target
    self.started = started
    self.durationMilliseconds = durationMilliseconds
    self.capabilities = capabilities
    self.results = results
    self.interrupted = interrupted
    self.staleBaseline = staleBaseline
    self.trouble = trouble
  }

  /// Whether a plain request takes clearly longer after the cases than before.
  package var targetSlowedDown: Bool {
    let before = capabilities.latencyNanoseconds
    guard let after = finalLatencyNanoseconds, before > 0 else { return false }
    return after > 5 * before && after - before > 20_000_000
  }

  /// Whether the machine stalled for so long that times which were up may say nothing about the target.
  package var machineStalled: Bool { (largestLagMilliseconds ?? 0) >= 250 }

  /// How many cases ended with that verdict.
  package func count(_ verdict: Verdict) -> Int { results.count { $0.verdict == verdict } }
}
