// What the terminal and the environment say about how text is to look.
//
// Asked once, by the verbs that print; renderers get the answer as a value.

import Glibc
import Reports

enum Terminal {
  /// How text for that file is to be laid out.
  static func style(for output: FileOutput) -> TextStyle {
    guard isatty(output.descriptor) == 1 else { return .plain }
    return TextStyle(width: width(of: output), usesColour: allowsColour)
  }

  static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
  static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  private static var allowsColour: Bool {
    let noColour = environment("NO_COLOR") ?? ""
    return noColour.isEmpty && environment("TERM") != "dumb"
  }

  private static func width(of output: FileOutput) -> Int {
    if let size = size(of: output.descriptor), size.columns > 0 { return size.columns }
    return environment("COLUMNS").flatMap { Int($0) } ?? 80
  }

  /// How large the terminal is, in characters; nil where it does not say.
  static func size(of descriptor: Int32) -> (columns: Int, rows: Int)? {
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  static func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// Seconds east of Greenwich at a moment, by the system's time zone.
  static let zone: @Sendable (Int64) -> Int = { seconds in
    var moment = time_t(seconds)
    var parts = unsafe tm()
    unsafe localtime_r(&moment, &parts)
    return unsafe parts.tm_gmtoff
  }
}
