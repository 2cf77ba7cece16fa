// Verdicts counted and marked: the last line of every report, and the words and colours of verdicts.
//
// No judging: verdicts arrive as they are.

internal import Conformance
package import Drivers

extension CheckReport {
  /// The count, as the last line of every report has it:
  /// `213 cases: 180 pass, 4 fail, 9 warn, 6 info, 14 skip`, and inconclusive and error where there are any.
  package var countLine: String {
    var text = "\(results.count) \(results.count == 1 ? "case" : "cases"): "
    text +=
      "\(count(.pass)) pass, \(count(.fail)) fail, \(count(.warn)) warn, \(count(.info)) info, \(count(.skip)) skip"
    for verdict in [Verdict.inconclusive, .error] where count(verdict) > 0 {
      text += ", \(count(verdict)) \(verdict.rawValue)"
    }
    return text
  }
}

extension Verdict {
  /// The order in which a summary names them.
  static let reportOrder: [Verdict] = [.pass, .fail, .warn, .info, .skip, .inconclusive, .error]

  var ink: Ink {
    switch self {
    case .pass: .green
    case .fail, .error: .red
    case .warn: .yellow
    case .info: .blue
    case .skip: .dim
    case .inconclusive: .magenta
    }
  }
}
