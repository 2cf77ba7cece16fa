// Blocking sockets for tests of the server, on loopback and on Unix paths.

import Glibc
import NIOPosix
import ReferenceServers

/// A client over a real socket, by blocking calls on a thread of its own.
enum Socket {
  struct Failure: Error { var errno: CInt }

  /// Connects, sends, ends its side where asked, and returns everything up to the server's end.
  static func exchange(_ address: ListenAddress, _ bytes: [UInt8], endsInput: Bool = false) async throws -> [UInt8] {
    try await NIOThreadPool.singleton.runIfActive {
      let descriptor = try connect(address)
      defer { _ = close(descriptor) }
      try sendAll(descriptor, bytes)
      if endsInput { shutdown(descriptor, CInt(SHUT_WR)) }
      return try receiveAll(descriptor)
    }
  }

  static func connect(_ address: ListenAddress) throws -> CInt {
    switch address {
    case .tcp(_, let port):
      let descriptor = try check(socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0))
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_port = in_port_t(port).bigEndian
      name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      try connect(descriptor, &name, MemoryLayout<sockaddr_in>.size)
      return descriptor
    case .unix(let path):
      let descriptor = try check(socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0))
      var name = sockaddr_un()
      name.sun_family = sa_family_t(AF_UNIX)
      unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
      try connect(descriptor, &name, MemoryLayout<sockaddr_un>.size)
      return descriptor
    case .inherited: throw Failure(errno: EINVAL)
    }
  }

  private static func connect<Name>(_ descriptor: CInt, _ name: inout Name, _ size: Int) throws {
    let result = unsafe withUnsafePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.connect(descriptor, $0, socklen_t(size))
      }
    }
    guard result == 0 else {
      let failure = Failure(errno: errno)
      _ = close(descriptor)
      throw failure
    }
  }

  static func check(_ result: CInt) throws -> CInt {
    guard result >= 0 else { throw Failure(errno: errno) }
    return result
  }

  static func sendAll(_ descriptor: CInt, _ bytes: [UInt8]) throws {
    var start = 0
    while start < bytes.count {
      let count = unsafe bytes[start...].withUnsafeBytes {
        unsafe send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure(errno: errno) }
      start += count
    }
  }

  static func receiveAll(_ descriptor: CInt) throws -> [UInt8] {
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
      guard count >= 0 else { throw Failure(errno: errno) }
      if count == 0 { return received }
      received += buffer[..<count]
    }
  }

  static func fileExists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// A path for a socket that is this test's own.
  static func temporaryPath(_ name: String) -> String { "/tmp/gatespec-\(getpid())-\(name).sock" }
}
