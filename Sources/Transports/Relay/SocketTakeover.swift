// Taking the place of a Unix socket that a server listens at. Giving it back is RelayName's.
//
// The server's socket gets a second name, and then ours takes the first one by an atomic rename, so that there is no
// moment without a socket. All names are entries of one folder that is held open, and no link is followed.

internal import Exchanges
internal import Glibc

/// A Unix socket whose place a relay has taken.
package struct SocketTakeover: Sendable {
  /// The path that clients connect to, as it was named.
  package let path: String
  /// Where the server's own socket is meanwhile.
  package let aside: String
  /// The way in at `path`, and the server's socket behind it.
  package let entrance: RelayEntrance
  /// The name that was the server's socket's.
  package let name: RelayName

  /// What is appended to a socket's path while it is aside.
  package static var suffix: String { RelayName.asideSuffix }

  /// What puts a socket back by hand, after gatespec was killed.
  package static func repairCommand(_ path: String) -> String {
    let place = (try? Place(path)).map(\.path) ?? path
    return "mv -T '\(place)\(suffix)' '\(place)'"
  }

  /// Where a socket really is: the links in its path followed once, its folder held open.
  private struct Place {
    let path: String
    let folder: SocketFolder
    let name: String

    init(_ path: String) throws(TransportError) {
      // Debian's /run/php/php-fpm.sock is a link to the socket of the version that is installed.
      self.path = UnixAddress.resolved(path)
      folder = try SocketFolder(of: self.path)
      name = RelaySocket.fileName(self.path)
    }
  }

  /// Moves the socket at `path` aside and listens in its place.
  ///
  /// A socket that an earlier run left aside is put back first. Where `path` is a link, the socket that it leads to is
  /// taken, and the link stays.
  ///
  /// - Throws: Where nobody listens at `path`, another relay stands there, or the system refuses.
  package static func take(_ path: String) throws(TransportError) -> SocketTakeover {
    let place = try Place(path)
    _ = repair(place)
    let server = try ServerSocket(place.name, in: place.folder, path: path)
    guard server.isServed else {
      throw TransportError(
        .refused, "nothing listens on \(path): the socket file is there, its server is gone (or you may not connect)",
        context: path)
    }
    try removeStaleAside(place)
    return try SocketTakeover(path, place, server)
  }

  /// What stands aside though nobody listens at it is of a run that was killed, before a server that was started again.
  private static func removeStaleAside(_ place: Place) throws(TransportError) {
    let aside = place.name + suffix
    guard unsafe place.folder.facts(aside) != nil else { return }
    guard unsafe place.folder.socket(aside) != nil, !UnixAddress.isServed(place.folder.address(aside)) else {
      throw TransportError(
        .failed, "\(place.path)\(suffix) is there and is served: another gatespec stands at \(place.path) already",
        context: place.path)
    }
    unsafe place.folder.remove(aside)
  }

  private init(_ path: String, _ place: Place, _ server: ServerSocket) throws(TransportError) {
    let (name, aside) = (place.name, place.name + Self.suffix)
    let folder = place.folder
    let made = try RelaySocket.make(in: folder, server.access, RelaySocket.queueLength(before: server), path) {
      room, file in
      guard unsafe folder.link(name, as: aside) || Self.move(folder, name, to: aside) else { return false }
      // Whoever put another socket there meanwhile is not taken for the server.
      if unsafe folder.socket(aside) == server.node,
        unsafe renameat(room.descriptor, file, folder.descriptor, name) == 0
      {
        return true
      }
      let reason = errno
      if unsafe folder.socket(name) == nil {
        unsafe _ = folder.rename(aside, to: name)
      } else {
        unsafe folder.remove(aside)
      }
      errno = reason
      return false
    }
    self.path = path
    self.aside = place.path + Self.suffix
    self.name = RelayName(name, in: folder, ours: made.node, theirs: server.node)
    let route = RelayRoute(
      listen: .unix(path: path), connect: .unix(path: place.path + Self.suffix), server: .unix(path: path))
    entrance = RelayEntrance(route, descriptor: made.descriptor, door: ServerDoor(server), name: self.name)
  }

  /// Moves an entry where the system allows no link to somebody else's file: for a moment the first name is gone.
  private static func move(_ folder: SocketFolder, _ name: String, to other: String) -> Bool {
    guard errno == EPERM || errno == EOPNOTSUPP, unsafe folder.facts(other) == nil else { return false }
    return unsafe folder.rename(name, to: other)
  }

  /// Puts back what a run that was killed has left aside.
  ///
  /// - Returns: Whether there was something to put back.
  package static func repair(_ path: String) -> Bool { (try? Place(path)).map(repair) ?? false }

  private static func repair(_ place: Place) -> Bool {
    let aside = place.name + suffix
    guard unsafe place.folder.socket(aside) != nil, !UnixAddress.isServed(place.folder.address(place.name)),
      UnixAddress.isServed(place.folder.address(aside))
    else { return false }
    return unsafe place.folder.rename(aside, to: place.name)
  }
}
