// How the program ends: errors become a message and an exit code, and what was started is stopped.
//
// The only place that calls exit.

import ArgumentParser
import Fixtures
import Glibc
import LiveCapture
import Reports
import Synchronization
import Transports

/// Why a verb could not do its work, or that it ends with a code and has said everything already.
struct CommandFailure: Error {
  var status: ProgramStatus
  /// Nil where nothing is left to say.
  var message: String?
  /// What to do about it.
  var remedy: String?

  init(_ status: ProgramStatus, _ message: String? = nil, remedy: String? = nil) {
    self.status = status
    self.message = message
    self.remedy = remedy
  }
}

enum Ending {
  /// What must be undone however the program ends: targets that were spawned.
  private static let duties = Mutex<[@Sendable () -> Void]>([])

  /// A thread ends the program.
  private static let isLeaving = Atomic(false)

  static func atExit(_ duty: @escaping @Sendable () -> Void) { duties.withLock { $0.append(duty) } }

  /// Ends the program with a code.
  static func leave(_ status: ProgramStatus) -> Never { leave(code: status.rawValue) }

  /// Does what was to be done at the end, now.
  static func undo() {
    let pending = duties.withLock { list in
      defer { list = [] }
      return list
    }
    for duty in pending { duty() }
  }

  static func leave(code: Int32) -> Never {
    // Whoever comes first has the last word: what it undoes must not be cut off by another thread that sees things end.
    guard !isLeaving.exchange(true, ordering: .acquiringAndReleasing) else { while true { pause() } }
    undo()
    // Not exit(): other threads may still run, and there is nothing to flush.
    _exit(code)
  }

  /// Ends the program because of an error, after saying what to do about it.
  static func leave(because error: any Error) -> Never {
    switch error {
    case let failure as CommandFailure:
      if let message = failure.message { complain(message, remedy: failure.remedy) }
      leave(failure.status)
    case let error as UsageError:
      complain(error.description)
      leave(.usage)
    case let error as TransportError:
      complain(error.description, remedy: error.remedy)
      leave(.unreachable)
    case let error as CaptureError:
      complain(error.description)
      leave(error.code == .filterRejected ? .usage : .unreachable)
    case let error as FixtureErrors:
      FileOutput.standardError.write(error.description + "\n")
      leave(.usage)
    case let error as FixtureError:
      FileOutput.standardError.write(error.description + "\n")
      leave(.usage)
    default:
      leaveAsParser(error)
    }
  }

  /// What the argument parser throws: help and versions, usage errors; and anything unforeseen.
  private static func leaveAsParser(_ error: any Error) -> Never {
    let text = Gatespec.fullMessage(for: error)
    switch Gatespec.exitCode(for: error) {
    case .success:
      FileOutput.standardOutput.write(text.isEmpty ? "" : text + "\n")
      leave(.success)
    case .validationFailure:
      let message = text.hasPrefix("Error: ") ? String(text.dropFirst("Error: ".count)) : text
      complain(message)
      leave(.usage)
    default:
      complain("\(error)", remedy: "this is a bug in gatespec; please report it with the command line")
      leave(.internalError)
    }
  }

  /// Writes a message to standard error, as every message of the program is written.
  static func complain(_ message: String, remedy: String? = nil) {
    var text = "gatespec: \(message)\n"
    if let remedy { text += "  \(remedy)\n" }
    if let listener = listener.withLock({ $0 }) { return listener(message, text) }
    FileOutput.standardError.write(text)
  }

  /// Who gets messages while nothing may be written on the terminal: what happened, and the whole text.
  private static let listener = Mutex<(@Sendable (_ message: String, _ text: String) -> Void)?>(nil)

  /// Hands messages to somebody who writes them later; nil ends that.
  static func divert(to new: (@Sendable (_ message: String, _ text: String) -> Void)?) {
    listener.withLock { $0 = new }
  }
}
