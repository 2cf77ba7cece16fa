// A listening socket on loopback whose connections a test plays by hand, with plain system calls.
//
// No NIO here: what the transport is tested against must not share its code.

import Foundation
import Glibc
import Synchronization

/// One accepted connection of a test's server.
struct AcceptedSocket {
  let descriptor: Int32

  /// Reads until `count` bytes came or the stream ended.
  func read(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < count {
      let wanted = min(buffer.count, count - bytes.count)
      let got = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, wanted, 0) }
      guard got > 0 else { break }
      bytes += buffer[..<got]
    }
    return bytes
  }

  /// Reads to the end of the stream.
  func readToEnd() -> [UInt8] { read(.max) }

  func write(_ text: String) {
    write(Array(text.utf8))
  }

  func write(_ bytes: [UInt8]) {
    var index = 0
    while index < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        let rest = unsafe bytes[index...]
        return unsafe send(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, noSignal)
      }
      guard count > 0 else { return }
      index += count
    }
  }

  func shutdownOutput() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

  func reset() {
    var value = linger(l_onoff: 1, l_linger: 0)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
  }
}

/// A server that handles connections one after another on a thread; each is closed when its handler returns.
final class LoopbackServer: Sendable {
  let port: Int
  let path: String?
  private let descriptor: Int32

  /// Listens on a free port of 127.0.0.1 or ::1, or on a Unix socket.
  init(
    ipv6: Bool = false, path: String? = nil, connections: Int = 1,
    _ handle: @escaping @Sendable (AcceptedSocket) -> Void
  ) {
    self.path = path
    let listener: Int32
    if let path {
      listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
      let size = socklen_t(MemoryLayout<sockaddr_un>.size)
      let bound = unsafe withUnsafePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(listener, $0, size) }
      }
      precondition(bound == 0, "cannot bind \(path): \(errno)")
      port = 0
    } else if ipv6 {
      listener = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_addr = in6addr_loopback
      var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
      let bound = unsafe withUnsafeMutablePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe bind(listener, $0, size) + getsockname(listener, $0, &size)
        }
      }
      precondition(bound == 0, "cannot bind: \(errno)")
      port = Int(UInt16(bigEndian: address.sin6_port))
    } else {
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let bound = unsafe withUnsafeMutablePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe bind(listener, $0, size) + getsockname(listener, $0, &size)
        }
      }
      precondition(bound == 0, "cannot bind: \(errno)")
      port = Int(UInt16(bigEndian: address.sin_port))
    }
    precondition(listen(listener, 128) == 0)
    descriptor = listener
    // The thread's own number for the socket: the other one is closed, and given to another socket, at any moment.
    let own = dup(listener)
    Thread.detachNewThread {
      defer { close(own) }
      for _ in 0..<connections {
        let accepted = accept(own, nil, nil)
        guard accepted >= 0 else { return }
        Thread.detachNewThread {
          handle(AcceptedSocket(descriptor: accepted))
          close(accepted)
        }
      }
    }
  }

  /// Stops listening: what connects next is refused.
  func stop() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

  deinit {
    stop()
    close(descriptor)
  }
}

/// A client of a Unix socket by plain system calls.
enum PlainClient {
  /// Sends `text` and gives back what came until the end, or what failed.
  static func ask(_ path: String, _ text: String) -> String {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
    let isConnected = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    guard isConnected else { return "connect: \(errno)" }
    let connection = AcceptedSocket(descriptor: descriptor)
    connection.write(text)
    return String(decoding: connection.readToEnd(), as: UTF8.self)
  }
}

/// Clients that ask without a pause, each on a thread of its own.
final class PlainClients: Sendable {
  private struct State {
    var isOver = false
    var running: Int
    var answers: [String: Int] = [:]
  }

  private let state: Mutex<State>

  init(path: String, count: Int) {
    state = Mutex(State(running: count))
    for _ in 0..<count {
      Thread.detachNewThread { [self] in
        while !state.withLock({ $0.isOver }) {
          let answer = PlainClient.ask(path, "ping")
          state.withLock { $0.answers[answer, default: 0] += 1 }
        }
        state.withLock { $0.running -= 1 }
      }
    }
  }

  /// Lets every client have its last answer; all answers with their counts.
  func stop() async -> [String: Int] {
    state.withLock { $0.isOver = true }
    for _ in 0..<500 where state.withLock({ $0.running > 0 }) { try? await Task.sleep(nanoseconds: 10_000_000) }
    return state.withLock { $0.running > 0 ? ["no end": $0.running] : $0.answers }
  }
}

/// A path for a Unix socket or a script that no other test uses; its folder is the system's for temporary files.
func temporaryPath(_ name: String) -> String {
  let unique = "gatespec-\(getpid())-\(UInt32.random(in: 0 ... .max))-\(name)"
  return FileManager.default.temporaryDirectory.appending(path: unique).path
}

/// No SIGPIPE when the other side is gone.
let noSignal = Int32(MSG_NOSIGNAL)

func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

/// Writes a program with that mode and returns its path.
func makeProgram(_ text: String, mode: Int = 0o755) throws -> String {
  let path = temporaryPath("program")
  try Data(text.utf8).write(to: URL(filePath: path))
  try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  return path
}
