// What every report of a check has in common: cases by topic, what a case amounts to in CI, the target's facts.
//
// Values only; each renderer lays them out in its own way.

internal import Conformance
internal import Drivers
internal import Fixtures

/// The cases of one topic, in their order.
struct CheckTopic {
  /// `fastcgi/records`.
  var name: String
  var results: [CaseResult]

  func count(_ verdict: Verdict) -> Int { results.count { $0.verdict == verdict } }
  var durationMilliseconds: Double { results.reduce(0) { $0 + $1.durationMilliseconds } }

  /// The verdicts that occur, with their numbers: `4 pass, 2 fail`.
  var countWords: String {
    Verdict.reportOrder.filter { count($0) > 0 }.map { "\(count($0)) \($0.rawValue)" }.joined(separator: ", ")
  }

  /// `fastcgi/records` of `fastcgi/records/padding-255`.
  static func name(of id: String) -> String {
    id.split(separator: "/").dropLast().joined(separator: "/")
  }
}

extension CheckReport {
  /// The cases by topic; topics in the order in which they first occur.
  var topics: [CheckTopic] {
    var topics: [CheckTopic] = []
    var positions: [String: Int] = [:]
    for result in results {
      let name = CheckTopic.name(of: result.testCase.id)
      if let position = positions[name] {
        topics[position].results.append(result)
      } else {
        positions[name] = topics.count
        topics.append(CheckTopic(name: name, results: [result]))
      }
    }
    return topics
  }
}

/// What a case amounts to where only success, failure and omission are known: JUnit, TAP, annotations.
enum CaseOutcome: Hashable {
  case success
  case failure
  /// The tool could not run it.
  case error
  /// Not judged; the reason.
  case skipped(String)
  /// A failure that the baseline accepts; its reason.
  case accepted(String)
}

extension CaseResult {
  /// What the case amounts to where `threshold` (`--fail-on`) is the least verdict that counts as a failure.
  ///
  /// So these reports say the same as the exit code.
  func outcome(failOn threshold: Verdict) -> CaseOutcome {
    switch verdict {
    case .pass: return .success
    case .skip: return .skipped(reason)
    case .inconclusive: return .skipped("inconclusive: \(reason)")
    case .error: return .error
    case .info, .warn, .fail:
      guard verdict >= threshold else { return .success }
      return acceptedBecause.map { .accepted($0) } ?? .failure
    }
  }

  /// The requirements that the findings cite; the case's first where there is no finding.
  var citedRequirements: [RequirementID] {
    var cited: [RequirementID] = []
    for finding in findings where !cited.contains(finding.requirement) { cited.append(finding.requirement) }
    return cited.isEmpty ? Array(testCase.requirements.prefix(1)) : cited
  }
}

extension CheckReport {
  /// What the machine and the target did meanwhile, each a sentence without a full stop.
  var circumstances: [String] {
    var circumstances: [String] = []
    if machineStalled, let lag = largestLagMilliseconds {
      circumstances.append(
        "the machine stalled: one of gatespec's own timers came \(lag) ms late; what ran out of time meanwhile was "
          + "played again")
    }
    if targetSlowedDown, let after = finalLatencyNanoseconds {
      var times = TextBuffer()
      times.append(millisecondsOf: capabilities.latencyNanoseconds)
      times.append(" ms before the cases and ")
      times.append(millisecondsOf: after)
      circumstances.append("the target slowed down: a plain request took \(times.text) ms after them")
    }
    return circumstances
  }
}

extension Capabilities {
  /// What was found out about the target, as a label and words; what its protocol does not have is left out.
  var facts: [(name: String, words: String)] {
    var facts: [(String, String)] = []
    if let software { facts.append(("software", software)) }
    facts.append(("probe", hasProbe ? "answers" : probeReason.isEmpty ? "none" : "none: \(probeReason)"))
    if authorizer != nil || filter != nil {
      let roles = [("authorizer", authorizer), ("filter", filter)].map { "\($0.0) \(Self.word($0.1))" }
      facts.append(("roles", "responder; " + roles.joined(separator: "; ")))
      facts.append(("multiplexing", multiplexing == nil ? "not told" : Self.word(multiplexing)))
      let answer = variables.map { list in
        list.isEmpty ? "answered without a variable" : list.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
      }
      facts.append(("GET_VALUES", answer ?? "not answered"))
    }
    if let remark { facts.append(("first answer", remark)) }
    let served = concurrentConnections
    facts.append(("served at once", "\(served) \(served == 1 ? "connection" : "connections")"))
    if latencyNanoseconds > 0 {
      var time = TextBuffer()
      time.append(millisecondsOf: latencyNanoseconds)
      facts.append(("latency", "\(time.text) ms"))
    }
    return facts
  }

  private static func word(_ answer: Bool?) -> String { answer.map { $0 ? "yes" : "no" } ?? "not asked" }
}
