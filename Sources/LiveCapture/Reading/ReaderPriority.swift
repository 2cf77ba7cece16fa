// Precedence for the thread that reads packets, so that a busy machine does not keep it from reading.
//
// What is not read in time is lost, and the servers that make the traffic compete for the same processors. The reader
// needs a part of one, and needs it soon; it takes no more than that for having precedence.

internal import Glibc

/// A raised priority of the calling thread, until it is given back.
struct ReaderPriority {
  private let earlier: Int32

  /// The niceness of a reader whose user has not chosen one: about nine times the weight of others.
  private static let niceness: Int32 = -10
  /// For Linux a thread is a process: 0 means the calling one, and the first has what the user gave.
  private static let threads = __priority_which_t(PRIO_PROCESS.rawValue)

  /// Raises the priority of the calling thread; nil where that is not permitted.
  ///
  /// A niceness that the user started the program with (`nice -n 5 gatespec …`) is kept to instead: threads of the
  /// runtime would otherwise not have it.
  static func raise() -> ReaderPriority? {
    let given = getpriority(Self.threads, id_t(getpid()))
    let earlier = getpriority(Self.threads, 0)
    guard setpriority(Self.threads, 0, given == 0 ? niceness : given) == 0 else { return nil }
    return ReaderPriority(earlier: earlier)
  }

  /// Gives the thread the priority that it had before.
  func giveBack() { _ = setpriority(Self.threads, 0, earlier) }
}
