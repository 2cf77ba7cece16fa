// How a program ended: what that means for its exchange, and in words.

import Exchanges
import Transports

/// The end of a run.
struct ProgramEnding: Sendable, CustomStringConvertible {
  private let result: ProgramResult
  private let limits: ProgramLimits

  init(_ result: ProgramResult, _ limits: ProgramLimits) {
    self.result = result
    self.limits = limits
  }

  /// Whether it ended by itself, with code 0, and left nothing behind.
  var isOrdinary: Bool { result.killed == nil && !result.outputHeld && result.exitCode == 0 }

  /// The time that was up; nil where it was ended for nothing of that kind.
  var elapsed: ElapsedPhase? {
    switch result.killed {
    case .timeout: ElapsedPhase(.total, limits.timeoutMilliseconds)
    case .firstByte: ElapsedPhase(.firstByte, limits.firstByteMilliseconds ?? 0)
    case .idle: ElapsedPhase(.idle, limits.idleMilliseconds ?? 0)
    case .ranOn: ElapsedPhase(.close, limits.exitMilliseconds ?? 0)
    case .tooMuchOutput, .interrupted, nil: nil
    }
  }

  /// How the exchange ended.
  ///
  /// The end of the output ends the response. A program that is ended by a signal has broken off, as a server that
  /// closes its connection; what gatespec ended itself has no end of its own.
  func exchangeEnding(outputHasEnded: Bool) -> Ending {
    if result.killed == .ranOn { return .complete }
    if result.killed != nil || !outputHasEnded { return .unfinished }
    return result.signal == nil ? .complete : .serverClosed
  }

  var description: String {
    if let killed = result.killed { return "gatespec ended the program: \(reason(killed))" }
    var text =
      if let signal = result.signal {
        "the program was ended by signal \(signal)" + (Self.signalNames[signal].map { " (\($0))" } ?? "")
      } else {
        "the program ended with exit code \(result.exitCode ?? 0)"
      }
    if result.outputHeld { text += ", and a process that it left behind holds its output open" }
    return text
  }

  private func reason(_ killed: ProgramKill) -> String {
    switch killed {
    case .timeout: "no end within \(limits.timeoutMilliseconds) ms"
    case .firstByte: "no output within \(limits.firstByteMilliseconds ?? 0) ms"
    case .idle: "no more output for \(limits.idleMilliseconds ?? 0) ms, and no end"
    case .ranOn: "it ran on for \(limits.exitMilliseconds ?? 0) ms after its output had ended"
    case .tooMuchOutput: "more than \(limits.outputByteCount >> 20) MiB of output"
    case .interrupted: "the run was interrupted"
    }
  }

  private static let signalNames: [Int32: String] = [
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
    11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
  ]
}
