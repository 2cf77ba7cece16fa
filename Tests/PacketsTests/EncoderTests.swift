// What the encoders write: checksums, file headers, records, conversations.

import Packets
import Testing
import WireBytes

@Suite struct EncoderTests {
  @Test func theChecksumOfKnownWords() {
    // The example of RFC 1071 section 3: the sum is ddf2.
    var sum = InternetChecksum()
    sum.add([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7])
    #expect(sum.value == ~0xDDF2)
  }

  @Test(arguments: [IPVersion.v4, .v6], [0, 1, 2, 7, 1_448])
  func checksumsAreRight(_ version: IPVersion, _ byteCount: Int) {
    let payload = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let frame = PacketEncoder(linkType: .rawIP).frame(header(version), payload: payload)
    let ipByteCount = version == .v4 ? 20 : 40
    if version == .v4 {
      var sum = InternetChecksum()
      sum.add(frame[..<20])
      #expect(sum.value == 0)
    }
    var sum = InternetChecksum()
    sum.add(version == .v4 ? frame[12..<20] : frame[8..<40])
    sum.add(6)
    sum.add(UInt16(frame.count - ipByteCount))
    sum.add(frame[ipByteCount...])
    #expect(sum.value == 0)
  }

  @Test func fileHeadersInEveryForm() {
    func start(_ precision: CaptureFileWriter.Precision, _ order: CaptureFileWriter.ByteOrder) -> [UInt8] {
      var bytes: [UInt8] = []
      CaptureFileWriter(linkType: .ethernet, precision: precision, byteOrder: order).appendHeader(to: &bytes)
      #expect(bytes.count == CaptureFileWriter.headerByteCount)
      return Array(bytes.prefix(6))
    }
    #expect(start(.microseconds, .littleEndian) == [0xD4, 0xC3, 0xB2, 0xA1, 2, 0])
    #expect(start(.microseconds, .bigEndian) == [0xA1, 0xB2, 0xC3, 0xD4, 0, 2])
    #expect(start(.nanoseconds, .littleEndian) == [0x4D, 0x3C, 0xB2, 0xA1, 2, 0])
    #expect(start(.nanoseconds, .bigEndian) == [0xA1, 0xB2, 0x3C, 0x4D, 0, 2])
  }

  @Test func recordsCarryTimeAndLengths() {
    var bytes: [UInt8] = []
    let writer = CaptureFileWriter(linkType: .rawIP12, precision: .microseconds, snapshotByteCount: 3)
    writer.appendHeader(to: &bytes)
    #expect(Array(bytes[16..<24]) == [3, 0, 0, 0, 101, 0, 0, 0])
    unsafe writer.appendRecord(
      at: Timestamp(nanoseconds: 2_000_003_999), frame: ([1, 2, 3, 4] as [UInt8]).span.bytes, to: &bytes)
    #expect(Array(bytes[24...]) == [2, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3])
  }

  @Test func momentsThatTheFormatCannotHoldAreMoved() {
    var bytes: [UInt8] = []
    let writer = CaptureFileWriter(linkType: .ethernet)
    writer.appendRecord(at: Timestamp(nanoseconds: -5), frame: RawSpan(), to: &bytes)
    writer.appendRecord(at: Timestamp(nanoseconds: .max), frame: RawSpan(), to: &bytes)
    #expect(bytes.count == 2 * CaptureFileWriter.recordHeaderByteCount)
    #expect(Array(bytes[0..<8]) == [UInt8](repeating: 0, count: 8))
    #expect(Array(bytes[16..<20]) == [255, 255, 255, 255])
  }

  @Test func aConversationIsCutIntoSegments() {
    let file = CaptureFileWriter(linkType: .ethernet)
    var writer = TCPConversationWriter(
      client: client4, server: server4, file: file, initialSequences: (0xFFFF_FFFF, 9), maximumSegment: 4)
    var bytes: [UInt8] = []
    let time = Timestamp(nanoseconds: 1_000)
    writer.open(at: time, established: time, to: &bytes)
    unsafe writer.send(Array("0123456789".utf8).span.bytes, .request, at: time, to: &bytes)
    unsafe writer.send(Array("yes".utf8).span.bytes, .response, at: time, to: &bytes)
    writer.end(.request, at: time, to: &bytes)
    writer.reset(.response, at: time, to: &bytes)

    var lines: [String] = []
    var index = 0
    while index < bytes.count {
      let count = Int(bytes[index + 8]) | Int(bytes[index + 9]) << 8
      let frame = Array(bytes[(index + 16)..<(index + 16 + count)])
      index += 16 + count
      guard case .segment(let segment) = decode(frame, .ethernet) else {
        lines.append("undecoded")
        continue
      }
      let head = segment.header
      lines.append(
        "\(head.source.port) \(head.flags) \(head.sequence) \(head.acknowledgement) "
          + String(decoding: frame[segment.payload], as: UTF8.self))
    }
    #expect(
      lines == [
        "40000 S 4294967295 0 ", "9000 SA 9 0 ", "40000 A 0 10 ", "40000 A 0 10 0123", "40000 A 4 10 4567",
        "40000 PA 8 10 89", "9000 PA 10 10 yes", "40000 FA 10 13 ", "9000 A 13 11 ", "9000 RA 13 11 ",
      ])
  }
}
