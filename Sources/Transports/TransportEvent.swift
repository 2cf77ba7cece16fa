// What a connection tells the one who plays on it.
//
// Values with their time. What the bytes mean is the codecs' matter.

internal import NIOCore
package import WireBytes

/// Bytes that went over a connection; owned, cheap to copy.
package struct TransportBytes: Sendable {
  let buffer: ByteBuffer

  init(_ buffer: ByteBuffer) { self.buffer = buffer }

  /// A copy of `bytes`.
  package init(_ bytes: [UInt8]) { buffer = ByteBuffer(bytes: bytes) }

  package var count: Int { buffer.readableBytes }

  /// Lends the bytes to `body`, in place.
  package func withSpan<Result>(_ body: (RawSpan) -> Result) -> Result { body(buffer.readableBytesSpan) }

  /// An owned copy.
  package var array: [UInt8] { Array(buffer.readableBytesView) }
}

/// Something that happened on a connection.
package enum TransportEvent: Sendable {
  /// These bytes were handed to the system for sending.
  case sent(TransportBytes)
  /// Everything that was asked to be done has been done: nothing waits to be written.
  case drained
  /// These bytes arrived.
  case received(TransportBytes)
  /// The peer shut down its sending side.
  case endOfStream
  /// The peer's stream ended below TLS, and no closure alert had come.
  case endWithoutAlert
  /// The peer reset the connection.
  case reset
  /// The connection failed in another way.
  case failed(TransportError)
}

/// An event and its time.
package struct TimedTransportEvent: Sendable {
  package var event: TransportEvent
  package var time: Timestamp
}
