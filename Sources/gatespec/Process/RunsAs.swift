// Whom a capture or a relay runs as once everything is open, and giving up root for that.
//
// What strangers write is decoded by a process that may do nothing but that. It must be given up while there is one
// thread: some of it the kernel knows of threads only, and later ones inherit it.

import CLinux
import Glibc
import Reports
import Transports

/// A user to run as.
struct RunsAs: Sendable {
  var name: String
  var user: uid_t
  var group: gid_t
  /// Groups beside its own one.
  var groups: [gid_t] = []
  /// Whether nobody asked for that very user.
  var isDefault = false

  /// The user behind sudo; nil where there is none, or it is root.
  static let sudoUser: RunsAs? = {
    guard getuid() == 0, let user = Terminal.environment("SUDO_UID").flatMap({ uid_t($0) }), user != 0 else {
      return nil
    }
    return unsafe getpwuid(user).map { unsafe RunsAs($0.pointee) }
  }()

  private init(_ entry: passwd) {
    name = unsafe String(cString: entry.pw_name)
    user = unsafe entry.pw_uid
    group = unsafe entry.pw_gid
  }

  private init(name: String, user: uid_t, group: gid_t) { (self.name, self.user, self.group) = (name, user, group) }

  /// - Parameter name: A user's name; nil for the one behind sudo, or else `nobody`.
  /// - Throws: Where there is no such user, or only root could become it.
  init(_ name: String?) throws(CommandFailure) {
    guard let name else {
      self = Self.usual
      isDefault = true
      return
    }
    guard let entry = unsafe getpwnam(name) else {
      throw CommandFailure(.usage, "there is no user \(name)", remedy: "--user takes the name of one, or root")
    }
    self = unsafe RunsAs(entry.pointee)
    guard geteuid() == 0 || user == geteuid() else {
      throw CommandFailure(.usage, "only root can run as another user", remedy: "leave --user out, or use sudo")
    }
  }

  /// Whoever it is where nobody asked: an ordinary user stays who he is.
  private static var usual: RunsAs {
    guard geteuid() == 0 else {
      return unsafe getpwuid(geteuid()).map { unsafe RunsAs($0.pointee) }
        ?? RunsAs(name: "user \(geteuid())", user: geteuid(), group: getegid())
    }
    return sudoUser ?? nobody
  }

  private static var nobody: RunsAs {
    unsafe getpwnam("nobody").map { unsafe RunsAs($0.pointee) } ?? RunsAs(name: "nobody", user: 65_534, group: 65_534)
  }

  /// The same user with what it takes to connect to these sockets: their groups, or else their owner in its place.
  ///
  /// - Throws: Where the one that was asked for cannot connect to one of them.
  func admitted(to sockets: [(path: String, access: FileAccess)]) throws(CommandFailure) -> RunsAs {
    var result = self
    guard geteuid() == 0 else { return result }
    for (path, access) in sockets where !access.lets(in: result.user, [result.group] + result.groups) {
      if access.mode & 0o020 != 0, access.owner != result.user {
        result.groups.append(access.group)
      } else if isDefault, access.mode & 0o200 != 0, result.user == user || result.user == access.owner {
        let owner = unsafe getpwuid(access.owner).map { unsafe RunsAs($0.pointee) }
        let earlier = result.groups
        result = owner ?? RunsAs(name: "user \(access.owner)", user: access.owner, group: access.group)
        (result.groups, result.isDefault) = (earlier, true)
      } else {
        throw CommandFailure(
          .unreachable, "\(result.name) may not connect to \(path)",
          remedy: "--user NAME takes a user who may, --user root keeps root")
      }
    }
    return result
  }

  /// Whether something is so for the user, as far as that can be asked before there is only the user.
  func may(_ question: () -> Bool) -> Bool {
    guard geteuid() == 0 else { return question() }
    let earlier = getegid()
    guard setegid(group) == 0, seteuid(user) == 0 else { return question() }
    defer {
      seteuid(0)
      setegid(earlier)
    }
    return question()
  }

  /// Gives a file to the user, where that is somebody to own files.
  func own(_ descriptor: Int32) {
    if geteuid() == 0, user != Self.nobody.user { fchown(descriptor, user, group) }
  }

  /// Becomes the user for good, with no capability and no way to new ones; the thread must be the only one.
  ///
  /// - Returns: How messages call what the process is now.
  /// - Throws: Where it cannot be done: nothing goes on then as root.
  func become() throws(CommandFailure) -> String {
    // Root was asked for.
    if geteuid() == 0, user == 0, !isDefault { return name }
    var called = user == 0 ? "root without capabilities" : name
    if geteuid() == 0 {
      // The reader may take precedence, as root's could.
      _ = gatespec_allow_precedence()
      // As root these set all IDs, the saved ones too, and of every thread.
      if unsafe setgroups(groups.count, groups) != 0 || setgid(group) != 0 || setuid(user) != 0 {
        let why = SystemError.words(errno)
        guard isDefault else { throw CommandFailure(.unreachable, "cannot run as \(name): \(why)") }
        // A container may have no other user, and still nothing is needed that root has.
        called = "root without capabilities (it cannot become \(name): \(why))"
      }
    }
    guard gatespec_keep_capabilities(0) == 0, gatespec_forbid_new_privileges() == 0 else {
      throw CommandFailure(.unreachable, "privileges cannot be given up: \(SystemError.words(errno))")
    }
    guard geteuid() == 0 || user == 0 || setuid(0) != 0 else {
      throw CommandFailure(.internalError, "root could be had back after it was given up")
    }
    return called
  }
}
