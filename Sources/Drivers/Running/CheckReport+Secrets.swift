// What a user gave for the target alone: it goes over the wire, and stands in no report.
//
// Values only. A capture file that `--keep` writes holds what passed, as it passed.

import Conformance
import Exchanges
import Expectations
import WireBytes

extension CheckReport {
  /// The report with an ellipsis in place of each of these texts.
  func hiding(_ secrets: [String]) -> CheckReport {
    let secrets = secrets.filter { !$0.isEmpty }.map { WireText.escape(Array($0.utf8)) }
    guard !secrets.isEmpty else { return self }
    func hidden(_ text: String) -> String { secrets.reduce(text) { $0.replacing($1, with: "…") } }
    var report = self
    report.target = hidden(target)
    report.trouble = trouble.map(hidden)
    report.notes = notes.map(hidden)
    report.capabilities.probeReason = hidden(capabilities.probeReason)
    report.capabilities.remark = capabilities.remark.map(hidden)
    for index in results.indices { report.results[index].hide(hidden) }
    return report
  }
}

extension CaseResult {
  /// Changes every text that quotes the target or what was sent to it.
  fileprivate mutating func hide(_ hidden: (String) -> String) {
    for index in findings.indices { findings[index].message = hidden(findings[index].message) }
    switch cause {
    case .noProbe(let words): cause = .noProbe(hidden(words))
    case .dead(let words): cause = .dead(hidden(words))
    case .trouble(let words): cause = .trouble(hidden(words))
    case .untold(let words): cause = .untold(hidden(words))
    case .unclear(let words): cause = .unclear(hidden(words))
    case .finding, .need, .dependency, nil: break
    }
    for connection in evidence.indices {
      for event in evidence[connection].events.indices {
        evidence[connection].events[event].text = hidden(evidence[connection].events[event].text)
      }
    }
    rerun = hidden(rerun)
    targetSays = targetSays.map(hidden)
    fixture = fixture.map(hidden)
    for response in responses.indices {
      let start = responses[response].bodyStart
      let text = String(decoding: start, as: UTF8.self)
      if hidden(text) != text { responses[response].bodyStart = Array(hidden(text).utf8) }
    }
  }
}
