// Where a server listens, and what can go wrong there.
//
// Values, and the care of a Unix socket's file. Binding and accepting are ReferenceServer's.

internal import Glibc

/// Where a reference server listens.
package enum ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// A TCP port; port 0 lets the system choose.
  case tcp(host: String, port: Int)
  /// A Unix socket; the file is made at the start and removed at the stop.
  case unix(path: String)
  /// A socket that listens already, by its descriptor: FCGI_LISTENSOCK_FILENO is 0.
  ///
  /// Spec: FastCGI 1.0 section 2.2.
  case inherited(descriptor: CInt = 0)

  package var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): path
    case .inherited(let descriptor): "descriptor \(descriptor)"
    }
  }
}

/// Why a server could not listen.
package struct ServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of trouble it is.
  package struct Code: Hashable, Sendable {
    private let name: String
    /// Somebody else listens there.
    package static let addressInUse = Code(name: "address-in-use")
    /// The system refused to listen there.
    package static let cannotListen = Code(name: "cannot-listen")
    /// The inherited descriptor is no listening stream socket.
    package static let notListening = Code(name: "not-listening")
  }

  package var code: Code
  /// What happened, with the address and what to do.
  package var message: String
  /// The system's error number; 0 where there is none.
  package var errno: CInt

  package var description: String { message }
}

/// The file of a Unix socket.
struct SocketFile: Sendable {
  private let path: String
  private let device: dev_t
  private let node: ino_t

  /// The socket file at `path`; nil where there is none.
  init?(path: String) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
    self.path = path
    device = status.st_dev
    node = status.st_ino
  }

  /// Removes the file, unless another one has taken its place.
  func remove() {
    guard let current = SocketFile(path: path), current.device == device, current.node == node else { return }
    _ = unsafe unlink(path)
  }
}

/// A descriptor inherited from whoever started the process.
enum InheritedSocket {
  /// A duplicate of `descriptor` that belongs to the caller, once it is proved to listen.
  ///
  /// A listening socket has no peer: asking for it fails with ENOTCONN. That is how a FastCGI application tells that
  /// it was not started as a CGI program.
  ///
  /// Spec: FastCGI 1.0 section 2.2.
  static func duplicate(of descriptor: CInt) throws(ServerError) -> CInt {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let hasPeer = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getpeername(descriptor, $0, &length) == 0
      }
    }
    var isListening: CInt = 0
    var size = socklen_t(MemoryLayout<CInt>.size)
    guard !hasPeer, errno == ENOTCONN,
      unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening != 0
    else {
      throw ServerError(
        code: .notListening,
        message: "descriptor \(descriptor) is no listening socket; start the server from a process manager that "
          + "passes one, or give it an address",
        errno: errno)
    }
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else {
      throw ServerError(
        code: .cannotListen, message: "cannot duplicate descriptor \(descriptor): error \(errno)", errno: errno)
    }
    return copy
  }
}
