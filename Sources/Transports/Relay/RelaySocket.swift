// The sockets that a relay listens on.
//
// Plain system calls: the file's owner and mode are right before it has its name. Carrying bytes is RelayServer's.

internal import Glibc

/// A relay's way in, and what it leads to.
package struct RelayEntrance: Sendable {
  package let route: RelayRoute
  /// The listening socket; the relay owns it.
  package let descriptor: CInt
  /// How many connections may wait: as many as the server lets wait, where that is known.
  let queueLength: CInt
  /// The way on, where it is a Unix socket.
  let door: ServerDoor?
  /// The name of a Unix socket that the relay made; nil where it listens at no such socket.
  package let name: RelayName?

  init(_ route: RelayRoute, descriptor: CInt, door: ServerDoor?, name: RelayName? = nil) {
    self.route = route
    self.descriptor = descriptor
    self.door = door
    self.name = name
    queueLength = RelaySocket.queueLength(before: door?.server)
  }

  /// The Unix socket that is connected to, and who may; nil where it is none, or not there yet.
  package var server: (path: String, access: FileAccess)? { door?.server.map { ($0.path, $0.access) } }
}

/// Opens listening sockets for relays.
package enum RelaySocket {
  /// A socket that listens at `route.listen`.
  ///
  /// The file of a Unix socket gets the owner and the mode of the socket that the route connects to, where that is a
  /// Unix socket as well; otherwise only its owner may connect.
  ///
  /// - Throws: Where somebody listens there already, or the system refuses.
  package static func listen(_ route: RelayRoute) throws(TransportError) -> RelayEntrance {
    var door: ServerDoor?
    if case .unix(let path) = route.connect { door = ServerDoor(path) }
    let server = door?.server
    switch route.listen {
    case .tcp(let host, let port):
      let descriptor = try listen(host: host, port: port, queueLength(before: server))
      return RelayEntrance(route, descriptor: descriptor, door: door)
    case .unix(let path):
      // Who may connect is known of a server that is there only.
      let access = try door.map { door throws(TransportError) in try door.present().access } ?? .ownerOnly
      let folder = try SocketFolder(of: path)
      let name = fileName(path)
      try removeStale(name, in: folder, path)
      let made = try make(in: folder, access, queueLength(before: server), path) { room, file in
        // A link, which replaces nothing that somebody has put there meanwhile.
        unsafe linkat(room.descriptor, file, folder.descriptor, name, 0) == 0
      }
      return RelayEntrance(
        route, descriptor: made.descriptor, door: door, name: RelayName(name, in: folder, ours: made.node, theirs: nil))
    case .program(let path):
      throw TransportError(.wrongKind, "\(path) is a program, not an address to listen at", context: path)
    case .module(let name):
      throw TransportError(.wrongKind, "\(name) is an application, not an address to listen at", context: name)
    }
  }

  /// Before a server whose queue is not known, as many may wait as the system lets.
  static func queueLength(before server: ServerSocket?) -> CInt { server?.queueLength ?? SOMAXCONN }

  static func fileName(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  private static func listen(host: String, port: Int, _ queueLength: CInt) throws(TransportError) -> CInt {
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
      if descriptor >= 0, unsafe Glibc.bind(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0,
        Glibc.listen(descriptor, queueLength) == 0
      {
        return descriptor
      }
      reason = errno
      if descriptor >= 0 { close(descriptor) }
      unsafe next = entry.pointee.ai_next
    }
    throw cannotListen("\(host):\(port)", reason)
  }

  /// Makes a listening socket in a room of its own, where nobody else can touch it until it has its owner and mode, and
  /// then lets `publish` give it its name.
  ///
  /// - Parameter publish: Called with the room and the file's name in it; whether it succeeded.
  static func make(
    in folder: SocketFolder, _ access: FileAccess, _ queueLength: CInt, _ path: String,
    publish: (SocketFolder, String) -> Bool
  ) throws(TransportError) -> (descriptor: CInt, node: SocketNode) {
    let made = try folder.withPrivateRoom { room throws(TransportError) in
      try bind(in: room, access, queueLength, path, publish)
    }
    guard let made else { throw cannotListen(path, errno) }
    return made
  }

  private static func bind(
    in room: SocketFolder, _ access: FileAccess, _ queueLength: CInt, _ path: String,
    _ publish: (SocketFolder, String) -> Bool
  ) throws(TransportError) -> (descriptor: CInt, node: SocketNode) {
    let file = "socket"
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw cannotListen(path, errno) }
    defer { unsafe room.remove(file) }
    guard unsafe UnixAddress.with(room.address(file), { unsafe Glibc.bind(descriptor, $0, $1) == 0 }) == true,
      give(access, to: file, in: room), Glibc.listen(descriptor, queueLength) == 0,
      let node = unsafe room.socket(file), publish(room, file)
    else {
      let reason = errno
      close(descriptor)
      throw cannotListen(path, reason)
    }
    return (descriptor, node)
  }

  /// Gives a file in a private room this owner, group and mode.
  ///
  /// An ordinary user may not give files away: that is well only where the file has the right owner and group anyhow.
  private static func give(_ access: FileAccess, to file: String, in room: SocketFolder) -> Bool {
    let isGiven = unsafe fchownat(room.descriptor, file, access.owner, access.group, AT_SYMLINK_NOFOLLOW) == 0
    guard isGiven || access.owner == geteuid() && access.group == getegid() else { return false }
    return unsafe fchmodat(room.descriptor, file, access.mode, 0) == 0
  }

  private static func cannotListen(_ place: String, _ number: Int32) -> TransportError {
    let why = SystemError.words(number)
    let isTaken = number == EADDRINUSE || number == EEXIST
    let remedy = isTaken ? "; somebody listens there: choose another address" : ""
    return TransportError(.failed, "cannot listen at \(place): \(why)\(remedy)", context: place, underlying: number)
  }

  /// Removes the file of a socket at which nobody listens any more; never anything that is not a socket.
  private static func removeStale(_ name: String, in folder: SocketFolder, _ path: String) throws(TransportError) {
    guard unsafe folder.socket(name) != nil else { return }
    if UnixAddress.isServed(folder.address(name)) {
      throw TransportError(
        .failed, "somebody listens at \(path): to take its place use --relay-take \(path)", context: path)
    }
    unsafe folder.remove(name)
  }
}
