// The sockets that a relay listens on, and taking a Unix socket's place.
//
// Plain system calls: the file's owner and mode must be right before anybody can connect. Carrying bytes is RelayServer's.

internal import Glibc

/// Opens listening sockets for relays.
package enum RelaySocket {
  /// A socket that listens at `route.listen`.
  ///
  /// The file of a Unix socket gets the owner and the mode of the socket that the route connects to, where that is a
  /// Unix socket as well; otherwise only its owner may connect.
  ///
  /// - Throws: Where somebody listens there already, or the system refuses.
  package static func listen(_ route: RelayRoute) throws(TransportError) -> CInt {
    switch route.listen {
    case .tcp(let host, let port): return try listen(host: host, port: port)
    case .unix(let path):
      var access = FileAccess.ownerOnly
      if case .unix(let original) = route.connect { access = try FileAccess(ofSocket: original) }
      try removeStale(path)
      return try listen(path: path, access)
    case .program(let path):
      throw TransportError(.wrongKind, "\(path) is a program, not an address to listen at", context: path)
    }
  }

  private static func listen(host: String, port: Int) throws(TransportError) -> CInt {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_PASSIVE
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, "\(port)", &hints, &list) == 0 else {
      throw TransportError(.nameResolution, "the host of \(host):\(port) cannot be resolved", context: host)
    }
    defer { unsafe freeaddrinfo(list) }
    var reason = EADDRNOTAVAIL
    var next = unsafe list
    while let entry = unsafe next {
      let descriptor = unsafe socket(
        entry.pointee.ai_family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
      var on: CInt = 1
      unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
      if descriptor >= 0, unsafe bind(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0,
        Glibc.listen(descriptor, backlog) == 0
      {
        return descriptor
      }
      reason = errno
      if descriptor >= 0 { close(descriptor) }
      unsafe next = entry.pointee.ai_next
    }
    throw cannotListen("\(host):\(port)", reason)
  }

  private static let backlog: CInt = 511

  /// Binds, gives the file its owner and mode, and only then listens: nobody gets in before.
  static func listen(path: String, _ access: FileAccess) throws(TransportError) -> CInt {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw cannotListen(path, errno) }
    let earlier = umask(0o177)
    let isBound = unsafe UnixAddress.with(path) { unsafe bind(descriptor, $0, $1) == 0 }
    let reason = errno
    umask(earlier)
    guard isBound == true else {
      close(descriptor)
      throw isBound == nil
        ? TransportError(.failed, "\(path) is too long for a Unix socket (107 bytes at most)", context: path)
        : cannotListen(path, reason)
    }
    guard access.apply(to: path), Glibc.listen(descriptor, backlog) == 0 else {
      let reason = errno
      close(descriptor)
      _ = unsafe unlink(path)
      throw cannotListen(path, reason)
    }
    return descriptor
  }

  /// Removes the file of a Unix socket that a relay listened at.
  package static func remove(_ path: String) {
    if SocketNode(path) != nil { _ = unsafe unlink(path) }
  }

  private static func cannotListen(_ place: String, _ number: Int32) -> TransportError {
    let why = TransportError.systemText(number)
    let remedy = number == EADDRINUSE ? "; somebody listens there: choose another address" : ""
    return TransportError(.failed, "cannot listen at \(place): \(why)\(remedy)", context: place, underlying: number)
  }

  /// Removes the file of a socket at which nobody listens any more; never anything that is not a socket.
  private static func removeStale(_ path: String) throws(TransportError) {
    guard SocketNode(path) != nil else { return }
    if UnixAddress.isServed(path) {
      throw TransportError(
        .failed, "somebody listens at \(path): to take its place use --relay-take \(path)", context: path)
    }
    _ = unsafe unlink(path)
  }
}

/// Who may connect to a Unix socket: the owner, group and mode of its file.
struct FileAccess: Hashable {
  var owner: uid_t
  var group: gid_t
  var mode: mode_t

  static let ownerOnly = FileAccess(owner: getuid(), group: getgid(), mode: 0o600)

  init(owner: uid_t, group: gid_t, mode: mode_t) {
    self.owner = owner
    self.group = group
    self.mode = mode
  }

  /// - Throws: Where there is no such socket.
  init(ofSocket path: String) throws(TransportError) {
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else {
      throw TransportError(
        .notFound, "there is no socket \(path): is the backend running, and configured to listen there?",
        context: path, underlying: errno)
    }
    guard facts.st_mode & S_IFMT == S_IFSOCK else {
      throw TransportError(.wrongKind, "\(path) is not a socket", context: path)
    }
    self.init(owner: facts.st_uid, group: facts.st_gid, mode: facts.st_mode & 0o7777)
  }

  /// Gives the file this owner, group and mode; the mode last, so that nobody else gets in meanwhile.
  ///
  /// An ordinary user may not give files away: then the owner stays, and the mode is given all the same only where
  /// the group is right.
  func apply(to path: String) -> Bool {
    if unsafe lchown(path, owner, group) != 0, owner != getuid() || group != getgid() { return false }
    return unsafe chmod(path, mode) == 0
  }
}

/// The identity of a socket's file.
struct SocketNode: Hashable {
  private let device: dev_t
  private let number: ino_t

  init(device: dev_t, number: ino_t) {
    self.device = device
    self.number = number
  }

  /// Nil where there is no socket at `path`.
  init?(_ path: String) {
    var facts = stat()
    guard unsafe lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK else { return nil }
    device = facts.st_dev
    number = facts.st_ino
  }
}

enum UnixAddress {
  /// Calls `body` with the system's form of the address; nil where the path is too long.
  static func with<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result? {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else { return nil }
    unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
    return unsafe withUnsafePointer(to: &name) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  /// Whether somebody accepts connections there.
  static func isServed(_ path: String) -> Bool {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return unsafe with(path) { unsafe connect(descriptor, $0, $1) == 0 } ?? false
  }
}
