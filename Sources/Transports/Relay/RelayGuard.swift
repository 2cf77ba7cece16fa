// A small process that gives one name back when the relay is gone, however it went.
//
// The relay decodes what strangers send and gives up its privileges for that; the guard keeps those that a folder of
// somebody else's takes, reads nothing but requests of one byte from the relay, and knows one name.

internal import Glibc

/// The relay's end of a guard.
package struct RelayGuard: Sendable {
  private let name: RelayName
  /// Ends with the relay, which is what the guard waits for; -1 where there is no guard.
  private let channel: CInt

  /// What a guard is asked for, as one byte.
  private enum Request: UInt8 {
    case isHeld = 1
    case restore, giveBack
  }

  /// Where the guard has its end and the folder.
  private static let channelEnd: CInt = 3
  private static let folderEnd: CInt = 4
  /// POSIX_SPAWN_SETSID of spawn.h, where Swift does not see it.
  private static let ownSession: Int16 = 0x80
  /// How long the guard may take to answer, in seconds.
  private static let patience = 5

  /// Starts a guard: this program, run once more.
  ///
  /// - Parameter verb: What makes the program a guard; the words about the name are appended.
  /// - Throws: Where no process can be started.
  package static func start(_ name: RelayName, verb: String) throws(TransportError) -> RelayGuard {
    var ends: [CInt] = [-1, -1]
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw notStarted(errno) }
    ends[0] = raised(ends[0])
    defer { close(ends[1]) }
    var wait = timeval(tv_sec: patience, tv_usec: 0)
    unsafe setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    let number = spawn([verb] + name.words, channel: ends[1], folder: name.folderDescriptor)
    guard number == 0 else {
      close(ends[0])
      throw notStarted(number)
    }
    return RelayGuard(name: name, channel: ends[0])
  }

  /// The same descriptor with the highest number that there may be.
  ///
  /// Linux closes what a process that ends has open by falling numbers: the guard is to hear of the end before clients do,
  /// who would come again at once and find nobody.
  private static func raised(_ descriptor: CInt) -> CInt {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return descriptor }
    let last = CInt(clamping: min(limit.rlim_cur, 1 << 16)) - 64
    let raised = fcntl(descriptor, F_DUPFD_CLOEXEC, max(last, descriptor))
    guard raised >= 0 else { return descriptor }
    close(descriptor)
    return raised
  }

  private static func notStarted(_ number: CInt) -> TransportError {
    TransportError(
      .failed, "the process that gives a socket back cannot be started: \(SystemError.words(number))",
      context: "relay", underlying: number)
  }

  /// Runs this program in a session of its own, with nothing of ours open but the two descriptors.
  ///
  /// - Returns: The system's error number, or 0.
  private static func spawn(_ arguments: [String], channel: CInt, folder: CInt) -> CInt {
    // Above those that they become, so that neither takes the other's place too early.
    let (channel, folder) = (fcntl(channel, F_DUPFD_CLOEXEC, 10), fcntl(folder, F_DUPFD_CLOEXEC, 10))
    defer { for descriptor in [channel, folder] { close(descriptor) } }
    guard channel >= 0, folder >= 0 else { return errno }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
    for descriptor in 0...2 as ClosedRange<CInt> {
      unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    unsafe posix_spawn_file_actions_adddup2(&actions, channel, channelEnd)
    unsafe posix_spawn_file_actions_adddup2(&actions, folder, folderEnd)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
    // Not of our terminal: its Ctrl-C is for the relay.
    unsafe posix_spawnattr_setflags(&attributes, ownSession)
    var words = unsafe (["gatespec"] + arguments).map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var process: pid_t = 0
    return unsafe posix_spawn(&process, "/proc/self/exe", &actions, &attributes, &words, environ)
  }

  /// Whether the name is still ours.
  package var isHeld: Bool { ask(.isHeld) ?? name.isHeld }

  /// Puts the server's socket back, and leaves it its second name; see ``RelayName/restore()``.
  package func restore() { if ask(.restore) == nil { name.restore() } }

  /// Gives the name back; see ``RelayName/giveBack()``.
  package func giveBack() { if ask(.giveBack) == nil { name.giveBack() } }

  /// What the guard answers; nil where it is gone, and this process must see what it may do itself.
  private func ask(_ request: Request) -> Bool? {
    var byte = request.rawValue
    guard unsafe send(channel, &byte, 1, CInt(MSG_NOSIGNAL)) == 1 else { return nil }
    while true {
      let count = unsafe recv(channel, &byte, 1, 0)
      if count == 1 { return byte == 1 }
      guard count < 0, errno == EINTR else { return nil }
    }
  }

  // MARK: The guard's side

  /// Answers until the relay is gone, and gives the name back then.
  ///
  /// - Parameter words: What was appended to the verb.
  /// - Returns: Whether this is a guard at all: nobody else starts one.
  package static func serve(_ words: [String]) -> Bool {
    var facts = stat()
    guard let name = RelayName(words, folderDescriptor: folderEnd), unsafe fstat(channelEnd, &facts) == 0,
      facts.st_mode & S_IFMT == S_IFSOCK
    else { return false }
    while true {
      var byte: UInt8 = 0
      let count = unsafe recv(channelEnd, &byte, 1, 0)
      if count < 0, errno == EINTR { continue }
      guard count == 1, let request = Request(rawValue: byte) else { break }
      var answer = true
      switch request {
      case .isHeld: answer = name.isHeld
      case .restore: name.restore()
      case .giveBack: name.giveBack()
      }
      byte = answer ? 1 : 0
      guard unsafe send(channelEnd, &byte, 1, CInt(MSG_NOSIGNAL)) == 1 else { break }
    }
    name.giveBack()
    return true
  }
}
