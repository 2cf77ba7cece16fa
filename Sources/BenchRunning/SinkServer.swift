// A server that answers at once: what remains of a run against it is gatespec and the system.
//
// It does not read requests, it counts their bytes, for it knows what is sent; and it sends what the target was seen to
// answer. A thread of its own, with a loop of its own.

internal import Benching
internal import Glibc
internal import Synchronization
internal import Transports
internal import WireBytes

/// A sink that listens on loopback, or on a Unix socket, until it is ended.
final class SinkServer: Sendable {
  private let listener: Int32
  /// The Unix socket's path; nil over TCP.
  private let path: String?
  private let isEnding = Atomic(false)
  private let hasEnded = Atomic(false)
  private let order: LoadOrder
  /// The answers by slot.
  private let answers: [[UInt8]]

  /// A connection, as far as its requests have come.
  private struct Peer {
    var descriptor: Int32 = -1
    /// Bytes of a request that is not whole.
    var begun: [UInt8] = []
  }

  /// Starts one for an order whose target has answered so.
  ///
  /// - Parameter folder: Where a Unix socket may be made; nil for TCP.
  /// - Throws: Where it cannot listen.
  init(for order: LoadOrder, answer: [UInt8], folder: String?) throws(TransportError) {
    path = folder.map { "\($0)/sink.sock" }
    let address: Target.Address = path.map { .unix(path: $0) } ?? .tcp(host: "127.0.0.1", port: 0)
    listener = try ListeningSocket.open(address)
    _ = listen(listener, 1024)
    _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
    _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK)
    self.order = order
    answers = order.requests.indices.map { order.dialect.moved(answer, toSlot: $0) }
    DetachedThread.start { [self] in serve() }
  }

  /// Where it listens.
  var address: Target.Address {
    path.map { .unix(path: $0) } ?? .tcp(host: "127.0.0.1", port: ListeningSocket.port(of: listener))
  }

  /// Ends it, and waits until it has.
  func end() {
    isEnding.store(true, ordering: .relaxed)
    while !hasEnded.load(ordering: .acquiring) { usleep(1000) }
    close(listener)
    if let path { unsafe _ = unlink(path) }
  }

  private func serve() {
    let poller = Poller()
    var peers: [Peer] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    poller.add(listener, key: .max, writes: false)
    while !isEnding.load(ordering: .relaxed) {
      for index in 0..<poller.wait(milliseconds: 20) {
        let event = poller.event(index)
        if event.key == .max {
          accept(&peers, poller)
        } else {
          read(&peers[Int(event.key)], &buffer)
        }
      }
    }
    for peer in peers where peer.descriptor >= 0 { close(peer.descriptor) }
    hasEnded.store(true, ordering: .releasing)
  }

  private func accept(_ peers: inout [Peer], _ poller: Poller) {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { return }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      var on: Int32 = 1
      unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      // Descriptors are small numbers that are used again: a place for each is enough.
      while peers.count <= Int(descriptor) { peers.append(Peer()) }
      peers[Int(descriptor)].descriptor = descriptor
      peers[Int(descriptor)].begun.removeAll(keepingCapacity: true)
      poller.add(descriptor, key: UInt64(descriptor), writes: false)
    }
  }

  private func read(_ peer: inout Peer, _ buffer: inout [UInt8]) {
    while peer.descriptor >= 0 {
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe Glibc.read(peer.descriptor, bytes.baseAddress, bytes.count)
      }
      guard count > 0 else {
        if count == 0 || errno != EAGAIN { hangUp(&peer) }
        return
      }
      take(&peer, unsafe buffer.span.bytes.extracting(first: count))
    }
  }

  /// Answers the requests that have come whole.
  private func take(_ peer: inout Peer, _ bytes: RawSpan) {
    let length = order.requests[0].count
    var offset = 0
    while offset < bytes.byteCount, peer.descriptor >= 0 {
      if peer.begun.isEmpty, bytes.byteCount - offset >= length {
        answer(&peer, order.dialect.slot(ofRequest: bytes.extracting(offset..<(offset + length))))
        offset += length
      } else {
        let count = min(length - peer.begun.count, bytes.byteCount - offset)
        peer.begun.append(contentsOf: bytes.extracting(offset..<(offset + count)))
        offset += count
        guard peer.begun.count == length else { return }
        let slot = unsafe order.dialect.slot(ofRequest: peer.begun.span.bytes)
        peer.begun.removeAll(keepingCapacity: true)
        answer(&peer, slot)
      }
    }
  }

  private func answer(_ peer: inout Peer, _ slot: Int) {
    guard slot < answers.count else { return hangUp(&peer) }
    let answer = answers[slot]
    var sent = 0
    while sent < answer.count {
      let count = unsafe answer.withUnsafeBytes { bytes -> Int in
        guard let base = bytes.baseAddress else { return 0 }
        return unsafe send(peer.descriptor, base + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        sent += count
      } else if errno == EAGAIN {
        var wanted = pollfd(fd: peer.descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&wanted, 1, 100)
        if isEnding.load(ordering: .relaxed) { return }
      } else {
        return hangUp(&peer)
      }
    }
    if order.isUsedOnce { hangUp(&peer) }
  }

  private func hangUp(_ peer: inout Peer) {
    close(peer.descriptor)
    peer.descriptor = -1
  }
}
