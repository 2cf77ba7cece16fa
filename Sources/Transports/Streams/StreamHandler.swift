// The event-loop side of a connection: reads on demand, writes in order, tells what happened and when.
//
// Confined to its event loop. Knows bytes and the ends of streams; no protocol, no deadline.

internal import DequeModule
internal import Glibc
internal import NIOCore
internal import WireBytes

/// What a connection is asked to do, in order.
enum StreamCommand: Sendable {
  /// Write these bytes, in pieces of at most that many bytes, each handed to the system by itself.
  case write(ByteBuffer, pieceByteCount: Int)
  case halfClose
  case close
  case reset
}

/// Turns the channel's callbacks into an ordered queue of events with their times.
///
/// Reading stops while events wait to be taken, so that a flood from the peer stays in the kernel.
final class StreamHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let target: Target.Address
  private var context: ChannelHandlerContext?
  private var events: Deque<TimedTransportEvent> = []
  private var waiter: CheckedContinuation<TimedTransportEvent?, Never>?
  private var commands: Deque<StreamCommand> = []
  private var isWriting = false
  private var isPumping = false
  private var readIsPending = false
  private var owesDrained = false
  private var inputEnded = false
  private var outputEnded = false
  private var closedHere = false
  private var isOver = false

  /// Writes in one turn of the event loop, so that a body sent byte by byte does not starve other connections.
  private static let writesPerTurn = 256

  init(target: Target.Address) { self.target = target }

  // MARK: What the connection asks.

  /// Gives the next event to `continuation` as soon as there is one; nil when there will be none.
  func take(_ continuation: CheckedContinuation<TimedTransportEvent?, Never>) {
    precondition(waiter == nil, "a connection's events are taken by one task at a time")
    if let event = events.popFirst() {
      continuation.resume(returning: event)
    } else if isOver {
      continuation.resume(returning: nil)
    } else {
      waiter = continuation
      requestRead()
    }
  }

  /// Lets a waiting taker go without an event.
  func releaseWaiter() {
    waiter?.resume(returning: nil)
    waiter = nil
  }

  func perform(_ command: StreamCommand) {
    guard !isOver else { return }
    commands.append(command)
    owesDrained = true
    pump()
  }

  /// Closes at once, whatever still waits to be written.
  func abandon() {
    commands.removeAll()
    owesDrained = false
    closedHere = true
    if let context { context.close(promise: nil) } else { finish() }
  }

  // MARK: Writing.

  private func pump() {
    guard !isPumping, let context else { return }
    isPumping = true
    defer { isPumping = false }
    var writes = 0
    while !isWriting, !isOver, let command = commands.popFirst() {
      switch command {
      case .write(var bytes, let pieceByteCount):
        guard !outputEnded else { continue }
        guard let piece = bytes.readSlice(length: min(max(1, pieceByteCount), bytes.readableBytes)) else { continue }
        if bytes.readableBytes > 0 { commands.prepend(.write(bytes, pieceByteCount: pieceByteCount)) }
        guard piece.readableBytes > 0 else { continue }
        write(piece, context)
        writes += 1
        if writes >= Self.writesPerTurn {
          let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
          context.eventLoop.execute { handler.value.pump() }
          return
        }
      case .halfClose:
        guard !outputEnded else { continue }
        outputEnded = true
        context.close(mode: .output, promise: nil)
      case .close:
        closedHere = true
        context.close(promise: nil)
      case .reset:
        closedHere = true
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        guard let socket = context.channel as? any SocketOptionProvider else {
          context.close(promise: nil)
          continue
        }
        // A linger time of zero makes the close a reset. Unix sockets ignore it; the close then is what there is.
        socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in bound.value.close(promise: nil) }
      }
    }
    if owesDrained, !isWriting, commands.isEmpty, !isOver {
      owesDrained = false
      emit(.drained)
    }
  }

  private func write(_ piece: ByteBuffer, _ context: ChannelHandlerContext) {
    // Told before it is done: an answer that these bytes bring about must come after them in the order of events.
    emit(.sent(TransportBytes(piece)))
    // With a read pending, a failing write drains what the peer sent before the connection is given up.
    requestRead()
    isWriting = true
    let promise = context.eventLoop.makePromise(of: Void.self)
    let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
    promise.futureResult.whenComplete { result in
      let handler = handler.value
      handler.isWriting = false
      if case .failure = result { handler.commands.removeAll() }
      handler.pump()
    }
    context.writeAndFlush(NIOAny(piece), promise: promise)
  }

  // MARK: Telling.

  private func emit(_ event: TransportEvent) {
    let timed = TimedTransportEvent(event: event, time: TransportClock.now)
    if let waiter {
      self.waiter = nil
      waiter.resume(returning: timed)
      return
    }
    // Byte-by-byte writes that nobody looked at yet are told in one piece.
    if case .sent(let bytes) = event, let last = events.last, case .sent(let earlier) = last.event,
      earlier.count + bytes.count <= 65_536
    {
      var joined = earlier.buffer
      joined.writeImmutableBuffer(bytes.buffer)
      events[events.count - 1] = TimedTransportEvent(event: .sent(TransportBytes(joined)), time: last.time)
      return
    }
    events.append(timed)
  }

  private func requestRead() {
    guard !readIsPending, !inputEnded, !isOver, let context, context.channel.isActive else { return }
    readIsPending = true
    context.read()
  }

  private func finish() {
    guard !isOver else { return }
    isOver = true
    context = nil
    commands.removeAll()
    waiter?.resume(returning: nil)
    waiter = nil
  }

  // MARK: What the channel says.

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !closedHere else { return }
    emit(.received(TransportBytes(unwrapInboundIn(data))))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    readIsPending = false
    if waiter != nil || isWriting { requestRead() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? ChannelEvent, event == .inputClosed { noteEndOfStream() }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !closedHere, !inputEnded else { return }
    if ChannelEncryption.isEndWithoutWord(error) { return noteEndOfStream(.endWithoutAlert) }
    inputEnded = true
    switch TransportError.systemErrorNumber(of: error) {
    case ECONNRESET, EPIPE: emit(.reset)
    case let number:
      emit(
        .failed(
          TransportError(
            .failed, "the connection to \(target) failed: \(number.map(SystemError.words) ?? "\(error)")",
            context: "\(target)", underlying: number)))
    }
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    if !inputEnded, !closedHere {
      // The end of the peer's stream after our own closes the channel without a word of its own; a reset tells itself
      // as an error first, unless a write met it.
      if outputEnded, !isWriting {
        noteEndOfStream()
      } else {
        inputEnded = true
        emit(.reset)
      }
    }
    finish()
  }

  private func noteEndOfStream(_ event: TransportEvent = .endOfStream) {
    guard !inputEnded, !closedHere else { return }
    inputEnded = true
    emit(event)
  }
}
