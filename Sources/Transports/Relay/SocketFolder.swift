// A folder that holds a Unix socket, held open itself: every step is one name inside of it, and no link is followed.
//
// The folder of a web server's socket often belongs to the web server's user. What gatespec does there as root must not
// reach anything that this user puts in a name's place.

package import Glibc

/// Opens a file for its name and facts only; of fcntl.h, where Swift does not see it.
let pathOnly: CInt = 0o10_000_000

/// The identity of a file.
struct SocketNode: Hashable {
  let device: dev_t
  let number: ino_t

  init(_ facts: stat) {
    device = facts.st_dev
    number = facts.st_ino
  }

  /// The device as the kernel's own messages have it: 12 bits of major and 20 of minor number.
  var kernelDevice: UInt32 {
    let major = UInt32(truncatingIfNeeded: device >> 8) & 0xFFF
    let minor = UInt32(truncatingIfNeeded: device) & 0xFF | UInt32(truncatingIfNeeded: device >> 12) & 0xF_FF00
    return major << 20 | minor
  }
}

/// A folder, held open for as long as the program runs.
///
/// Copies share the descriptor. All calls may be made in a signal handler where names are given as C strings.
struct SocketFolder: Sendable {
  let descriptor: CInt

  /// Opens the folder of a path whose links have all been followed.
  ///
  /// - Throws: Where it cannot be opened.
  init(of path: String) throws(TransportError) {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    descriptor = unsafe open(folder, pathOnly | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ServerSocket.notOpened(path, errno) }
  }

  /// A folder that is open already.
  init(descriptor: CInt) { self.descriptor = descriptor }

  /// What an entry is, itself and not what it may point to; nil where there is none.
  func facts(_ name: UnsafePointer<CChar>) -> stat? {
    var facts = stat()
    return unsafe fstatat(descriptor, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 ? facts : nil
  }

  /// The socket of that name; nil where there is none.
  func socket(_ name: UnsafePointer<CChar>) -> SocketNode? {
    guard let facts = unsafe facts(name), facts.st_mode & S_IFMT == S_IFSOCK else { return nil }
    return SocketNode(facts)
  }

  /// Gives a file another name, which must not be there.
  func link(_ name: UnsafePointer<CChar>, as other: UnsafePointer<CChar>) -> Bool {
    unsafe linkat(descriptor, name, descriptor, other, 0) == 0
  }

  /// Renames, and replaces what has the other name.
  func rename(_ name: UnsafePointer<CChar>, to other: UnsafePointer<CChar>) -> Bool {
    unsafe renameat(descriptor, name, descriptor, other) == 0
  }

  func remove(_ name: UnsafePointer<CChar>) { unsafe _ = unlinkat(descriptor, name, 0) }

  /// An address for connect(2) and bind(2) of an entry: short, and of this folder, wherever its path leads by now.
  func address(_ name: String) -> String { "/proc/self/fd/\(descriptor)/\(name)" }

  /// Makes a folder that nobody but this user can enter, calls `body` with it, and takes it away.
  ///
  /// - Returns: What `body` returns; nil where the folder cannot be made, with the reason in `errno`.
  func withPrivateRoom<Result>(_ body: (SocketFolder) throws(TransportError) -> Result) throws(TransportError)
    -> Result?
  {
    let name = ".gatespec-" + String(UInt64.random(in: .min ... .max), radix: 36)
    guard unsafe mkdirat(descriptor, name, 0o700) == 0 else { return nil }
    defer { unsafe _ = unlinkat(descriptor, name, AT_REMOVEDIR) }
    let room = unsafe openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard room >= 0 else { return nil }
    defer { close(room) }
    // The name may have been given to another folder meanwhile, of somebody else's or one that others may enter.
    var facts = stat()
    guard unsafe fstat(room, &facts) == 0, facts.st_uid == geteuid(), facts.st_mode & 0o077 == 0 else {
      errno = EACCES
      return nil
    }
    return try body(SocketFolder(descriptor: room))
  }
}

/// Who may connect to a Unix socket: the owner, group and mode of its file.
package struct FileAccess: Hashable, Sendable {
  package let owner: uid_t
  package let group: gid_t
  /// Read, write and execute only: set-id and sticky bits are never handed on.
  package let mode: mode_t

  static let ownerOnly = FileAccess(owner: geteuid(), group: getegid(), mode: 0o600)

  package init(owner: uid_t, group: gid_t, mode: mode_t) {
    self.owner = owner
    self.group = group
    self.mode = mode & 0o777
  }

  init(_ facts: stat) { self.init(owner: facts.st_uid, group: facts.st_gid, mode: facts.st_mode) }

  /// Whether a user other than root may connect.
  package func lets(in user: uid_t, _ groups: [gid_t]) -> Bool {
    if user == owner { return mode & 0o200 != 0 }
    return groups.contains(group) ? mode & 0o020 != 0 : mode & 0o002 != 0
  }
}
