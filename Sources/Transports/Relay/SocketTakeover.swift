// Taking the place of a Unix socket that a server listens at, and giving it back.
//
// The server's socket gets a second name, and then ours takes the first one by an atomic rename, so that there is no
// moment without a socket; giving back is a rename as well. It makes system calls only: it may run in a signal handler.

internal import Glibc

/// A Unix socket whose place a relay has taken.
@safe package struct SocketTakeover: Sendable {
  /// The path that clients connect to.
  package let path: String
  /// Where the server's own socket is meanwhile.
  package let aside: String
  /// The route of the relay that stands between.
  package var route: RelayRoute {
    RelayRoute(listen: .unix(path: path), connect: .unix(path: aside), serverName: "unix:\(path)")
  }
  /// The listening socket at `path`.
  package let descriptor: CInt
  private let ours: SocketNode
  /// The paths as C strings, kept for good: the signal handler's.
  private nonisolated(unsafe) let pathText: UnsafeMutablePointer<CChar>
  private nonisolated(unsafe) let asideText: UnsafeMutablePointer<CChar>

  /// What is appended to a socket's path while it is aside.
  package static let suffix = ".gatespec-aside"
  /// What is appended to it for a moment, while another socket is about to get its name.
  private static let preparedSuffix = ".gatespec-new"

  /// What puts a socket back by hand, after gatespec was killed.
  package static func repairCommand(_ path: String) -> String { "mv -T '\(path)\(suffix)' '\(path)'" }

  /// Moves the socket at `path` aside and listens in its place.
  ///
  /// A socket that an earlier run left aside is put back first.
  ///
  /// - Throws: Where nobody listens at `path`, or the system refuses.
  package static func take(_ path: String) throws(TransportError) -> SocketTakeover {
    _ = repair(path)
    let aside = path + suffix
    let access = try FileAccess(ofSocket: path)
    guard UnixAddress.isServed(path) else {
      throw TransportError(
        .refused, "nothing listens on \(path): the socket file is there, its server is gone (or you may not connect)",
        context: path)
    }
    guard SocketNode(aside) == nil else {
      throw TransportError(
        .failed, "\(aside) is there and is served: another gatespec stands at \(path) already", context: path)
    }
    let prepared = path + preparedSuffix
    if SocketNode(prepared) != nil { _ = unsafe unlink(prepared) }
    let descriptor = try RelaySocket.listen(path: prepared, access)
    guard let ours = SocketNode(prepared), let pathText = unsafe strdup(path), let asideText = unsafe strdup(aside),
      nameTwice(path, aside), unsafe rename(prepared, path) == 0
    else {
      let number = errno
      close(descriptor)
      _ = unsafe unlink(prepared)
      if SocketNode(path) == nil { _ = unsafe rename(aside, path) } else { _ = unsafe unlink(aside) }
      throw TransportError(
        .failed, "cannot take the place of \(path): \(TransportError.systemText(number))", context: path,
        underlying: number)
    }
    return unsafe SocketTakeover(
      path: path, aside: aside, descriptor: descriptor, ours: ours, pathText: pathText, asideText: asideText)
  }

  /// Gives the socket a second name.
  ///
  /// Where the system allows no link to somebody else's file it is moved: for a moment the first name is gone.
  private static func nameTwice(_ path: String, _ aside: String) -> Bool {
    if unsafe link(path, aside) == 0 { return true }
    return unsafe rename(path, aside) == 0
  }

  private init(
    path: String, aside: String, descriptor: CInt, ours: SocketNode, pathText: UnsafeMutablePointer<CChar>,
    asideText: UnsafeMutablePointer<CChar>
  ) {
    self.path = path
    self.aside = aside
    self.descriptor = descriptor
    self.ours = ours
    unsafe self.pathText = unsafe pathText
    unsafe self.asideText = unsafe asideText
  }

  /// Puts the server's socket back in its place, and leaves it its second name for whoever is still on the way through
  /// the relay; ``giveBack()`` ends that.
  ///
  /// Nothing happens where the place is not ours any more. Where the system allows no link, there is one name only.
  package func restore() {
    guard SocketNode(path) == ours else { return }
    let prepared = path + Self.preparedSuffix
    if SocketNode(prepared) != nil { _ = unsafe unlink(prepared) }
    guard unsafe link(aside, prepared) == 0 else { return giveBack() }
    if unsafe rename(prepared, path) != 0 { _ = unsafe unlink(prepared) }
  }

  /// Puts the server's socket back in its place, and takes away its second name.
  ///
  /// Where the server has made itself a new socket meanwhile, that one stays, and the old one is removed. May be
  /// called twice.
  package func giveBack() {
    var facts = stat()
    guard unsafe lstat(asideText, &facts) == 0 else { return }
    let isOurs = unsafe SocketNode(cPath: pathText) == ours
    let isGone = unsafe lstat(pathText, &facts) != 0
    if isOurs || isGone {
      unsafe rename(asideText, pathText)
    } else {
      unsafe unlink(asideText)
    }
  }

  /// Puts back what a run that was killed has left aside.
  ///
  /// - Returns: Whether there was something to put back.
  package static func repair(_ path: String) -> Bool {
    let aside = path + suffix
    guard SocketNode(aside) != nil, !UnixAddress.isServed(path), UnixAddress.isServed(aside) else { return false }
    return unsafe rename(aside, path) == 0
  }
}

extension SocketNode {
  /// The same without a String: for signal handlers.
  init?(cPath: UnsafePointer<CChar>) {
    var facts = stat()
    guard unsafe lstat(cPath, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK else { return nil }
    self.init(device: facts.st_dev, number: facts.st_ino)
  }
}
