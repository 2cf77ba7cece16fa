// A connection's bytes, as the packets that would have carried them.
//
// What a tester saw on a socket has no packets; this makes a capture of it that any analyser opens and that reads
// back to the same two streams. Nothing is lost, reordered or repeated here.

package import WireBytes

/// Writes one TCP connection, event by event, as records of a capture file.
///
/// Every method appends whole records. The receiver acknowledges a direction's bytes with its own next segment, or
/// when the connection ends. Several writers may take turns on one output.
package struct TCPConversationWriter: Sendable {
  package let client: IPEndpoint
  package let server: IPEndpoint
  /// The most payload bytes of one segment.
  package let maximumSegment: Int
  private let encoder: PacketEncoder
  private let file: CaptureFileWriter
  private var requestSequence: UInt32
  private var responseSequence: UInt32
  private var frame: [UInt8] = []

  /// - Parameters:
  ///   - file: The format of the output; its link type is that of the packets.
  ///   - initialSequences: The initial sequence numbers of the client and the server.
  ///   - maximumSegment: 1 to ``PacketEncoder/maximumPayload`` bytes.
  package init(
    client: IPEndpoint, server: IPEndpoint, file: CaptureFileWriter,
    initialSequences: (client: UInt32, server: UInt32) = (1_000, 2_000), maximumSegment: Int = 1_448
  ) {
    self.client = client
    self.server = server
    self.file = file
    self.maximumSegment = min(max(maximumSegment, 1), PacketEncoder.maximumPayload)
    encoder = PacketEncoder(linkType: file.linkType)
    requestSequence = initialSequences.client
    responseSequence = initialSequences.server
  }

  /// Appends the three packets of the handshake.
  package mutating func open(at start: Timestamp, established: Timestamp, to output: inout [UInt8]) {
    append(.request, .syn, at: start, to: &output)
    requestSequence &+= 1
    append(.response, [.syn, .ack], at: established, to: &output)
    responseSequence &+= 1
    append(.request, .ack, at: established, to: &output)
  }

  /// Appends `bytes`, cut into segments.
  package mutating func send(
    _ bytes: RawSpan, _ direction: Direction, at time: Timestamp, to output: inout [UInt8]
  ) {
    var index = 0
    while index < bytes.byteCount {
      let end = min(index + maximumSegment, bytes.byteCount)
      append(
        direction, end == bytes.byteCount ? [.ack, .psh] : .ack, payload: bytes.extracting(index..<end), at: time,
        to: &output)
      advance(direction, by: UInt32(end - index))
      index = end
    }
  }

  /// Appends the end of one direction (a half-close when the other goes on), and its acknowledgement.
  package mutating func end(_ direction: Direction, at time: Timestamp, to output: inout [UInt8]) {
    append(direction, [.fin, .ack], at: time, to: &output)
    advance(direction, by: 1)
    append(direction.opposite, .ack, at: time, to: &output)
  }

  /// Appends a reset sent by the sender of `direction`.
  package mutating func reset(_ direction: Direction, at time: Timestamp, to output: inout [UInt8]) {
    append(direction, [.rst, .ack], at: time, to: &output)
  }

  /// Leaves a hole of that many bytes, as a capture does that lost segments.
  package mutating func skip(_ byteCount: UInt64, _ direction: Direction) {
    advance(direction, by: UInt32(truncatingIfNeeded: byteCount))
  }

  private mutating func advance(_ direction: Direction, by count: UInt32) {
    if direction == .request { requestSequence &+= count } else { responseSequence &+= count }
  }

  private mutating func append(
    _ direction: Direction, _ flags: TCPFlags, payload: RawSpan = RawSpan(), at time: Timestamp,
    to output: inout [UInt8]
  ) {
    let fromClient = direction == .request
    let header = TCPHeader(
      from: fromClient ? client : server, to: fromClient ? server : client,
      sequence: fromClient ? requestSequence : responseSequence,
      acknowledgement: fromClient ? responseSequence : requestSequence, flags: flags)
    frame.removeAll(keepingCapacity: true)
    encoder.append(header, payload: payload, to: &frame)
    unsafe file.appendRecord(at: time, frame: frame.span.bytes, to: &output)
  }
}
