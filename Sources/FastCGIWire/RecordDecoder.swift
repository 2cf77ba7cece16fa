// Cuts one direction of a connection into FastCGI records, in place and in pieces.
//
// What a record means, and whether it may stand where it stands, is not decided here. Finding a boundary again
// after a loss is in RecordSearch.swift.

public import WireBytes

/// An event of the record decoder.
///
/// The span beside it is valid for the call and empty unless stated otherwise.
public enum FastCGIRecordEvent: Hashable, Sendable {
  /// A header was read; the record began at that offset.
  case began(FastCGIRecordHeader, at: StreamOffset)
  /// The next piece of the record's content (the span), which stands at that offset.
  case content(at: StreamOffset)
  /// Content that the capture lost: so many bytes from that offset.
  case missing(byteCount: UInt64, at: StreamOffset)
  /// Content and padding of the record that began at that offset are over.
  case ended(FastCGIRecordHeader, at: StreamOffset)
  /// A record boundary was proved again; so many bytes before that offset belong to no record.
  case resynchronised(at: StreamOffset, skipped: UInt64)
  /// Something odd.
  case anomaly(Anomaly)
}

extension AnomalyKind {
  /// A record's version byte is not 1.
  public static let versionNotOne = AnomalyKind("version-not-one")
  /// A record's reserved byte is not 0.
  public static let reservedByteNonzero = AnomalyKind("reserved-byte-nonzero")
  /// A record's type is not one of the eleven.
  public static let undefinedRecordType = AnomalyKind("undefined-record-type")
}

/// Cuts a byte stream into FastCGI records.
///
/// Takes every byte it is offered and keeps at most a cut header (7 bytes), or, while it looks for a boundary, a
/// window of at most two records. Content is passed on as it arrives. Any fragmentation of the same
/// bytes gives the same events, but for the pieces in which content comes.
///
/// A record whose version is not 1 is taken for one when its type is defined and its reserved byte 0 (an anomaly says
/// so); otherwise the bytes are no record: `lost-synchronisation`, and the search begins.
///
///               8 bytes of a header                 no record's header, or a gap
///     header ─────────────────────────▶ body        header or body ────────────▶ searching
///        ▲    content, then padding      │                ▲    a boundary is proved    │
///        └───────────────────────────────┘                └────────────────────────────┘
///
/// - Anomalies: `version-not-one`, `reserved-byte-nonzero`, `undefined-record-type`, `lost-synchronisation`,
///   `truncated`.
///
/// Spec: FastCGI 1.0 section 3.3.
public struct FastCGIRecordDecoder: WireDecoder {
  enum State: Sendable { case header, body, searching }

  var state: State
  private var header = FastCGIRecordHeader(type: FastCGIRecordType(rawValue: 0), requestID: 0, contentLength: 0)
  private var recordStart: StreamOffset = 0
  private var contentLeft = 0
  private var paddingLeft = 0
  /// The bytes of a header that a chunk cut, or those among which the search looks.
  var window: [UInt8] = []
  /// How many bytes of the window are done with.
  var cursor = 0
  /// Where the search began.
  var lostAt: StreamOffset = 0
  /// About the most bytes that the window holds: twice the longest record with the header after it.
  static let windowLimit = 131_612

  /// Absolute offset of the next byte to be decoded.
  public internal(set) var offset: StreamOffset = 0

  /// A decoder at the beginning of a stream, or, where the beginning was not seen, one that first looks for a record.
  public init(joinedInTheMiddle: Bool = false) {
    state = joinedInTheMiddle ? .searching : .header
  }

  /// Whether it is looking for a record boundary.
  public var isSearching: Bool { state == .searching }
  /// Whether the next byte begins a record.
  public var isAtBoundary: Bool { state == .header && window.isEmpty }
  /// The memory that the decoder takes besides itself, in bytes.
  package var heldByteCount: Int { window.capacity }

  /// Takes the next bytes of the stream.
  ///
  /// - Parameters:
  ///   - bytes: All of them are consumed.
  ///   - sink: Called for every event, in the order of the stream.
  /// - Complexity: O(records) while in step; content is not touched.
  public mutating func receive(_ bytes: RawSpan, _ sink: (FastCGIRecordEvent, RawSpan) -> Void) {
    var index = 0
    while index < bytes.byteCount {
      if state == .searching {
        let room = min(Self.windowLimit &- (window.count &- cursor), bytes.byteCount &- index)
        window.append(contentsOf: bytes.extracting(index..<(index &+ room)))
        index &+= room
        drain(atEnd: false, sink)
      } else if window.isEmpty {
        index = decode(bytes, from: index, sink)
        if index < bytes.byteCount, state == .header {
          window.append(contentsOf: bytes.extracting(index..<bytes.byteCount))
          return
        }
      } else {
        index = completeHeader(bytes, from: index, sink)
      }
    }
  }

  /// Takes note that the capture lost the next `byteCount` bytes.
  ///
  /// Inside a record that reaches past the hole only content is missing; otherwise the decoder lost its step.
  public mutating func skip(byteCount: UInt64, _ sink: (FastCGIRecordEvent, RawSpan) -> Void) {
    // The bytes before the hole may be proved by ending right there.
    if state == .searching { drain(atEnd: true, sink) }
    if state == .body, byteCount <= UInt64(contentLeft &+ paddingLeft) {
      let lost = Int(byteCount)
      let lostContent = min(lost, contentLeft)
      if lostContent > 0 { sink(.missing(byteCount: UInt64(lostContent), at: offset), RawSpan()) }
      contentLeft &-= lostContent
      paddingLeft &-= lost &- lostContent
      offset &+= byteCount
      endRecordIfComplete(sink)
      return
    }
    reportTruncation(sink)
    offset = position
    if state != .searching { lostAt = offset }
    sink(.anomaly(Anomaly(.lostSynchronisation, at: offset, byteCount: byteCount)), RawSpan())
    window.removeAll(keepingCapacity: true)
    cursor = 0
    let moved = offset.addingReportingOverflow(byteCount)
    offset = moved.overflow ? .max : moved.partialValue
    state = .searching
  }

  /// Takes note that the stream is over.
  ///
  /// A record that is not whole gives `truncated`, from its beginning.
  public mutating func end(_ sink: (FastCGIRecordEvent, RawSpan) -> Void) {
    if state == .searching { drain(atEnd: true, sink) }
    reportTruncation(sink)
  }

  /// Absolute offset of the next byte to come.
  private var position: StreamOffset { offset &+ UInt64(window.count &- cursor) }

  private func reportTruncation(_ sink: (FastCGIRecordEvent, RawSpan) -> Void) {
    let start = state == .body ? recordStart : offset
    guard state != .searching, start != position else { return }
    sink(.anomaly(Anomaly(.truncated, at: start, byteCount: position &- start)), RawSpan())
  }

  /// Decodes records in place until the bytes are used up, a header is cut, or the bytes are no record's.
  ///
  /// - Returns: The index of the first byte not consumed; in the second and third case that of the header.
  mutating func decode(_ bytes: RawSpan, from start: Int, _ sink: (FastCGIRecordEvent, RawSpan) -> Void) -> Int {
    var index = start
    while index < bytes.byteCount {
      if state == .body {
        index = decodeBody(bytes, from: index, sink)
      } else {
        guard let header = FastCGIRecordHeader(bytes, at: index), begin(header, sink) else { return index }
        index &+= FastCGIRecordHeader.byteCount
      }
    }
    return index
  }

  private mutating func completeHeader(
    _ bytes: RawSpan, from index: Int, _ sink: (FastCGIRecordEvent, RawSpan) -> Void
  ) -> Int {
    let taken = min(FastCGIRecordHeader.byteCount &- window.count, bytes.byteCount &- index)
    window.append(contentsOf: bytes.extracting(index..<(index &+ taken)))
    // A header that is no record's stays in the window, where the search begins.
    if let header = unsafe FastCGIRecordHeader(window.span.bytes), begin(header, sink) {
      window.removeAll(keepingCapacity: true)
    }
    return index &+ taken
  }

  /// Starts the record whose header stands at `offset`, or the search when it cannot be a record's.
  ///
  /// - Returns: Whether the header was consumed.
  @inline(__always)
  private mutating func begin(_ header: FastCGIRecordHeader, _ sink: (FastCGIRecordEvent, RawSpan) -> Void) -> Bool {
    if header.version != 1 || header.reserved != 0 || !header.type.isDefined {
      guard report(header, sink) else { return false }
    }
    self.header = header
    recordStart = offset
    contentLeft = Int(header.contentLength)
    paddingLeft = Int(header.paddingLength)
    state = .body
    sink(.began(header, at: offset), RawSpan())
    offset &+= UInt64(FastCGIRecordHeader.byteCount)
    endRecordIfComplete(sink)
    return true
  }

  /// Says what is odd about the header at `offset`.
  ///
  /// - Returns: Whether it is taken for a record's all the same.
  private mutating func report(_ header: FastCGIRecordHeader, _ sink: (FastCGIRecordEvent, RawSpan) -> Void) -> Bool {
    let empty = RawSpan()
    if header.version != 1, !(header.type.isDefined && header.reserved == 0) {
      sink(.anomaly(Anomaly(.lostSynchronisation, at: offset, value: UInt64(header.version))), empty)
      state = .searching
      lostAt = offset
      return false
    }
    if header.version != 1 {
      sink(.anomaly(Anomaly(.versionNotOne, at: offset, value: UInt64(header.version))), empty)
    }
    if !header.type.isDefined {
      sink(.anomaly(Anomaly(.undefinedRecordType, at: offset &+ 1, value: UInt64(header.type.rawValue))), empty)
    }
    if header.reserved != 0 {
      sink(.anomaly(Anomaly(.reservedByteNonzero, at: offset &+ 7, value: UInt64(header.reserved))), empty)
    }
    return true
  }

  private mutating func decodeBody(
    _ bytes: RawSpan, from start: Int, _ sink: (FastCGIRecordEvent, RawSpan) -> Void
  ) -> Int {
    var index = start
    let content = min(contentLeft, bytes.byteCount &- index)
    if content > 0 {
      sink(.content(at: offset), bytes.extracting(index..<(index &+ content)))
      contentLeft &-= content
      index &+= content
    }
    let padding = min(paddingLeft, bytes.byteCount &- index)
    paddingLeft &-= padding
    index &+= padding
    offset &+= UInt64(index &- start)
    endRecordIfComplete(sink)
    return index
  }

  @inline(__always)
  private mutating func endRecordIfComplete(_ sink: (FastCGIRecordEvent, RawSpan) -> Void) {
    guard contentLeft == 0, paddingLeft == 0 else { return }
    state = .header
    sink(.ended(header, at: recordStart), RawSpan())
  }
}
