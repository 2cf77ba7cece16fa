// The open connections of a server, and the gate that keeps their number within its bound.
//
// Everything here belongs to one event loop.

internal import NIOCore

/// The open connections of one server.
///
/// Used on its event loop only.
final class ConnectionTable {
  private var handlers: [ObjectIdentifier: ResponderHandler] = [:]
  /// Called when a connection has gone.
  var onRemoval: () -> Void = {}

  var isEmpty: Bool { handlers.isEmpty }

  func insert(_ handler: ResponderHandler) { handlers[ObjectIdentifier(handler)] = handler }

  func remove(_ handler: ResponderHandler) {
    guard handlers.removeValue(forKey: ObjectIdentifier(handler)) != nil else { return }
    onRemoval()
  }

  /// Lets every connection answer what it has taken on, and then close.
  func drain() {
    for handler in Array(handlers.values) { handler.drain() }
  }

  /// Closes every connection at once.
  func closeAll() {
    for handler in Array(handlers.values) { handler.closeNow() }
  }
}

/// Accepts connections only while their number is within the bound; the others wait in the system's queue.
final class AcceptGate: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias OutboundIn = Never

  private let limit: Int
  private var openCount = 0
  private var readIsHeld = false
  private var context: ChannelHandlerContext?

  init(limit: Int) { self.limit = max(1, limit) }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }
  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func read(context: ChannelHandlerContext) {
    if openCount < limit { context.read() } else { readIsHeld = true }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let child = unwrapInboundIn(data)
    openCount += 1
    child.closeFuture.hop(to: context.eventLoop).assumeIsolated().whenComplete { _ in self.childClosed() }
    context.fireChannelRead(data)
  }

  private func childClosed() {
    openCount -= 1
    guard readIsHeld, let context else { return }
    readIsHeld = false
    context.read()
  }
}
