// Finding the file that a path names, without being led elsewhere by somebody else.
//
// A link, or a file, that another user puts in the way would have gatespec, which may be root, write what he wants
// where he wants, or show him what it writes.

import CLinux
import Glibc
import Reports
import Transports

/// A name in a folder that is held open: where an output is, or is going to be.
struct OutputPath {
  /// As it was written, for messages.
  let path: String
  let folder: Int32
  let name: String
  /// Whether the entry is a link that only the kernel can follow, as /proc/self/fd/1 is.
  let isKernelLink: Bool

  /// Opens a file for its name only; of fcntl.h, where Swift does not see it.
  private static let pathOnly: Int32 = 0o10_000_000
  private static let linkLimit = 40

  /// Follows a path to its last name, through links that nobody else can have put there.
  ///
  /// - Throws: Where a folder is not there, or a link lies in a folder that others may change.
  init(_ path: String) throws(CommandFailure) {
    self.path = path
    var rest = Self.parts(path)
    var folder = try Self.enter(AT_FDCWD, path.hasPrefix("/") ? "/" : ".", 0, path)
    var links = 0
    while true {
      guard let name = rest.popLast() else {
        close(folder)
        throw Self.unwritable(path, EISDIR)
      }
      var facts = stat()
      let isThere = unsafe fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0
      let isLink = isThere && facts.st_mode & S_IFMT == S_IFLNK
      let isKernels = isLink && gatespec_is_proc(folder) != 0
      guard isLink, !isKernels else {
        if rest.isEmpty {
          (self.folder, self.name, isKernelLink) = (folder, name, isKernels)
          return
        }
        folder = try Self.enter(folder, name, isKernels ? 0 : O_NOFOLLOW, path)
        continue
      }
      links += 1
      guard links <= Self.linkLimit, let target = Self.target(folder, name), !Self.isOthers(folder) else {
        let isOthers = Self.isOthers(folder)
        close(folder)
        guard isOthers else { throw Self.unwritable(path, ELOOP) }
        throw CommandFailure(
          .unreachable, "\(path) is not written: it leads through a link in a folder that others may change",
          remedy: "name the file that the link leads to")
      }
      rest += Self.parts(target)
      if target.hasPrefix("/") {
        close(folder)
        folder = try Self.enter(AT_FDCWD, "/", 0, path)
      }
    }
  }

  /// The names in a path, the first one last.
  private static func parts(_ path: String) -> [String] {
    path.split(separator: "/").filter { $0 != "." }.map(String.init).reversed()
  }

  /// Opens a folder, and closes the one before.
  private static func enter(
    _ folder: Int32, _ name: String, _ flags: Int32, _ path: String
  ) throws(CommandFailure) -> Int32 {
    let next = unsafe openat(folder, name, pathOnly | O_DIRECTORY | O_CLOEXEC | flags)
    let reason = errno
    if folder != AT_FDCWD { close(folder) }
    guard next >= 0 else { throw unwritable(path, reason) }
    return next
  }

  private static func target(_ folder: Int32, _ name: String) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlinkat(folder, name, &bytes, bytes.count)
    guard count > 0, count < bytes.count else { return nil }
    return String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether somebody else may put entries into a folder.
  private static func isOthers(_ folder: Int32) -> Bool {
    var facts = stat()
    return unsafe fstat(folder, &facts) != 0 || facts.st_mode & 0o022 != 0 || !isOurs(facts.st_uid)
  }

  /// Whether a user is the one that gatespec runs as, the one behind sudo, or root.
  private static func isOurs(_ user: uid_t) -> Bool { user == 0 || user == geteuid() || user == RunsAs.sudoUser?.user }

  static func unwritable(_ path: String, _ number: Int32) -> CommandFailure {
    CommandFailure(.unreachable, "\(path) cannot be written: \(SystemError.words(number))")
  }

  // MARK: The entry

  /// What is there now, through a link of the kernel's but no other; nil where nothing is.
  var facts: stat? {
    var facts = stat()
    return unsafe fstatat(folder, name, &facts, isKernelLink ? 0 : AT_SYMLINK_NOFOLLOW) == 0 ? facts : nil
  }

  /// Opens the entry for writing and changes nothing of it; where there is none, it is made, for its owner only.
  func open() throws(CommandFailure) -> (descriptor: Int32, isNew: Bool) {
    let flags = O_WRONLY | O_CLOEXEC | O_NOCTTY
    let made = unsafe openat(folder, name, flags | O_CREAT | O_EXCL, 0o600)
    if made >= 0 { return (made, true) }
    guard errno == EEXIST else { throw Self.unwritable(path, errno) }
    let opened = unsafe openat(folder, name, flags | (isKernelLink ? 0 : O_NOFOLLOW))
    guard opened >= 0 else { throw Self.unwritable(path, errno) }
    return (opened, false)
  }

  /// Makes a new file, for its owner only; nil where there is one of that name, or none can be made.
  func make(_ name: String) -> Int32? {
    let made = unsafe openat(folder, name, O_WRONLY | O_CLOEXEC | O_CREAT | O_EXCL, 0o600)
    return made >= 0 ? made : nil
  }

  func remove(_ name: String) { unsafe _ = unlinkat(folder, name, 0) }

  /// Refuses a file that is there where writing it would harm: what gatespec is to read, or what somebody else has put
  /// there.
  ///
  /// - Parameter inputs: Paths of what is read; `-` is standard input.
  func require(_ facts: stat, besides inputs: [String]) throws(CommandFailure) {
    guard facts.st_mode & S_IFMT == S_IFREG else { return }
    for input in inputs {
      var other = stat()
      let isThere = unsafe input == "-" ? fstat(STDIN_FILENO, &other) == 0 : stat(input, &other) == 0
      if isThere, other.st_dev == facts.st_dev, other.st_ino == facts.st_ino {
        throw CommandFailure(
          .usage,
          "\(path) is \(input == "-" ? "what is read from standard input" : "the input itself"), and writing it would "
            + "destroy it", remedy: "name another file")
      }
    }
    guard !isKernelLink, Self.isOthers(folder) else { return }
    guard Self.isOurs(facts.st_uid), facts.st_nlink == 1 else {
      throw CommandFailure(
        .unreachable, "\(path) is not written: it is somebody else's file, in a folder that others may change",
        remedy: "remove it, or name another file")
    }
  }

  /// Whether new files can be made in the folder.
  var isFolderWritable: Bool { unsafe faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) == 0 }

  /// Whether the entry may be written.
  var isWritable: Bool { unsafe faccessat(folder, name, W_OK, AT_EACCESS) == 0 }
}
