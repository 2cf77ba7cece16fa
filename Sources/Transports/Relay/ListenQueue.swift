// How many connections a listening Unix socket lets wait: the kernel is asked, as ss(8) asks it.
//
// A relay refuses what the server would refuse, and nothing else.

internal import Glibc
internal import WireBytes

package enum ListenQueue {
  /// The listen queue's length of the socket at a path; nil where there is none, or the kernel does not tell.
  package static func length(at path: String) -> CInt? { (try? ServerSocket(path))?.queueLength }

  /// The listen queue's length of the socket with that file; nil where the kernel does not tell.
  ///
  /// One message each way of the kernel's sock_diag interface: all listening Unix sockets, with their files and queues.
  static func length(of node: SocketNode) -> CInt? {
    let channel = socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), sockDiag)
    guard channel >= 0 else { return nil }
    defer { close(channel) }
    var patience = timeval(tv_sec: 1, tv_usec: 0)
    unsafe setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let question = Self.question
    guard unsafe question.withUnsafeBytes({ unsafe send(channel, $0.baseAddress, $0.count, 0) }) == question.count
    else {
      return nil
    }
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(channel, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { return nil }
      var messages = buffer[..<count]
      while let message = takeMessage(&messages) {
        guard message.type == sockDiagByFamily else { return nil }
        if let length = queueLength(message.body, node) { return length }
      }
    }
  }

  private static let sockDiag: CInt = 4
  private static let sockDiagByFamily: UInt16 = 20
  /// What is asked for of each socket: UDIAG_SHOW_VFS and UDIAG_SHOW_RQLEN.
  private static let show: UInt32 = 0x02 | 0x10
  private static let fileAttribute: UInt16 = 1
  private static let queueAttribute: UInt16 = 4
  private static let messageHeaderLength = 16
  private static let socketHeaderLength = 16

  /// nlmsghdr and unix_diag_req of linux/unix_diag.h: a dump of the sockets in state TCP_LISTEN.
  private static var question: [UInt8] {
    var bytes: [UInt8] = []
    append(40 as UInt32, to: &bytes)
    append(sockDiagByFamily, to: &bytes)
    append(0x301 as UInt16, to: &bytes)
    append(1 as UInt32, to: &bytes)
    append(0 as UInt32, to: &bytes)
    bytes += [UInt8(AF_UNIX), 0, 0, 0]
    append(1 << 10 as UInt32, to: &bytes)
    append(0 as UInt32, to: &bytes)
    append(show, to: &bytes)
    append(UInt32.max, to: &bytes)
    append(UInt32.max, to: &bytes)
    return bytes
  }

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    unsafe withUnsafeBytes(of: value) { unsafe bytes.append(contentsOf: $0) }
  }

  /// The next netlink message, in the machine's byte order; nil at the end, or where its length is none.
  private static func takeMessage(_ bytes: inout ArraySlice<UInt8>) -> (type: UInt16, body: ArraySlice<UInt8>)? {
    guard bytes.count >= messageHeaderLength else { return nil }
    let length = Int(integer(bytes, at: 0, as: UInt32.self))
    guard length >= messageHeaderLength, length <= bytes.count else { return nil }
    let message = (
      type: integer(bytes, at: 4, as: UInt16.self), body: bytes.prefix(length).dropFirst(messageHeaderLength)
    )
    bytes = bytes.dropFirst((length + 3) & ~3)
    return message
  }

  /// The queue's length where the socket's file is that one; nil otherwise.
  private static func queueLength(_ body: ArraySlice<UInt8>, _ node: SocketNode) -> CInt? {
    var attributes = body.dropFirst(socketHeaderLength)
    var isMeant = false
    var length: CInt?
    while attributes.count >= 4 {
      let count = Int(integer(attributes, at: 0, as: UInt16.self))
      guard count >= 4, count <= attributes.count else { return nil }
      let value = attributes.prefix(count).dropFirst(4)
      if value.count >= 8 {
        switch integer(attributes, at: 2, as: UInt16.self) {
        case fileAttribute:
          let device = integer(value, at: 4, as: UInt32.self)
          isMeant =
            integer(value, at: 0, as: UInt32.self) == UInt32(truncatingIfNeeded: node.number)
            && device == node.kernelDevice
        case queueAttribute: length = CInt(clamping: integer(value, at: 4, as: UInt32.self))
        default: break
        }
      }
      attributes = attributes.dropFirst((count + 3) & ~3)
    }
    return isMeant ? length : nil
  }

  private static func integer<Value: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, at offset: Int, as type: Value.Type
  ) -> Value {
    let start = bytes.startIndex + offset
    var value: Value = 0
    unsafe withUnsafeMutableBytes(of: &value) {
      unsafe $0.copyBytes(from: bytes[start..<start + MemoryLayout<Value>.size])
    }
    return value
  }
}
