// The Unix socket that a relay connects to: found by a descriptor, so that nobody can put another in its place.
//
// A relay that runs as root and connects by a name in somebody else's folder would connect him to whatever he lets that
// name point to.

package import Glibc
internal import NIOConcurrencyHelpers

/// A server's Unix socket.
struct ServerSocket: Sendable {
  /// What messages call it.
  let path: String
  /// Who may connect to it, and so who may connect to the relay before it.
  let access: FileAccess
  let node: SocketNode
  /// Of the file, whatever its name; held for as long as the program runs.
  private let file: CInt

  /// Finds the socket at a path; one that a link points to is none.
  ///
  /// - Throws: Where there is none.
  init(_ path: String) throws(TransportError) {
    try self.init(path, unsafe open(path, pathOnly | O_NOFOLLOW | O_CLOEXEC))
  }

  /// Finds the socket of that name in a folder; one that a link points to is none.
  init(_ name: String, in folder: SocketFolder, path: String) throws(TransportError) {
    try self.init(path, unsafe openat(folder.descriptor, name, pathOnly | O_NOFOLLOW | O_CLOEXEC))
  }

  private init(_ path: String, _ descriptor: CInt) throws(TransportError) {
    guard descriptor >= 0 else { throw Self.notOpened(path, errno) }
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK else {
      close(descriptor)
      throw TransportError(.wrongKind, "\(path) is not a socket", context: path)
    }
    self.path = path
    access = FileAccess(facts)
    node = SocketNode(facts)
    file = descriptor
  }

  /// What is said of a socket that was not opened.
  ///
  /// - Parameter number: The system's error number.
  static func notOpened(_ path: String, _ number: CInt) -> TransportError {
    switch number {
    case ENOENT:
      TransportError(
        .notFound, "there is no socket \(path): is the backend running, and configured to listen there?",
        context: path, underlying: number)
    case EACCES:
      TransportError(
        .permissionDenied, "not allowed to open \(path): run gatespec as a user who may, such as root",
        context: path, underlying: number)
    default:
      TransportError(
        .failed, "\(path) cannot be opened: \(SystemError.words(number))", context: path, underlying: number)
    }
  }

  /// The address to connect to.
  var address: String { "/proc/self/fd/\(file)" }

  /// Whether somebody accepts connections there.
  var isServed: Bool { UnixAddress.isServed(address) }

  /// Whether the file is still what the path names, as far as this user may look.
  var isNamed: Bool {
    var facts = stat()
    guard unsafe lstat(path, &facts) == 0 else { return errno == EACCES }
    return SocketNode(facts) == node
  }

  /// Closes what is held of a socket that nobody is going to connect to.
  func forget() { close(file) }

  /// How many connections the server lets wait; nil where the system does not say.
  var queueLength: CInt? { ListenQueue.length(of: node) }
}

/// Where a relay connects to for each of its clients.
///
/// A server that is started again makes itself a new socket: it is taken for the same where as many may connect to it.
final class ServerDoor: Sendable {
  /// The path without links.
  private let path: String
  /// Whether the socket is looked for by its path where it has gone; not where the relay itself has that path.
  private let followsPath: Bool
  /// The socket that was found last; nil where none was there yet.
  private let found: NIOLockedValueBox<ServerSocket?>

  /// A server that may not be there yet.
  ///
  /// - Parameter path: Its links are followed once, now.
  init(_ path: String) {
    self.path = UnixAddress.resolved(path)
    followsPath = true
    found = NIOLockedValueBox(try? ServerSocket(self.path))
  }

  /// A server whose path the relay has taken.
  init(_ server: ServerSocket) {
    path = server.path
    followsPath = false
    found = NIOLockedValueBox(server)
  }

  /// The socket that was found last; nil where none was there yet.
  var server: ServerSocket? { found.withLockedValue { $0 } }

  /// The address to connect to.
  ///
  /// - Throws: Where there is no socket, or others may connect to the one in its place.
  func address() throws(TransportError) -> String { try present().address }

  /// The socket that is there now.
  ///
  /// - Throws: Where there is none, or others may connect to the one in its place.
  func present() throws(TransportError) -> ServerSocket {
    let known = server
    if let known, !followsPath || known.isNamed { return known }
    let other = try ServerSocket(path)
    if let known, known.access != other.access {
      other.forget()
      throw TransportError(
        .permissionDenied,
        "\(path) has another owner or mode than when the relay began, and is not connected to: start gatespec again",
        context: path)
    }
    // The one before stays open, a descriptor for each start of the server: it may be on its way to connect(2).
    found.withLockedValue { $0 = other }
    return other
  }
}

/// Addresses of Unix sockets as the system takes them.
package enum UnixAddress {
  /// Calls `body` with the system's form of the address; nil where the path is too long.
  package static func with<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result? {
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

  /// The path with all its links followed; the path itself where nothing is there.
  static func resolved(_ path: String) -> String {
    let resolved = unsafe realpath(path, nil)
    defer { unsafe free(resolved) }
    return unsafe resolved.map { unsafe String(cString: $0) } ?? path
  }

  /// Whether somebody accepts connections there.
  static func isServed(_ path: String) -> Bool {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return unsafe with(path) { unsafe connect(descriptor, $0, $1) == 0 } ?? false
  }
}
