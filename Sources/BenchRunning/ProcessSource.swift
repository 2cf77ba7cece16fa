// A process for every request: what a web server does for CGI, with no more in between than there must be.
//
// Arguments and environment are made once. Standard input is empty and the error output goes nowhere, so that one pipe
// is all there is to read; the process leads a group of its own, so that all of it can be ended.

internal import CLinux
internal import Glibc

/// Starts a program again and again.
@safe
package final class ProcessSource: CarrierSource, @unchecked Sendable {
  package let group: Int32? = nil
  private let path: String
  private let folder: String
  private let arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

  /// - Parameters:
  ///   - path: The absolute path of the program.
  ///   - arguments: What follows its name.
  ///   - environment: `NAME=VALUE` entries, which are all that it gets.
  package init(path: String, arguments: [[UInt8]] = [], environment: [[UInt8]]) {
    self.path = path
    let end = path.lastIndex(of: "/") ?? path.startIndex
    folder = end == path.startIndex ? "/" : String(path[..<end])
    unsafe self.arguments = Self.list([Array(path.utf8)] + arguments)
    unsafe self.environment = Self.list(environment)
  }

  deinit {
    unsafe Self.free(arguments)
    unsafe Self.free(environment)
  }

  private static func free(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) {
    var next = unsafe list
    while let entry = unsafe next.pointee {
      unsafe Glibc.free(entry)
      unsafe next += 1
    }
    unsafe list.deallocate()
  }

  private static func list(_ texts: [[UInt8]]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
    let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
    for (index, text) in texts.enumerated() {
      // A zero byte would end the text for the system as well.
      let entry = text.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
      unsafe (list + index).initialize(to: strdup(entry))
    }
    unsafe (list + texts.count).initialize(to: nil)
    return unsafe list
  }

  package func open() -> Carrier {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return .failed(errno: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK)
    defer { close(ends[1]) }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    _ = unsafe gatespec_spawn_in_folder(&actions, folder)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var held = sigset_t()
    unsafe sigemptyset(&held)
    unsafe posix_spawnattr_setsigmask(&attributes, &held)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    var process: pid_t = 0
    let status = unsafe posix_spawn(&process, path, &actions, &attributes, arguments, environment)
    guard status == 0 else {
      close(ends[0])
      return .failed(errno: status)
    }
    return .process(output: ends[0], process)
  }
}
