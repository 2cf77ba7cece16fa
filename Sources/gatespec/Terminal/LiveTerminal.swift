// The terminal of the live view: taken, and given back as it was.
//
// System calls only, so that it can be given back from a signal's handler too. What is drawn is not known here.

import Glibc
import Reports
import Synchronization

/// A terminal that can be drawn on.
final class LiveTerminal: Sendable {
  /// Where keys come from: the terminal itself, as standard input may be a capture.
  let keys: Int32
  private let modes: termios
  private let isTaken = Atomic<Bool>(false)

  /// The alternate screen, no cursor, and lines that do not wrap; and back.
  private static let takeover: StaticString = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[0m\u{1B}[2J"
  private static let release: StaticString = "\u{1B}[0m\u{1B}[2J\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

  private init(keys: Int32, modes: termios) {
    self.keys = keys
    self.modes = modes
  }

  /// Opens the terminal that standard output is.
  ///
  /// - Throws: What to do where there is none that can be drawn on.
  static func open() throws(CommandFailure) -> LiveTerminal {
    let remedy = "leave --live out: exchanges are printed line by line then"
    guard isatty(STDOUT_FILENO) == 1 else {
      throw CommandFailure(.usage, "--live needs a terminal, and standard output is none", remedy: remedy)
    }
    guard let kind = Terminal.environment("TERM"), !kind.isEmpty, kind != "dumb" else {
      throw CommandFailure(
        .usage,
        "--live needs a terminal that can be drawn on, and TERM is \(Terminal.environment("TERM") ?? "not set")",
        remedy: "set TERM (to xterm-256color for one), or \(remedy)")
    }
    let keys = unsafe Glibc.open("/dev/tty", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    var modes = termios()
    guard keys >= 0, unsafe tcgetattr(keys, &modes) == 0 else {
      throw CommandFailure(.usage, "--live needs a terminal to read keys from, and there is none", remedy: remedy)
    }
    return LiveTerminal(keys: keys, modes: modes)
  }

  /// The terminal's size.
  var size: LiveSize {
    let size = Terminal.size(of: STDOUT_FILENO)
    return LiveSize(
      columns: size.flatMap { $0.columns > 0 ? $0.columns : nil } ?? 80,
      rows: size.flatMap { $0.rows > 0 ? $0.rows : nil } ?? 24)
  }

  /// Takes the terminal: keys come one by one and are not shown, Ctrl-C and Ctrl-Z stay signals.
  func take() {
    var raw = modes
    raw.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN)
    raw.c_iflag &= ~tcflag_t(IXON | ICRNL)
    unsafe tcsetattr(keys, TCSADRAIN, &raw)
    isTaken.store(true, ordering: .sequentiallyConsistent)
    Self.write(Self.takeover)
  }

  /// Gives the terminal back, if it is taken; may be called from anywhere, and more than once.
  func giveBack() {
    guard isTaken.exchange(false, ordering: .sequentiallyConsistent) else { return }
    Self.write(Self.release)
    var modes = modes
    unsafe tcsetattr(keys, TCSADRAIN, &modes)
  }

  private static func write(_ text: StaticString) {
    unsafe _ = Glibc.write(STDOUT_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }

  /// Writes what is drawn, in one go where the terminal takes it.
  ///
  /// - Returns: Whether the terminal is still there.
  func write(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        var wanted = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&wanted, 1, 100)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
