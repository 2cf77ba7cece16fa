// Ctrl-C and closed pipes.
//
// Handlers, not masks and not "ignore": what is spawned starts with the defaults.

import Glibc
import Reports
import Transports

enum Signals {
  /// The writing end of the pipe that the handler writes to.
  private nonisolated(unsafe) static var pipeEnd: Int32 = -1

  /// A write to a closed pipe fails with EPIPE instead of ending the program.
  static func ignorePipe() { install(SIGPIPE) { _ in } }

  /// Runs `duty` when a signal is about to end the program, then lets it; the program may be broken.
  ///
  /// `duty` may make system calls only.
  static func onFatal(_ duty: @escaping @Sendable () -> Void) {
    unsafe fatalDuties.append(duty)
    for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGQUIT] {
      install(signal) { signal in
        for duty in unsafe Signals.fatalDuties { duty() }
        Glibc.signal(signal, SIG_DFL)
        raise(signal)
      }
    }
  }

  private nonisolated(unsafe) static var fatalDuties: [@Sendable () -> Void] = []

  /// Writes the number of each of these signals to a descriptor, as one byte; system calls go on.
  static func tell(_ descriptor: Int32, of signals: [Int32]) {
    unsafe noticeEnd = descriptor
    for signal in signals {
      install(signal, flags: SA_RESTART) { signal in
        let error = errno
        var byte = UInt8(truncatingIfNeeded: signal)
        _ = unsafe write(Signals.noticeEnd, &byte, 1)
        errno = error
      }
    }
  }

  private nonisolated(unsafe) static var noticeEnd: Int32 = -1

  /// Leaves these signals to the system again.
  static func forget(_ signals: [Int32]) { for signal in signals { Glibc.signal(signal, SIG_DFL) } }

  /// Calls `action` on the first SIGINT, SIGTERM or SIGHUP; a second one ends the program at once.
  ///
  /// SIGHUP is told by the terminal that goes away: what was started then is ended as by Ctrl-C. Who has it ignored
  /// (nohup) wants the program to outlive the terminal.
  static func onInterrupt(_ action: @escaping @Sendable () -> Void) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    unsafe pipeEnd = ends[1]
    let readingEnd = ends[0]
    for signal in [SIGINT, SIGTERM, SIGHUP] where signal != SIGHUP || !isIgnored(signal) {
      install(signal) { _ in
        var byte: UInt8 = 1
        _ = unsafe write(Signals.pipeEnd, &byte, 1)
      }
    }
    DetachedThread.start {
      wait(readingEnd)
      action()
      wait(readingEnd)
      Ending.leave(.interrupted)
    }
  }

  private static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(signal, nil, &action) == 0 else { return false }
    // Swift compares no functions of C.
    let ignoring = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
    return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == ignoring
  }

  private static func wait(_ descriptor: Int32) {
    var byte: UInt8 = 0
    while unsafe read(descriptor, &byte, 1) < 0, errno == EINTR {}
  }

  private static func install(
    _ signal: Int32, flags: Int32 = 0, _ handler: @escaping @convention(c) (Int32) -> Void
  ) {
    var action = sigaction()
    action.sa_flags = flags
    unsafe action.__sigaction_handler.sa_handler = handler
    unsafe sigaction(signal, &action, nil)
    // Whoever started the program may have blocked it, and blocked it would stay.
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, signal)
    unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}
