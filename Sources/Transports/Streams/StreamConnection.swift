// A connection to a target as an ordered sequence of events, and what one may do on it.
//
// The only face of sockets that the drivers see. Deadlines are theirs.

package import Exchanges
internal import NIOCore

/// One open connection over TCP or a Unix socket.
///
/// Events come in the order in which they happened, sent bytes among them. One task takes them.
package final class StreamConnection: Sendable, AsyncSequence {
  package typealias Element = TimedTransportEvent

  /// The address of this side: `127.0.0.1:51234`, or `unix:` where it has none.
  package let client: Endpoint
  /// The address of the target's side.
  package let server: Endpoint
  private let channel: any Channel
  private let handler: NIOLoopBound<StreamHandler>

  init(channel: any Channel, handler: NIOLoopBound<StreamHandler>, client: Endpoint, server: Endpoint) {
    self.channel = channel
    self.handler = handler
    self.client = client
    self.server = server
  }

  /// The largest piece handed to the system at once.
  private static let pieceByteCount = 16_384

  /// Sends `bytes` after what was asked for before.
  ///
  /// Returns at once: `.sent` events tell how far it has come, `.drained` that nothing is left.
  package func send(_ bytes: [UInt8]) {
    perform(.write(ByteBuffer(bytes: bytes), pieceByteCount: Self.pieceByteCount))
  }

  /// Shuts down the sending side once everything before is written.
  package func halfClose() { perform(.halfClose) }

  /// Closes once everything before is written.
  ///
  /// No event follows.
  package func close() { perform(.close) }

  /// Closes with a reset once everything before is written.
  ///
  /// No event follows.
  package func reset() { perform(.reset) }

  /// Closes at once, whatever still waits to be written.
  package func abandon() {
    channel.eventLoop.execute { [handler] in handler.value.abandon() }
  }

  private func perform(_ command: StreamCommand) {
    channel.eventLoop.execute { [handler] in handler.value.perform(command) }
  }

  /// The next event; nil when the connection is over or the task is cancelled.
  package func next() async -> TimedTransportEvent? {
    let (loop, handler) = (channel.eventLoop, handler)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        loop.execute { handler.value.take(continuation) }
        // A cancellation that came before the taker was in place is told again behind it.
        if Task.isCancelled { loop.execute { handler.value.releaseWaiter() } }
      }
    } onCancel: {
      loop.execute { handler.value.releaseWaiter() }
    }
  }

  /// Takes events one after another.
  package struct AsyncIterator: AsyncIteratorProtocol {
    let connection: StreamConnection
    package mutating func next() async -> TimedTransportEvent? { await connection.next() }
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(connection: self) }
}
