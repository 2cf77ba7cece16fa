// One connection of a server: carries bytes and timers between a socket and a responder.
//
// Flow control, half-closure and how a connection closes are here; what is answered is the responder's.

internal import Glibc
internal import NIOCore

/// Lets a responder speak over a channel.
///
/// Used on its event loop only.
final class ResponderHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Unsent bytes at which reading stops, and at which it goes on.
  static let highMark = 4 << 20
  static let lowMark = 1 << 20
  /// How long a closing connection waits for its peer to close too.
  static let lingerTime = TimeAmount.seconds(2)
  /// How long a closing connection waits for a peer that takes nothing of what is still to be sent.
  static let stallTime = TimeAmount.seconds(30)

  private var responder: any Responder
  private let table: ConnectionTable
  private var context: ChannelHandlerContext?
  private var timers: [ResponderTimer: Scheduled<Void>] = [:]
  /// Timers that fired while the peer had no room.
  private var heldTimers: [ResponderTimer] = []
  private var unsentByteCount = 0
  private var readIsHeld = false
  private var inputEnded = false
  private var isClosing = false
  private var hasBroken = false

  init(_ responder: any Responder, table: ConnectionTable) {
    self.responder = responder
    self.table = table
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    table.insert(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) { end() }

  func channelActive(context: ChannelHandlerContext) {
    if !responder.admits(context.remoteAddress?.ipAddress) { context.close(promise: nil) }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isClosing else { return }
    let buffer = unwrapInboundIn(data)
    let actions = responder.receive(buffer.readableBytesSpan)
    perform(actions, context)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent {
      inputEnded = true
      if isClosing { context.close(promise: nil) } else { perform(responder.receiveEnd(), context) }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable {
      let held = heldTimers
      heldTimers = []
      for timer in held { fire(timer) }
    }
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // The peer reset the connection, or it broke: nothing more can be said on it.
    hasBroken = true
    context.close(promise: nil)
  }

  /// Lets the requests whose input is complete be answered, then closes.
  func drain() {
    guard let context, !isClosing else { return }
    perform(responder.receiveEnd(), context)
  }

  /// Closes without waiting.
  func closeNow() { context?.close(promise: nil) }

  private func end() {
    guard context != nil else { return }
    responder.connectionLost(byReset: hasBroken)
    for timer in timers.values { timer.cancel() }
    timers = [:]
    heldTimers = []
    context = nil
    table.remove(self)
  }

  // MARK: Actions

  private func perform(_ actions: [ResponderAction], _ context: ChannelHandlerContext) {
    for action in actions {
      switch action {
      case .send(let bytes): send(bytes, context)
      case .startTimer(let milliseconds, let timer): start(timer, milliseconds, context)
      case .close: close(context)
      case .reset: reset(context)
      }
    }
  }

  private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
    unsentByteCount += bytes.count
    if unsentByteCount >= Self.highMark, !readIsHeld {
      readIsHeld = true
      context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
    }
    let sent = context.eventLoop.makePromise(of: Void.self)
    sent.futureResult.assumeIsolated().whenComplete { [self] _ in noteSent(bytes.count) }
    context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: sent)
  }

  private func noteSent(_ byteCount: Int) {
    unsentByteCount -= byteCount
    guard readIsHeld, unsentByteCount < Self.lowMark, let context else { return }
    readIsHeld = false
    context.channel.setOption(.autoRead, value: true).whenFailure { _ in }
  }

  private func start(_ timer: ResponderTimer, _ milliseconds: UInt64, _ context: ChannelHandlerContext) {
    timers[timer] = context.eventLoop.assumeIsolated().scheduleTask(
      in: .milliseconds(Int64(clamping: milliseconds))
    ) { [self] in
      timers[timer] = nil
      fire(timer)
    }
  }

  private func fire(_ timer: ResponderTimer) {
    guard let context, !isClosing else { return }
    if context.channel.isWritable {
      perform(responder.timerFired(timer), context)
    } else {
      heldTimers.append(timer)
    }
  }

  // MARK: Closing

  /// Ends our side after everything that was sent, and then waits for the peer's end: closing with input unread would
  /// reset the connection, and the peer might lose what it has not read yet.
  private func close(_ context: ChannelHandlerContext) {
    isClosing = true
    guard !inputEnded else { return context.close(promise: nil) }
    if readIsHeld {
      readIsHeld = false
      context.channel.setOption(.autoRead, value: true).whenFailure { _ in }
    }
    let ended = context.eventLoop.makePromise(of: Void.self)
    ended.futureResult.assumeIsolated().whenComplete { [self] _ in
      guard let context = self.context else { return }
      context.eventLoop.assumeIsolated().scheduleTask(in: Self.lingerTime) { self.closeNow() }
    }
    context.close(mode: .output, promise: ended)
    watchForStall(context, after: nil)
  }

  /// Closes at once when the peer has taken nothing since `earlier` bytes were unsent.
  private func watchForStall(_ context: ChannelHandlerContext, after earlier: Int?) {
    guard let unsent = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes), unsent > 0 else { return }
    guard unsent != earlier else { return closeNow() }
    context.eventLoop.assumeIsolated().scheduleTask(in: Self.stallTime) { [self] in
      if let context = self.context { watchForStall(context, after: unsent) }
    }
  }

  private func reset(_ context: ChannelHandlerContext) {
    isClosing = true
    let closed = context.eventLoop.makePromise(of: Void.self)
    closed.futureResult.assumeIsolated().whenComplete { _ in self.closeNow() }
    guard let provider = context.channel as? any SocketOptionProvider else { return closed.succeed() }
    provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).cascade(to: closed)
  }
}
