// Reads name-value pairs from content that may be cut anywhere: between records, inside a length, inside a name.
//
// Nothing is gathered but a cut length; keeping names and values is the caller's matter.

public import WireBytes

/// An event of the name-value decoder.
///
/// The span beside it is valid for the call and empty unless stated otherwise.
public enum FastCGINameValueEvent: Hashable, Sendable {
  /// Both lengths of a pair were read; its first length byte stands at that offset.
  case pair(nameLength: UInt32, valueLength: UInt32, at: StreamOffset)
  /// The next piece of the name (the span). Comes not at all for an empty name.
  case name
  /// The next piece of the value (the span). Comes not at all for an empty value.
  case value
  /// The pair is whole.
  case ended
}

/// A pair that stands whole in a piece, its name and its value one run of bytes.
public struct FastCGIWholePair: Hashable, Sendable {
  /// The length of the name in bytes.
  public var nameLength: UInt8
  /// The length of the value in bytes.
  public var valueLength: UInt8
  /// Offset of the pair's first length byte.
  public var offset: StreamOffset

  /// Says the same in the events of a pair that comes in pieces.
  func unfold(_ content: RawSpan, _ sink: (FastCGINameValueEvent, RawSpan) -> Void) {
    sink(.pair(nameLength: UInt32(nameLength), valueLength: UInt32(valueLength), at: offset), RawSpan())
    if nameLength > 0 { sink(.name, content.extracting(first: Int(nameLength))) }
    if valueLength > 0 { sink(.value, content.extracting(last: Int(valueLength))) }
    sink(.ended, RawSpan())
  }
}

/// Reads FastCGI name-value pairs from pieces of a stream.
///
///     length < 128     0lllllll
///     any length       1lllllll llllllll llllllll llllllll      big-endian
///
/// Lengths are taken as claimed, up to 2³¹-1; nothing is allocated for them. The four-byte form of a short length is
/// legal and read like any other.
///
/// Spec: FastCGI 1.0 section 3.4.
public struct FastCGINameValueDecoder: Sendable {
  private enum State: Sendable { case nameLength, valueLength, name, value }

  private var state = State.nameLength
  /// The bytes of a four-byte length read so far, and how many are still to come.
  private var length: UInt32 = 0
  private var lengthBytesLeft = 0
  private var nameLength: UInt32 = 0
  private var left: UInt32 = 0
  private var valueLength: UInt32 = 0
  private var pairStart: StreamOffset = 0

  /// A decoder at the beginning of a stream of pairs.
  public init() {}

  /// Whether the stream may end here: no pair has begun that is not whole.
  public var isAtBoundary: Bool { state == .nameLength && lengthBytesLeft == 0 }
  /// Offset of the first length byte of the latest pair.
  public var latestPair: StreamOffset { pairStart }

  /// Takes the next piece of content.
  ///
  /// - Parameters:
  ///   - bytes: All of them are consumed.
  ///   - base: Absolute offset of the first of them in the connection's stream.
  ///   - sink: Called for every event, in order.
  /// - Complexity: O(pairs); names and values are not touched.
  public mutating func receive(
    _ bytes: RawSpan, at base: StreamOffset, _ sink: (FastCGINameValueEvent, RawSpan) -> Void
  ) {
    receive(bytes, at: base, whole: { pair, content in pair.unfold(content, sink) }, sink)
  }

  /// Takes the next piece of content, handing pairs that stand whole in it over at once.
  ///
  /// For those who keep many pairs: one call and one run of bytes for nearly every pair there is.
  ///
  /// - Parameters:
  ///   - bytes: All of them are consumed.
  ///   - base: Absolute offset of the first of them in the connection's stream.
  ///   - whole: Called for pairs with lengths of one byte that stand whole in the piece, with name and value.
  ///   - sink: Called for the events of every other pair. The order is that of the stream.
  /// - Complexity: O(pairs); names and values are not touched.
  public mutating func receive(
    _ bytes: RawSpan, at base: StreamOffset, whole: (FastCGIWholePair, RawSpan) -> Void,
    _ sink: (FastCGINameValueEvent, RawSpan) -> Void
  ) {
    var index = 0
    while index < bytes.byteCount {
      switch state {
      case .nameLength, .valueLength:
        if isAtBoundary {
          index = receiveWholePairs(bytes, from: index, at: base, whole)
          if index == bytes.byteCount { return }
        }
        if state == .nameLength, lengthBytesLeft == 0 { pairStart = base &+ UInt64(index) }
        index = receiveLength(bytes, from: index, sink)
      case .name, .value:
        let count = min(Int(left), bytes.byteCount &- index)
        sink(state == .name ? .name : .value, bytes.extracting(index..<(index &+ count)))
        index &+= count
        left &-= UInt32(truncatingIfNeeded: count)
        if left == 0 { endPart(sink) }
      }
    }
  }

  /// Reads pairs with lengths of one byte that stand whole in the piece.
  ///
  /// - Returns: The index of the first byte not consumed, where a pair begins that goes the long way.
  private mutating func receiveWholePairs(
    _ bytes: RawSpan, from start: Int, at base: StreamOffset, _ whole: (FastCGIWholePair, RawSpan) -> Void
  ) -> Int {
    var index = start
    while bytes.byteCount &- index >= 2 {
      let nameLength = bytes.u8(at: index)
      let valueLength = bytes.u8(at: index &+ 1)
      let name = index &+ 2
      let end = name &+ Int(nameLength) &+ Int(valueLength)
      guard nameLength | valueLength < 0x80, end <= bytes.byteCount else { break }
      pairStart = base &+ UInt64(index)
      whole(
        FastCGIWholePair(nameLength: nameLength, valueLength: valueLength, offset: pairStart),
        bytes.extracting(name..<end))
      index = end
    }
    return index
  }

  private mutating func receiveLength(
    _ bytes: RawSpan, from start: Int, _ sink: (FastCGINameValueEvent, RawSpan) -> Void
  ) -> Int {
    var index = start
    if lengthBytesLeft == 0 {
      let first = bytes.u8(at: index)
      index &+= 1
      length = UInt32(first & 0x7F)
      lengthBytesLeft = first < 0x80 ? 0 : 3
    }
    while lengthBytesLeft > 0, index < bytes.byteCount {
      length = length &<< 8 | UInt32(bytes.u8(at: index))
      lengthBytesLeft &-= 1
      index &+= 1
    }
    guard lengthBytesLeft == 0 else { return index }
    if state == .nameLength {
      nameLength = length
      state = .valueLength
    } else {
      valueLength = length
      sink(.pair(nameLength: nameLength, valueLength: valueLength, at: pairStart), RawSpan())
      state = .name
      left = nameLength
      if left == 0 { endPart(sink) }
    }
    return index
  }

  /// Goes on after a name or a value that is whole.
  private mutating func endPart(_ sink: (FastCGINameValueEvent, RawSpan) -> Void) {
    if state == .name {
      state = .value
      left = valueLength
      if left > 0 { return }
    }
    state = .nameLength
    sink(.ended, RawSpan())
  }
}
