// FastCGI records from values, byte exact.
//
// Appends to the caller's array and keeps nothing. Whatever a header can hold can be written, sound or not: the
// tester needs both. What a record means, and which records make a conversation, is the caller's matter.

internal import WireBytes

/// How much padding follows the content of a record.
///
/// Spec: FastCGI 1.0 section 3.3.
public enum FastCGIRecordPadding: Hashable, Sendable {
  /// No padding.
  case none
  /// Always that many bytes, also after an empty content.
  case bytes(UInt8)
  /// As few bytes as make the whole record a multiple of that length; 8 is what the specification recommends.
  ///
  /// A multiple of 0 or 1 asks for nothing.
  case aligned(to: UInt8)

  /// The padding after `contentByteCount` bytes of content.
  public func byteCount(after contentByteCount: Int) -> UInt8 {
    switch self {
    case .none: return 0
    case .bytes(let count): return count
    case .aligned(let multiple):
      guard multiple > 1 else { return 0 }
      let excess = (FastCGIRecordHeader.byteCount + contentByteCount) % Int(multiple)
      return excess == 0 ? 0 : multiple - UInt8(excess)
    }
  }
}

/// How the bytes of a stream are divided into records.
///
/// The first records take ``sizes`` in turn; what is left is cut into records of ``maximum`` bytes.
public struct FastCGIStreamFraming: Hashable, Sendable {
  /// Content lengths of the first records, each `0...65535`.
  ///
  /// A size of 0 writes an empty record, which ends the stream for the reader.
  public var sizes: [Int]
  /// The content length of the records after ``sizes``, `1...65535`; the last one may be shorter.
  public var maximum: Int

  /// - Precondition: `maximum` is `1...65535` and every size `0...65535`.
  public init(sizes: [Int] = [], maximum: Int = FastCGIRecordHeader.largestContent) {
    precondition(
      1...FastCGIRecordHeader.largestContent ~= maximum, "the maximum content of a record is 1 to 65535 bytes")
    precondition(
      sizes.allSatisfy { 0...FastCGIRecordHeader.largestContent ~= $0 }, "the content of a record is 0 to 65535 bytes")
    self.sizes = sizes
    self.maximum = maximum
  }

  /// Records as large as they may be.
  public static let largest = FastCGIStreamFraming()
  /// Every byte in a record of its own.
  public static let oneByte = FastCGIStreamFraming(maximum: 1)
}

/// Writes FastCGI records.
///
/// The properties are what every record shares; the methods append one record, or the records of one stream.
///
///     byte 0        1     2..3        4..5            6               7
///          version  type  request ID  content length  padding length  reserved
///
/// Spec: FastCGI 1.0 section 3.3.
public struct FastCGIEncoder: Hashable, Sendable {
  /// The version byte; FCGI_VERSION_1 is 1.
  public var version: UInt8
  /// The header's reserved byte.
  public var reserved: UInt8
  /// How much padding follows each content.
  public var padding: FastCGIRecordPadding
  /// The padding bytes, repeated as far as the padding goes; zeros where empty.
  public var paddingBytes: [UInt8]

  /// An encoder; as it stands, of sound records without padding.
  public init(
    version: UInt8 = 1, reserved: UInt8 = 0, padding: FastCGIRecordPadding = .none, paddingBytes: [UInt8] = []
  ) {
    self.version = version
    self.reserved = reserved
    self.padding = padding
    self.paddingBytes = paddingBytes
  }

  /// Appends a header alone, exactly as given; its lengths need not be those of what follows.
  public static func append(_ header: FastCGIRecordHeader, to output: inout [UInt8]) {
    output.append(header.version)
    output.append(header.type.rawValue)
    output.append(bigEndian: header.requestID)
    output.append(bigEndian: header.contentLength)
    output.append(header.paddingLength)
    output.append(header.reserved)
  }

  /// Appends a whole record: header, content and padding.
  ///
  /// - Precondition: `content` holds at most 65 535 bytes.
  public func appendRecord(
    _ type: FastCGIRecordType, requestID: UInt16, content: RawSpan, to output: inout [UInt8]
  ) {
    precondition(content.byteCount <= FastCGIRecordHeader.largestContent, "the content of a record is 0 to 65535 bytes")
    let paddingLength = padding.byteCount(after: content.byteCount)
    Self.append(
      FastCGIRecordHeader(
        version: version, type: type, requestID: requestID, contentLength: UInt16(content.byteCount),
        paddingLength: paddingLength, reserved: reserved),
      to: &output)
    output.append(contentsOf: content)
    guard !paddingBytes.isEmpty else {
      output.append(contentsOf: repeatElement(0, count: Int(paddingLength)))
      return
    }
    for index in 0..<Int(paddingLength) { output.append(paddingBytes[index % paddingBytes.count]) }
  }

  /// Appends a whole record: header, content and padding.
  ///
  /// - Precondition: `content` holds at most 65 535 bytes.
  public func appendRecord(
    _ type: FastCGIRecordType, requestID: UInt16, content: [UInt8] = [], to output: inout [UInt8]
  ) {
    // An array of bytes has no padding between or inside its elements.
    unsafe appendRecord(type, requestID: requestID, content: content.span.bytes, to: &output)
  }

  /// Appends the records of a stream, cut by `framing`.
  ///
  /// - Parameters:
  ///   - type: The stream's record type.
  ///   - requestID: The request that the stream belongs to.
  ///   - content: All bytes of the stream.
  ///   - framing: How much of the content stands in each record.
  ///   - isEnded: Whether the empty record that ends the stream follows the content.
  ///   - output: What the records are appended to.
  /// - Precondition: The framing's sizes are within the bounds that its initialiser checks.
  ///
  /// Spec: FastCGI 1.0 section 3.3.
  public func appendStream(
    _ type: FastCGIRecordType, requestID: UInt16, content: RawSpan, framing: FastCGIStreamFraming = .largest,
    isEnded: Bool = true,
    to output: inout [UInt8]
  ) {
    var start = 0
    for size in framing.sizes {
      guard start < content.byteCount else { break }
      let end = start + min(size, content.byteCount - start)
      appendRecord(type, requestID: requestID, content: content.extracting(start..<end), to: &output)
      start = end
    }
    while start < content.byteCount {
      let end = start + min(framing.maximum, content.byteCount - start)
      appendRecord(type, requestID: requestID, content: content.extracting(start..<end), to: &output)
      start = end
    }
    if isEnded { appendRecord(type, requestID: requestID, to: &output) }
  }

  /// Appends the records of a stream, cut by `framing`.
  public func appendStream(
    _ type: FastCGIRecordType, requestID: UInt16, content: [UInt8], framing: FastCGIStreamFraming = .largest,
    isEnded: Bool = true,
    to output: inout [UInt8]
  ) {
    unsafe appendStream(
      type, requestID: requestID, content: content.span.bytes, framing: framing, isEnded: isEnded, to: &output)
  }
}

extension [UInt8] {
  /// Appends the two bytes of `value`, the high one first.
  mutating func append(bigEndian value: UInt16) {
    append(UInt8(truncatingIfNeeded: value >> 8))
    append(UInt8(truncatingIfNeeded: value))
  }

  /// Appends the four bytes of `value`, the highest first.
  mutating func append(bigEndian value: UInt32) {
    append(bigEndian: UInt16(truncatingIfNeeded: value >> 16))
    append(bigEndian: UInt16(truncatingIfNeeded: value))
  }
}
