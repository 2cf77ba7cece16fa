// The line that says how far a check has come, on a terminal.
//
// Standard error only; nothing of it remains when the run ends.

import Reports
import Synchronization

/// Rewrites one line of the terminal; does nothing where there is none.
final class ProgressLine: Sendable {
  private let isShown = Terminal.isErrorTerminal
  private let total: Int
  private let done = Mutex(0)

  init(total: Int) { self.total = total }

  /// A case has ended; `id` is shown.
  func advance(_ id: String) {
    guard isShown else { return }
    done.withLock { count in
      count += 1
      FileOutput.standardError.write("\r\u{1B}[K\(count)/\(total)  \(id.prefix(60))")
    }
  }

  /// Takes the line away.
  func finish() {
    guard isShown else { return }
    FileOutput.standardError.write("\r\u{1B}[K")
  }
}
