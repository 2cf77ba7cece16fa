// Connections to a target over TCP and Unix sockets, opened without waiting.

internal import Glibc
package import Transports

/// Opens connections to one address.
package struct SocketSource: CarrierSource {
  private let family: Int32
  /// The system's form of the address.
  private let name: [UInt8]
  package var group: Int32?

  /// The first of the addresses that a target's means at which somebody accepts.
  ///
  /// - Throws: Where nobody does.
  package init(_ address: Target.Address, group: Int32? = nil) throws(TransportError) {
    var reason: Int32 = 0
    let found: (Int32, [UInt8])? = unsafe TargetSocket.withAddresses(of: address) { family, name, length in
      let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0 else { return nil }
      defer { close(descriptor) }
      guard unsafe connect(descriptor, name, length) == 0 else {
        reason = errno
        return nil
      }
      return unsafe (family, Array(UnsafeRawBufferPointer(start: name, count: Int(length))))
    }
    guard let found else {
      throw TransportError(
        .refused, "\(address) accepts no connection: \(SystemError.words(reason))", context: "\(address)",
        underlying: reason)
    }
    (family, name) = found
    self.group = group
  }

  package func open() -> Carrier {
    let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(family, flags, 0)
    guard descriptor >= 0 else { return .failed(errno: errno) }
    if family != AF_UNIX {
      var on: Int32 = 1
      unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
    let result = unsafe name.withUnsafeBytes { bytes -> Int32 in
      guard let base = bytes.baseAddress else { return -1 }
      return unsafe connect(descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
    if result == 0 { return .open(descriptor) }
    let number = errno
    if number == EINPROGRESS { return .opening(descriptor) }
    close(descriptor)
    return .failed(errno: number)
  }
}
