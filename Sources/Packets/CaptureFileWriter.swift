// The pcap file format, out.
//
// Writes file headers and packet records as bytes; where the bytes go is the caller's matter. Reading capture files
// is libpcap's.

package import WireBytes

/// Writes the classic pcap file format into a buffer.
///
/// Spec: draft-ietf-opsawg-pcap sections 4 and 5.
package struct CaptureFileWriter: Sendable {
  /// The unit of the second half of a record's time.
  package enum Precision: Sendable { case microseconds, nanoseconds }
  /// The byte order of the file's integers; readers recognise both.
  package enum ByteOrder: Sendable { case littleEndian, bigEndian }

  package let linkType: LinkType
  package let precision: Precision
  package let byteOrder: ByteOrder
  /// The most bytes of a frame that the file's header promises; longer frames are cut to it.
  package let snapshotByteCount: Int

  package init(
    linkType: LinkType, precision: Precision = .nanoseconds, byteOrder: ByteOrder = .littleEndian,
    snapshotByteCount: Int = 262_144
  ) {
    self.linkType = linkType
    self.precision = precision
    self.byteOrder = byteOrder
    self.snapshotByteCount = snapshotByteCount
  }

  /// The bytes of a file header.
  package static let headerByteCount = 24
  /// The bytes of a record's header.
  package static let recordHeaderByteCount = 16

  /// Appends the file header: once, at the start of the file.
  package func appendHeader(to output: inout [UInt8]) {
    put(UInt32(precision == .nanoseconds ? 0xA1B2_3C4D : 0xA1B2_C3D4), to: &output)
    put(UInt16(2), to: &output)
    put(UInt16(4), to: &output)
    put(UInt32(0), to: &output)
    put(UInt32(0), to: &output)
    put(UInt32(clamping: snapshotByteCount), to: &output)
    put(fileLinkType, to: &output)
  }

  /// Appends one packet record.
  ///
  /// - Parameters:
  ///   - time: When the frame was seen; a moment that the format cannot hold is moved to the nearest it can.
  ///   - originalByteCount: The frame's length on the wire, when it is more than `frame` holds.
  package func appendRecord(
    at time: Timestamp, frame: RawSpan, originalByteCount: Int? = nil, to output: inout [UInt8]
  ) {
    let nanoseconds = max(0, time.nanoseconds)
    let fraction = nanoseconds % 1_000_000_000
    let captured = min(frame.byteCount, snapshotByteCount)
    put(UInt32(clamping: nanoseconds / 1_000_000_000), to: &output)
    put(UInt32(precision == .nanoseconds ? fraction : fraction / 1000), to: &output)
    put(UInt32(captured), to: &output)
    put(UInt32(clamping: max(originalByteCount ?? 0, frame.byteCount)), to: &output)
    output.append(contentsOf: frame.extracting(first: captured))
  }

  /// Files number raw IP differently from libpcap's interface.
  private var fileLinkType: UInt32 {
    switch linkType {
    case .rawIP12, .rawIP14: UInt32(LinkType.rawIP.rawValue)
    default: UInt32(bitPattern: linkType.rawValue)
    }
  }

  private func put(_ value: UInt32, to output: inout [UInt8]) {
    let ordered = byteOrder == .littleEndian ? value : value.byteSwapped
    for shift in [0, 8, 16, 24] as [UInt32] { output.append(UInt8(truncatingIfNeeded: ordered >> shift)) }
  }

  private func put(_ value: UInt16, to output: inout [UInt8]) {
    let ordered = byteOrder == .littleEndian ? value : value.byteSwapped
    output.append(UInt8(truncatingIfNeeded: ordered))
    output.append(UInt8(ordered >> 8))
  }
}
