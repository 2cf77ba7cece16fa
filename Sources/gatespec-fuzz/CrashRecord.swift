// The input that is being checked, where a signal handler finds it: a trap or a hang leaves a file that repeats it.
//
// The handler does only what POSIX allows there: open, write, leave.

import Glibc

/// What is left behind by a process that traps, crashes or hangs.
enum CrashRecord {
  private static let capacity = 1 << 20
  // Written by the one thread that checks, read by the handler that interrupts it for good.
  nonisolated(unsafe) private static let input = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
  nonisolated(unsafe) private static var inputCount = 0
  nonisolated(unsafe) private static var path = unsafe strdup("")
  nonisolated(unsafe) private static var note = unsafe strdup("")

  /// Catches what ends the process, on a stack of its own: the other one may be what ran out.
  static func arm() {
    let size = 1 << 16
    var stack = unsafe stack_t(
      ss_sp: UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16), ss_flags: 0, ss_size: size)
    unsafe sigaltstack(&stack, nil)
    for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGALRM] {
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = { CrashRecord.leave($0) }
      action.sa_flags = Int32(SA_ONSTACK) | Int32(bitPattern: UInt32(SA_RESETHAND))
      unsafe sigaction(number, &action, nil)
    }
  }

  /// Says where the input goes, and what is said of it.
  static func begin(file: String, note words: String) {
    unsafe free(path)
    unsafe free(note)
    unsafe path = strdup(file)
    unsafe note = strdup("\(words); the input is in \(file)\n")
  }

  /// Notes the input that is checked next.
  static func watch(_ bytes: [UInt8]) {
    let count = min(bytes.count, capacity)
    unsafe bytes.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress { unsafe input.copyMemory(from: start, byteCount: count) }
    }
    unsafe inputCount = count
  }

  private static func leave(_ number: Int32) {
    if let path = unsafe path, let note = unsafe note {
      let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
      _ = unsafe write(file, input, inputCount)
      say(number == SIGALRM ? "hang, " : "trap, ")
      _ = unsafe write(STDERR_FILENO, note, strlen(note))
    }
    _exit(1)
  }

  private static func say(_ word: StaticString) {
    _ = unsafe write(STDERR_FILENO, word.utf8Start, word.utf8CodeUnitCount)
  }
}
