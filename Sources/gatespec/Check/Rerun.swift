// The command line that runs one case again, with everything of this run that the case depends on.
//
// Words a shell would take apart are quoted.

import Drivers
import Fixtures
import Transports

extension CheckCommand {
  /// The report with, for every case, the command line that runs just this case again.
  func withRerunLines(_ report: CheckReport) -> CheckReport {
    var report = report
    let words = rerunWords
    for index in report.results.indices {
      let testCase = report.results[index].testCase
      let hostile = testCase.tags.contains(Case.hostileTag) ? ["--hostile"] : []
      // A generated case is known by the whole run that it was generated for.
      let generated = explore.map { ["--explore", "\($0)", "--seed", "\(seed)"] }
      report.results[index].rerun =
        (words + hostile + (generated ?? ["--only", testCase.id])).map(Self.shellWord).joined(separator: " ")
    }
    return report
  }

  /// What was asked for, without the selection and the reports.
  private var rerunWords: [String] {
    // User and password are the user's to add.
    var words = ["gatespec", "check", (try? Target(target).description) ?? target]
    func add(_ option: String, _ value: String?) {
      if let value { words += [option, value] }
    }
    add("--root", request.base.root)
    add("--path", request.base.path)
    for field in request.header { add("--header", field.prefix { $0 != ":" } + ": …") }
    if request.base.insecure { words.append("--insecure") }
    add("--cacert", request.base.cacert)
    for parameter in request.base.param { add("--param", parameter) }
    if request.probe != .auto { add("--probe", request.probe.rawValue) }
    for word in request.base.application.words { add(word.option, word.value) }
    add("--fixtures", folder.fixtures)
    add("--spawn", spawn)
    if verdicts.strict { words.append("--strict") }
    let times = [
      ("--timeout", time.timeout), ("--connect-timeout", time.connectTimeout),
      ("--first-byte-timeout", time.firstByteTimeout), ("--idle-timeout", time.idleTimeout),
      ("--close-timeout", time.closeTimeout),
    ]
    for (option, seconds) in times { add(option, seconds.map { "\(Double($0.milliseconds) / 1000)" }) }
    return words
  }

  /// A word as a shell reads it back.
  static func shellWord(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "-_./:=@%+,".utf8.contains(byte)
        }
      }
    return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
