// What the encoder writes, byte for byte, and that the decoder reads it back: one table drives both.

import FastCGIWire
import Testing
import WireBytes

/// A record as values and as bytes.
struct RecordCase: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var encoder = FastCGIEncoder()
  var type: FastCGIRecordType
  var requestID: UInt16
  var content: [UInt8] = []
  /// The whole record, written by hand from the specification's table.
  var bytes: [UInt8]

  static let all = [
    RecordCase(testDescription: "empty params", type: .params, requestID: 1, bytes: [1, 4, 0, 1, 0, 0, 0, 0]),
    RecordCase(
      testDescription: "both bytes of the ID", type: .stdin, requestID: 0xABCD, content: [0xFF],
      bytes: [1, 5, 0xAB, 0xCD, 0, 1, 0, 0, 0xFF]),
    RecordCase(
      testDescription: "any version and reserved byte", encoder: FastCGIEncoder(version: 7, reserved: 0xFE),
      type: FastCGIRecordType(rawValue: 200), requestID: 65535, bytes: [7, 200, 0xFF, 0xFF, 0, 0, 0, 0xFE]),
    RecordCase(
      testDescription: "fixed padding with a value",
      encoder: FastCGIEncoder(padding: .bytes(3), paddingBytes: [0xEE]), type: .stdout, requestID: 256,
      content: [1, 2],
      bytes: [1, 6, 1, 0, 0, 2, 3, 0, 1, 2, 0xEE, 0xEE, 0xEE]),
    RecordCase(
      testDescription: "padding after no content", encoder: FastCGIEncoder(padding: .bytes(2)), type: .stdout,
      requestID: 1, bytes: [1, 6, 0, 1, 0, 0, 2, 0, 0, 0]),
    RecordCase(
      testDescription: "aligned to eight", encoder: FastCGIEncoder(padding: .aligned(to: 8)), type: .stderr,
      requestID: 2, content: [9, 9, 9, 9, 9], bytes: [1, 7, 0, 2, 0, 5, 3, 0, 9, 9, 9, 9, 9, 0, 0, 0]),
    RecordCase(
      testDescription: "aligned already", encoder: FastCGIEncoder(padding: .aligned(to: 8)), type: .stderr,
      requestID: 2, content: [8, 7, 6, 5, 4, 3, 2, 1], bytes: [1, 7, 0, 2, 0, 8, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1]),
    RecordCase(
      testDescription: "aligned to 255", encoder: FastCGIEncoder(padding: .aligned(to: 255)), type: .data,
      requestID: 3, content: [1],
      bytes: [1, 8, 0, 3, 0, 1, 246, 0, 1] + Array(repeating: 0, count: 246)),
    RecordCase(
      testDescription: "the largest content", encoder: FastCGIEncoder(padding: .bytes(255)), type: .stdin, requestID: 1,
      content: Array(repeating: 0x61, count: 65_535),
      bytes: [1, 5, 0, 1, 0xFF, 0xFF, 0xFF, 0] + Array(repeating: 0x61, count: 65_535)
        + Array(repeating: 0, count: 255)),
  ]
}

/// A record as the decoder reports it.
struct DecodedRecord: Equatable {
  var header: FastCGIRecordHeader
  var content: [UInt8] = []
}

/// The whole records in `bytes`; nil when the decoder lost its step or was left inside a record.
func decodedRecords(_ bytes: [UInt8]) -> [DecodedRecord]? {
  var decoder = FastCGIRecordDecoder()
  var records: [DecodedRecord] = []
  var isSound = true
  unsafe decoder.receive(bytes.span.bytes) { event, span in
    switch event {
    case .began(let header, _): records.append(DecodedRecord(header: header))
    case .content: records[records.count - 1].content += span.copied()
    case .anomaly(let anomaly): if anomaly.kind == .lostSynchronisation { isSound = false }
    case .ended: break
    case .missing, .resynchronised: isSound = false
    }
  }
  return isSound && decoder.isAtBoundary ? records : nil
}

/// A name-value pair as values and as bytes.
struct PairCase: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var name: [UInt8]
  var value: [UInt8]
  var nameForm = FastCGILengthForm.shortest
  var valueForm = FastCGILengthForm.shortest
  /// The lengths before the name, written by hand.
  var lengths: [UInt8]

  static func filled(_ count: Int) -> [UInt8] { Array(repeating: 0x6E, count: count) }
  static let all = [
    PairCase(testDescription: "11", name: Array("A".utf8), value: Array("bc".utf8), lengths: [1, 2]),
    PairCase(testDescription: "11 at 127", name: filled(127), value: filled(127), lengths: [127, 127]),
    PairCase(testDescription: "14 at 128", name: filled(3), value: filled(128), lengths: [3, 0x80, 0, 0, 128]),
    PairCase(testDescription: "41 at 128", name: filled(128), value: filled(3), lengths: [0x80, 0, 0, 128, 3]),
    PairCase(
      testDescription: "44", name: filled(256), value: filled(65_536), lengths: [0x80, 0, 1, 0, 0x80, 1, 0, 0]),
    PairCase(testDescription: "empty", name: [], value: [], lengths: [0, 0]),
    PairCase(testDescription: "any bytes", name: [0], value: Array(0...255), lengths: [1, 0x80, 0, 1, 0]),
    PairCase(
      testDescription: "long name length", name: filled(5), value: filled(1), nameForm: .long,
      lengths: [0x80, 0, 0, 5, 1]),
    PairCase(
      testDescription: "long value length", name: filled(5), value: [], valueForm: .long,
      lengths: [5, 0x80, 0, 0, 0]),
    PairCase(
      testDescription: "both long", name: filled(127), value: filled(2), nameForm: .long, valueForm: .long,
      lengths: [0x80, 0, 0, 127, 0x80, 0, 0, 2]),
  ]
}

@Suite struct EncoderTests {
  @Test(arguments: RecordCase.all) func recordBytes(_ record: RecordCase) {
    var output: [UInt8] = [0x77]
    record.encoder.appendRecord(record.type, requestID: record.requestID, content: record.content, to: &output)
    #expect(output == [0x77] + record.bytes)
  }

  @Test(arguments: RecordCase.all.filter { $0.type.isDefined }) func recordIsReadBack(_ record: RecordCase) throws {
    let decoded = try #require(decodedRecords(record.bytes + record.bytes))
    #expect(decoded.count == 2)
    for copy in decoded {
      #expect(copy.content == record.content)
      #expect(copy.header.type == record.type)
      #expect(copy.header.requestID == record.requestID)
      #expect(copy.header.version == record.encoder.version)
      #expect(copy.header.reserved == record.encoder.reserved)
      #expect(copy.header.recordByteCount == record.bytes.count)
    }
  }

  @Test(arguments: PairCase.all) func pairBytes(_ pair: PairCase) {
    var output: [UInt8] = []
    FastCGINameValueEncoder.append(
      name: pair.name, value: pair.value, nameForm: pair.nameForm, valueForm: pair.valueForm, to: &output)
    #expect(output == pair.lengths + pair.name + pair.value)
  }

  @Test(arguments: PairCase.all) func pairIsReadBack(_ pair: PairCase) {
    let bytes = pair.lengths + pair.name + pair.value
    var decoder = FastCGINameValueDecoder()
    var lengths: [UInt32] = []
    var name: [UInt8] = []
    var value: [UInt8] = []
    var ends = 0
    unsafe decoder.receive(bytes.span.bytes, at: 0) { event, span in
      switch event {
      case .pair(let nameLength, let valueLength, _): lengths += [nameLength, valueLength]
      case .name: name += span.copied()
      case .value: value += span.copied()
      case .ended: ends += 1
      }
    }
    #expect(decoder.isAtBoundary)
    #expect(lengths == [UInt32(pair.name.count), UInt32(pair.value.count)])
    #expect(name == pair.name)
    #expect(value == pair.value)
    #expect(ends == 1)
  }

  @Test func lengthsAlone() {
    var output: [UInt8] = []
    FastCGINameValueEncoder.appendLength(FastCGINameValueEncoder.largestLength, to: &output)
    FastCGINameValueEncoder.appendLength(0, form: .long, to: &output)
    #expect(output == [0xFF, 0xFF, 0xFF, 0xFF, 0x80, 0, 0, 0])
  }

  @Test func bodies() {
    let encoder = FastCGIEncoder()
    var output: [UInt8] = []
    encoder.appendBeginRequest(1, role: .responder, flags: 1, to: &output)
    #expect(output == [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
    output = []
    encoder.appendBeginRequest(2, role: FastCGIRole(rawValue: 0x0102), flags: 0xFE, reservedByte: 9, to: &output)
    #expect(output == [1, 1, 0, 2, 0, 8, 0, 0, 1, 2, 0xFE, 9, 9, 9, 9, 9])
    output = []
    encoder.appendEndRequest(
      1, FastCGIEndRequestBody(appStatus: 0x0102_0304, protocolStatus: .unknownRole), to: &output)
    #expect(output == [1, 3, 0, 1, 0, 8, 0, 0, 1, 2, 3, 4, 3, 0, 0, 0])
    output = []
    var end = FastCGIEndRequestBody(appStatus: 938, protocolStatus: .requestComplete)
    end.reserved = 0xFFAA_BBCC
    encoder.appendEndRequest(1, end, to: &output)
    #expect(output == [1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 3, 0xAA, 0, 0xAA, 0xBB, 0xCC])
    output = []
    encoder.appendAbortRequest(3, to: &output)
    encoder.appendUnknownType(FastCGIRecordType(rawValue: 42), reservedByte: 1, to: &output)
    #expect(output == [1, 2, 0, 3, 0, 0, 0, 0] + [1, 11, 0, 0, 0, 8, 0, 0, 42, 1, 1, 1, 1, 1, 1, 1])
    output = []
    encoder.appendGetValues(["AB", ""], to: &output)
    #expect(output == [1, 9, 0, 0, 0, 6, 0, 0, 2, 0, 0x41, 0x42, 0, 0])
  }

  @Test(arguments: [
    (FastCGIStreamFraming(), [10, 0]), (FastCGIStreamFraming(maximum: 4), [4, 4, 2, 0]),
    (FastCGIStreamFraming(sizes: [1, 3]), [1, 3, 6, 0]),
    (FastCGIStreamFraming(sizes: [0, 9], maximum: 1), [0, 9, 1, 0]), (FastCGIStreamFraming(sizes: [20, 5]), [10, 0]),
    (FastCGIStreamFraming.oneByte, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]),
  ]) func streamIsCutIntoRecords(_ framing: FastCGIStreamFraming, _ sizes: [Int]) throws {
    let content = Array(UInt8(0)..<10)
    var output: [UInt8] = []
    FastCGIEncoder(padding: .aligned(to: 8)).appendStream(
      .stdin, requestID: 5, content: content, framing: framing, to: &output)
    let records = try #require(decodedRecords(output))
    #expect(records.map(\.content.count) == sizes)
    #expect(records.flatMap(\.content) == content)
    #expect(records.allSatisfy { $0.header.recordByteCount % 8 == 0 && $0.header.type == .stdin })
    output = []
    FastCGIEncoder().appendStream(
      .stdin, requestID: 5, content: content, framing: framing, isEnded: false, to: &output)
    #expect(try #require(decodedRecords(output)).map(\.content.count) == Array(sizes.dropLast()))
  }

  @Test func anEmptyStreamIsItsEnd() {
    var output: [UInt8] = []
    FastCGIEncoder().appendStream(
      .stdin, requestID: 1, content: [], framing: FastCGIStreamFraming(sizes: [3]), to: &output)
    #expect(output == [1, 5, 0, 1, 0, 0, 0, 0])
  }
}
