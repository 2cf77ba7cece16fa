// Sockets that a spawned target needs: one to listen on, and the question whether somebody does.
//
// Plain system calls; conversations with targets are those of Streams.

package import Glibc

/// The place of a target, as the system's addresses.
package enum TargetSocket {
  /// Calls `body` with every system address that `address` means, until one gives a result.
  package static func withAddresses<Result>(
    of address: Target.Address, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Result?
  ) -> Result? {
    switch address {
    case .program, .module: return nil
    case .unix(let path):
      return unsafe UnixAddress.with(path) { unsafe body(AF_UNIX, $0, $1) } ?? nil
    case .tcp(let host, let port):
      var hints = unsafe addrinfo()
      unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      var list: UnsafeMutablePointer<addrinfo>?
      guard unsafe getaddrinfo(host, "\(port)", &hints, &list) == 0 else { return nil }
      defer { unsafe freeaddrinfo(list) }
      var next = unsafe list
      while let entry = unsafe next {
        if let name = unsafe entry.pointee.ai_addr,
          let result = unsafe body(entry.pointee.ai_family, name, entry.pointee.ai_addrlen)
        {
          return result
        }
        unsafe next = entry.pointee.ai_next
      }
      return nil
    }
  }

  /// Whether somebody accepts connections there.
  static func accepts(_ address: Target.Address) -> Bool {
    let descriptor = connected(to: address)
    guard descriptor >= 0 else { return false }
    close(descriptor)
    return true
  }

  /// A socket that is connected there, for the caller to close; -1 where nobody accepts connections.
  static func connected(to address: Target.Address) -> Int32 {
    let connected: Int32? = unsafe withAddresses(of: address) { family, name, length in
      let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
      guard descriptor >= 0 else { return nil }
      if unsafe connect(descriptor, name, length) == 0 { return descriptor }
      close(descriptor)
      return nil
    }
    return connected ?? -1
  }
}

/// A socket that a spawned target gets as its descriptor 0.
package enum ListeningSocket {
  /// The port that a TCP socket listens on; 0 for any other.
  package static func port(of descriptor: Int32) -> Int {
    var name = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = unsafe withUnsafeMutablePointer(to: &name) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &length) }
    }
    return status == 0 && name.sin_family == sa_family_t(AF_INET) ? Int(UInt16(bigEndian: name.sin_port)) : 0
  }

  /// Removes a socket's file that nobody listens on any more; never anything that is not a socket.
  private static func removeStale(_ path: String, _ address: Target.Address) {
    var facts = stat()
    guard unsafe lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFSOCK, !TargetSocket.accepts(address) else {
      return
    }
    unsafe unlink(path)
  }

  /// A socket that listens there.
  package static func open(_ address: Target.Address) throws(TransportError) -> Int32 {
    if case .unix(let path) = address { removeStale(path, address) }
    let opened: Int32? = unsafe TargetSocket.withAddresses(of: address) { family, name, length in
      let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
      guard descriptor >= 0 else { return nil }
      var on: Int32 = 1
      unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
      guard unsafe bind(descriptor, name, length) == 0, listen(descriptor, 128) == 0 else {
        let reason = errno
        close(descriptor)
        errno = reason
        return nil
      }
      return descriptor
    }
    guard let opened else {
      let number = errno
      throw TransportError(
        .failed, "\(address) cannot be listened on for the spawned target: \(SystemError.words(number))",
        context: "\(address)", underlying: number)
    }
    return opened
  }
}
