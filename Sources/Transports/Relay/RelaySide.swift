// One side of a relayed connection: what is read here goes out there.
//
// Bytes, ends and resets pass as they come; reading stops while the other side takes nothing, so that memory is
// bounded and the sender feels the receiver's pace. Confined to the event loop that both sides share.

internal import Exchanges
internal import Glibc
internal import NIOCore
internal import WireBytes

/// The handler of one of the two channels of a relayed connection.
final class RelaySide: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// The direction of what is read here.
  private let direction: Direction
  private let reporter: RelayReporter
  private var context: ChannelHandlerContext?
  /// The other side; nil once this one is gone.
  private var peer: RelaySide?
  /// Whether it belongs to a connection: a server's side does once it is connected.
  private var isJoined: Bool
  private var readIsPending = false
  private var readIsWanted = false
  private var inputEnded = false
  /// The other side's end was passed on to here.
  private var outputEnds = false
  private var isReset = false

  init(_ direction: Direction, _ reporter: RelayReporter) {
    self.direction = direction
    self.reporter = reporter
    isJoined = direction == .request
  }

  /// Joins the two sides of a connection and begins to read from both.
  static func join(_ client: RelaySide, _ server: RelaySide) {
    client.peer = server
    server.peer = client
    server.isJoined = true
    client.requestRead()
    server.requestRead()
  }

  // MARK: Reading

  private func requestRead() {
    guard let context, !inputEnded, !readIsPending else { return }
    // A read that is asked for before the channel is active is lost.
    guard context.channel.isActive, peer?.isWritable ?? false else {
      readIsWanted = true
      return
    }
    readIsWanted = false
    readIsPending = true
    context.read()
  }

  private var isWritable: Bool { context?.channel.isWritable ?? false }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let peer, let out = peer.context else { return }
    reporter.passed(direction, unwrapInboundIn(data))
    out.write(data, promise: nil)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    readIsPending = false
    peer?.context?.flush()
    requestRead()
  }

  func channelActive(context: ChannelHandlerContext) {
    if readIsWanted { requestRead() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    guard context.channel.isWritable, let peer, peer.readIsWanted else { return }
    peer.requestRead()
  }

  // MARK: Ends

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case .inputClosed? = event as? ChannelEvent else { return }
    endInput()
  }

  private func endInput() {
    guard !inputEnded else { return }
    inputEnded = true
    reporter.ended(direction, .end)
    peer?.endOutput()
  }

  /// Shuts down the sending side behind everything that was written.
  private func endOutput() {
    guard let context else { return }
    outputEnds = true
    // A channel whose input has ended closes whole, and drops what waits to be written: so nothing may wait.
    let written = context.eventLoop.makePromise(of: Void.self)
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    written.futureResult.whenComplete { _ in bound.value.close(mode: .output, promise: nil) }
    context.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // A half-close that both sides asked for at once, or one that came too late, is no reset.
    if let error = error as? ChannelError, error == .outputClosed || error == .ioOnClosedChannel { return }
    reset()
    context.close(promise: nil)
  }

  /// This side was reset by who is behind it: the other one is reset as well.
  private func reset() {
    guard !isReset else { return }
    isReset = true
    inputEnded = true
    reporter.ended(direction, .reset)
    peer?.passReset()
  }

  /// Makes the close of this side a reset.
  ///
  /// Unix sockets know none; the close then is what there is.
  private func passReset() {
    guard let context, !isReset else { return }
    isReset = true
    inputEnded = true
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    guard let socket = context.channel as? any SocketOptionProvider else { return context.close(promise: nil) }
    socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in bound.value.close(promise: nil) }
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func channelInactive(context: ChannelHandlerContext) { end() }

  /// Told in place of the above where the channel never became active.
  func handlerRemoved(context: ChannelHandlerContext) { end() }

  private func end() {
    guard context != nil else { return }
    guard isJoined else { return context = nil }
    // Once our end is out, the end of the input closes the channel without a word of its own; without that it was an
    // error that told nobody.
    if outputEnds { endInput() } else if !inputEnded { reset() }
    context = nil
    let other = peer
    peer = nil
    if other?.context == nil { return reporter.finished() }
    // Nobody is left to take what the other side may still send.
    if let other, !other.inputEnded { other.passReset() }
  }

  /// Sends a client away whose server cannot be reached, as that server's refusal would have.
  func refuse() {
    guard context != nil else { return }
    guard isJoined else { return context = nil }
    passReset()
  }

  /// Closes both sides as ``stop()`` does, once what passed is written.
  func stopWhenWritten() {
    guard let peer, let channel = context?.channel, let other = peer.context?.channel else { return stop() }
    let written = channel.writeAndFlush(ByteBuffer()).and(other.writeAndFlush(ByteBuffer()))
    let side = NIOLoopBound(self, eventLoop: channel.eventLoop)
    written.whenComplete { _ in side.value.stop() }
  }

  /// Closes both sides without a word about it: the relay stops, which is nobody's doing on the wire.
  func stop() {
    for side in [self, peer] {
      side?.inputEnded = true
      side?.context?.close(promise: nil)
    }
  }
}

/// Tells the queue about one connection, and remembers what found no room in it.
///
/// Confined to its connection's event loop.
final class RelayReporter {
  private let queue: RelayQueue
  private let connection: UInt64
  /// Whether the queue took the connection's first event; without it, nothing of the connection is told.
  private let isObserved: Bool
  private var missed: [UInt64] = [0, 0]
  private let opened: Timestamp
  /// All bytes that passed, in both directions.
  private(set) var byteCount: UInt64 = 0
  /// What passed last: which way, and when.
  private var last: (direction: Direction, time: Timestamp)?
  private let onEnd: () -> Void

  init(_ queue: RelayQueue, connection: UInt64, client: Endpoint, server: Endpoint, onEnd: @escaping () -> Void) {
    self.queue = queue
    self.connection = connection
    self.onEnd = onEnd
    opened = TransportClock.now
    let event = RelayEvent(
      connection: connection, kind: .opened(client: client, server: server), time: opened)
    isObserved = queue.append(event, isOptional: true)
    if !isObserved { queue.noteUnobservedConnection() }
  }

  func established() { _ = tell(.passed(.established)) }

  /// Whether the connection seems to wait for its next request: the server spoke last, or nobody did, and not just now.
  func isIdle(at now: Timestamp) -> Bool {
    guard let last else { return now.nanoseconds(since: opened) > Self.idleNanoseconds }
    return last.direction == .response && now.nanoseconds(since: last.time) > Self.idleNanoseconds
  }

  private static let idleNanoseconds: Int64 = 50_000_000

  func passed(_ direction: Direction, _ bytes: ByteBuffer) {
    last = (direction, TransportClock.now)
    byteCount &+= UInt64(bytes.readableBytes)
    guard isObserved else { return }
    let side = Int(direction.rawValue)
    if missed[side] > 0 {
      guard tell(.passed(.gap(direction, byteCount: missed[side])), isOptional: true) else {
        missed[side] += UInt64(bytes.readableBytes)
        return
      }
      missed[side] = 0
    }
    if !tell(.passed(.bytes(direction, TransportBytes(bytes))), isOptional: true) {
      missed[side] += UInt64(bytes.readableBytes)
    }
  }

  func ended(_ direction: Direction, _ closing: Closing) {
    tellMissed()
    _ = tell(.passed(.closed(direction, closing)))
  }

  func refused(_ error: TransportError) { _ = tell(.refused(error)) }

  func finished() {
    tellMissed()
    _ = tell(.passed(.finished))
    onEnd()
  }

  private func tellMissed() {
    for direction in Direction.allCases where missed[Int(direction.rawValue)] > 0 {
      _ = tell(.passed(.gap(direction, byteCount: missed[Int(direction.rawValue)])))
      missed[Int(direction.rawValue)] = 0
    }
  }

  private func tell(_ kind: RelayEvent.Kind, isOptional: Bool = false) -> Bool {
    guard isObserved else { return true }
    return queue.append(
      RelayEvent(connection: connection, kind: kind, time: TransportClock.now), isOptional: isOptional)
  }
}
