// How much of the content an exchange keeps.
//
// The one place where wire content is copied into owned memory, within bounds. Rules never read what is kept
// here; it is for people (evidence, `--body`) and for the tester's expectations.

package import WireBytes

/// The bounds of what conversations keep of content.
package struct Retention: Hashable, Sendable {
  /// Bytes kept from the beginning of each body.
  package var bodyByteCount: Int
  /// Bytes kept from the beginning of each error stream.
  package var errorStreamByteCount: Int
  /// How many records, chunks and field lines are logged one by one, for `-vv` and for a tester's evidence.
  package var wireEventLimit: Int
  /// Where the bytes of response bodies go besides, as they come; nil for nowhere.
  package var bodySink: BodySink?
  /// Whether a conversation says which of the server's units came whole, for somebody who waits for them and takes
  /// them after every event.
  package var tellsUnits = false

  package init(bodyByteCount: Int = 0, errorStreamByteCount: Int = 4096, wireEventLimit: Int = 0) {
    self.bodyByteCount = bodyByteCount
    self.errorStreamByteCount = errorStreamByteCount
    self.wireEventLimit = wireEventLimit
  }

  /// The same, for somebody who waits for units.
  package var tellingUnits: Retention {
    var retention = self
    retention.tellsUnits = true
    return retention
  }

  /// What an inspector keeps by default: no bodies.
  package static let inspector = Retention()
  /// How many bytes of a record's content its log line may show.
  package var recordPreviewByteCount: Int { wireEventLimit > 0 ? 65 : 0 }
  /// What a tester keeps: enough to compare the largest body that a case sends or expects.
  package static let tester = Retention(
    bodyByteCount: 4 << 20, errorStreamByteCount: 1 << 20, wireEventLimit: 4096)
}

/// Takes the bytes of response bodies while they arrive, so that nobody has to keep them.
package final class BodySink: Sendable, Hashable {
  private let receive: @Sendable (RawSpan, Response, HTTP1VersionFacts?) -> Void

  /// - Parameter receive: Called with each piece of a body, valid for the call, and the response so far: its head is
  ///   whole; over HTTP with its version.
  package init(_ receive: @escaping @Sendable (RawSpan, Response, HTTP1VersionFacts?) -> Void) {
    self.receive = receive
  }

  fileprivate func take(_ bytes: RawSpan, of response: Response, _ version: HTTP1VersionFacts?) {
    receive(bytes, response, version)
  }

  package static func == (left: BodySink, right: BodySink) -> Bool { left === right }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Retention {
  /// Takes the next bytes of a response's body.
  @inline(__always)
  func take(_ bytes: RawSpan, of response: inout Response, version: HTTP1VersionFacts? = nil) {
    response.body.append(bytes, limit: bodyByteCount)
    if let bodySink { bodySink.take(bytes, of: response, version) }
  }
}

/// A stream's content: its length, and as much of its beginning as the retention allows.
package struct Content: Hashable, Sendable {
  /// Bytes seen.
  package private(set) var byteCount: UInt64 = 0
  /// Bytes that the capture lost inside it; included in `byteCount`.
  package private(set) var missingByteCount: UInt64 = 0
  /// The first bytes, up to the bound.
  package private(set) var retained: [UInt8] = []
  /// Bytes are missing somewhere, if none that were counted.
  private var hasHole = false
  /// How many bytes more are kept than came, where others were put in their place.
  private var addedByteCount = 0

  package init() {}

  /// Whether everything that was seen is kept.
  package var isWhole: Bool { UInt64(retained.count - addedByteCount) == byteCount && !hasHole }

  /// Takes the next bytes, keeping at most `limit` in all.
  @inline(__always)
  package mutating func append(_ bytes: RawSpan, limit: Int) {
    if retained.count < limit, !hasHole {
      retained.append(contentsOf: bytes.extracting(first: min(bytes.byteCount, limit &- retained.count)))
    }
    byteCount &+= UInt64(bytes.byteCount)
  }

  /// Takes note of bytes that were lost, so many or (0) not known how many; nothing is kept after them.
  package mutating func skip(_ count: UInt64) {
    hasHole = true
    byteCount &+= count
    missingByteCount &+= count
  }
}

extension Content {
  /// Lets go of the bytes that were kept; how many there were stays known.
  package mutating func forgetBytes() { (retained, addedByteCount) = ([], 0) }

  /// Keeps other bytes in place of those that came; what was seen stays counted.
  package mutating func replaceBytes(_ bytes: [UInt8]) {
    addedByteCount += bytes.count - retained.count
    retained = bytes
  }
}

/// Anomalies in the order they were met: all are counted, the first ones kept, and of each kind and direction the first.
///
/// Who sends them cannot push one out by many of another kind: the memory is bounded by the number of kinds.
package struct AnomalyLog: Hashable, Sendable {
  /// An anomaly and the stream it was met in.
  package struct Entry: Hashable, Sendable {
    package var direction: Direction
    package var anomaly: Anomaly
  }

  package private(set) var entries: [Entry] = []
  package private(set) var count = 0
  /// How many entries are kept whatever their kind.
  package static let limit = 32

  package init() {}

  /// Takes note of an anomaly.
  ///
  /// The first of its kind in that direction is always kept; others while there is room.
  package mutating func append(_ anomaly: Anomaly, _ direction: Direction) {
    count &+= 1
    guard entries.count < Self.limit || first(anomaly.kind, direction) == nil else { return }
    entries.append(Entry(direction: direction, anomaly: anomaly))
  }

  /// The first anomaly of that kind in that direction.
  package func first(_ kind: AnomalyKind, _ direction: Direction) -> Anomaly? {
    entries.first { $0.direction == direction && $0.anomaly.kind == kind }?.anomaly
  }

  package var isEmpty: Bool { count == 0 }
}

/// One decoded unit (a record, a field line, a chunk) for `-vv` and for evidence.
package struct WireEvent: Hashable, Sendable {
  package var direction: Direction
  package var offset: StreamOffset
  /// Packet in which it began; 0 where there are no packets.
  package var packet: UInt64
  package var time: Timestamp
  /// The unit as the text form of `.events` files has it: `record type=stdout id=1 content=8 padding=0`.
  package var text: String

  package init(direction: Direction, offset: StreamOffset, origin: Origin, text: String) {
    self.direction = direction
    self.offset = offset
    packet = origin.packet
    time = origin.time
    self.text = text
  }

  /// What a decoder's event says; nil for pieces, which depend on how the stream was cut.
  package init?(_ event: some DecodedEvent, _ bytes: RawSpan, _ direction: Direction, _ origin: Origin) {
    guard event.piece == nil, let text = event.text(bytes, direction) else { return nil }
    self.init(direction: direction, offset: text.offset ?? 0, origin: origin, text: text.words)
  }
}

extension Exchange {
  /// Keeps a wire event, or counts it.
  mutating func keep(_ event: WireEvent, limit: Int) {
    if wireEvents.count < limit { wireEvents.append(event) } else { droppedWireEvents &+= 1 }
  }
}

extension ConnectionSummary {
  /// Keeps a wire event, or counts it.
  mutating func keep(_ event: WireEvent, limit: Int) {
    if wireEvents.count < limit { wireEvents.append(event) } else { droppedWireEvents &+= 1 }
  }
}
