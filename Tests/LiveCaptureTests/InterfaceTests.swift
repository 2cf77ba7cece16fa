// Live capture on the loopback interface, and the errors of interfaces.
//
// The live tests need CAP_NET_RAW; without it they are skipped with that reason, and the error for its absence is
// tested instead.

import Glibc
import LiveCapture
import Packets
import TCPStreams
import Testing
import WireBytes

/// Why live capture cannot be tested here; nil when it can.
private let obstacle: String? = {
  do throws(CaptureError) {
    _ = try CaptureSource.openInterface("lo")
    return nil
  } catch {
    return error.message
  }
}()

/// A TCP connection of this process with itself over loopback, which sends a little both ways and ends.
///
/// - Returns: The server's port, chosen by the system before `ready` is called.
private func converse(_ ready: (UInt16) throws -> Void) throws {
  func address(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }
  func withAddress<R>(_ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> R) -> R {
    unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
    }
  }
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(listener) }
  var own = address(0)
  try #require(unsafe withAddress(&own) { unsafe bind(listener, $0, length) } == 0)
  try #require(listen(listener, 1) == 0)
  try #require(unsafe withAddress(&own) { unsafe getsockname(listener, $0, &length) } == 0)
  let port = UInt16(bigEndian: own.sin_port)
  try ready(port)

  let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var peer = address(port)
  try #require(unsafe withAddress(&peer) { unsafe connect(client, $0, length) } == 0)
  let server = accept(listener, nil, nil)
  try #require(server >= 0)
  var buffer = [UInt8](repeating: 0, count: 64)
  let request = Array("ping over loopback".utf8)
  let response = Array("pong".utf8)
  #expect(unsafe send(client, request, request.count, 0) == request.count)
  #expect(unsafe recv(server, &buffer, buffer.count, 0) == request.count)
  #expect(unsafe send(server, response, response.count, 0) == response.count)
  #expect(unsafe recv(client, &buffer, buffer.count, 0) == response.count)
  close(client)
  #expect(unsafe recv(server, &buffer, buffer.count, 0) == 0)
  close(server)
}

@Suite struct InterfaceTests {
  /// The device, and the link type of what it gives.
  @Test(
    .enabled(if: obstacle == nil, "live capture is not possible here: \(obstacle ?? "")"),
    arguments: [("lo", LinkType.ethernet), ("any", .linuxCooked2)])
  func aConversationOverLoopbackIsSeen(_ name: String, _ linkType: LinkType) throws {
    var source = try CaptureSource.openInterface(name)
    let found = source.linkType
    #expect(found == linkType)
    var port: UInt16 = 0
    var before: CaptureStatistics?
    try converse {
      port = $0
      try source.setFilter("tcp port \($0)")
      before = source.statistics()
    }

    let decoder = FrameDecoder(linkType: found)
    var reassembler = TCPReassembler()
    var streams: [Direction: String] = [:]
    var servers: [IPEndpoint] = []
    var ending: ConnectionEnding?
    var ticks = 0
    var packets = 0
    try source.forEachPacket(
      idle: {
        ticks += 1
        return ticks < 100 ? .goOn : .stop
      },
      { packet, bytes in
        packets += 1
        guard case .segment(let segment) = decoder.decode(bytes, originalByteCount: packet.originalByteCount) else {
          return .goOn
        }
        reassembler.receive(segment, frame: bytes, origin: packet.origin) { event in
          switch event {
          case .opened(let info, _): servers.append(info.server)
          case .bytes(_, let direction, let span, _):
            streams[direction, default: ""] += String(decoding: span.copied(), as: UTF8.self)
          case .finished(_, let how, _): ending = how
          default: break
          }
        }
        return ending == nil ? .goOn : .stop
      })
    #expect(streams == [.request: "ping over loopback", .response: "pong"])
    #expect(servers == [IPEndpoint(IPAddress(v4: 0x7F00_0001), port: port)])
    #expect(ending == .closed)
    let counted = source.statistics()
    let statistics = try #require(counted)
    let received = statistics.received - (try #require(before)).received
    #expect(received >= UInt64(packets))
    // Every packet takes up the kernel's buffer once, and not again as it leaves; the last acknowledgement may come late.
    #expect(received <= UInt64(packets) + 2, "\(received) received, \(packets) lent")
    #expect(statistics.droppedByKernel == 0)
  }

  @Test(.enabled(if: obstacle == nil, "live capture is not possible here: \(obstacle ?? "")"))
  func anIdleCaptureCanBeStopped() throws {
    var source = try CaptureSource.openInterface("lo")
    // Nothing has this port: 0 is reserved.
    try source.setFilter("tcp port 0")
    let stop = CaptureStop()
    var ticks = 0
    try source.forEachPacket(
      stop: stop,
      idle: {
        ticks += 1
        if ticks == 3 { stop.request() }
        return .goOn
      },
      { _, _ in .goOn })
    #expect(ticks == 3)
  }

  /// The niceness of the calling thread.
  private static var niceness: Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

  @Test(.enabled(if: obstacle == nil && geteuid() == 0, "only root may raise a priority"))
  func theReaderHasPrecedenceWhileItReads() throws {
    let given = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(getpid()))
    var source = try CaptureSource.openInterface("lo")
    try source.setFilter("tcp port 0")
    let before = Self.niceness
    var during: Int32?
    try source.forEachPacket(
      idle: {
        during = Self.niceness
        return .stop
      },
      { _, _ in .goOn })
    #expect(during == (given == 0 ? -10 : given))
    #expect(Self.niceness == before)
  }

  @Test func anUnknownInterfaceListsTheOthers() throws {
    let error = try #require(throws: CaptureError.self) { _ = try CaptureSource.openInterface("nosuch0") }
    #expect(error.code == .interfaceMissing)
    #expect(error.message.hasPrefix("There is no interface nosuch0. There are: "))
    #expect(error.message.contains("lo"))
    #expect(error.context == "nosuch0")
  }

  @Test func loopbackIsListed() throws {
    let all = try CaptureInterface.all()
    let loopback = try #require(all.first { $0.name == "lo" })
    #expect(loopback.isLoopback)
    #expect(loopback.isUp)
    #expect(loopback.addresses.contains(IPAddress(v4: 0x7F00_0001)))
  }

  @Test(.enabled(if: obstacle != nil, "this process may capture"))
  func theMissingPrivilegeIsNamed() throws {
    let error = try #require(throws: CaptureError.self) { _ = try CaptureSource.openInterface("lo") }
    #expect(error.code == .permissionDenied)
    #expect(error.message.contains("CAP_NET_RAW"))
    #expect(error.message.contains("setcap"))
  }
}
