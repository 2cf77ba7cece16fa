// LineReader and FieldLine: where lines end, what is carried, what is odd.

import TestSupport
import Testing
import WireBytes

@Suite struct LineReaderTests {
  /// The lines of a stream in pieces: `offset length end content`.
  static func log(_ pieces: [ArraySlice<UInt8>], limit: Int) -> [String] {
    var reader = LineReader(limit: limit)
    var log: [String] = []
    func add(_ line: WireLine, _ content: RawSpan) {
      log.append("\(line.offset) \(line.byteCount) \(line.end.name) \(WireText.escape(content))")
    }
    var base: StreamOffset = 0
    for piece in pieces {
      let bytes = unsafe piece.span.bytes
      var index = 0
      while index < bytes.byteCount, let line = reader.next(in: bytes, from: &index, at: base) {
        if line.isCarried {
          let carried = reader.carriedBytes
          unsafe add(line, carried.span.bytes.extracting(first: line.keptByteCount))
        } else {
          add(line, bytes.extracting(line.index..<(line.index + line.keptByteCount)))
        }
      }
      #expect(index == bytes.byteCount)
      base += UInt64(bytes.byteCount)
    }
    if let line = reader.finish() {
      let carried = reader.carriedBytes
      unsafe add(line, carried.span.bytes.extracting(first: line.keptByteCount))
    }
    return log
  }

  @Test func lineEnds() {
    let bytes = Array("one\r\ntwo\n\r\n\nthr\ree\r\r\nlast\r".utf8)
    #expect(
      Self.log([bytes[...]], limit: 64) == [
        "0 3 crlf one", "5 3 lf two", "9 0 crlf ", "11 0 lf ", "12 7 crlf thr\\x0dee\\x0d", "21 5 none last\\x0d",
      ])
  }

  @Test func anOverlongLineKeepsItsBeginning() {
    let bytes = Array("abcdefgh\r\nabcd\r\nabcde\nabcdefghij".utf8)
    #expect(
      Self.log([bytes[...]], limit: 4) == [
        "0 8 crlf abcd", "10 4 crlf abcd", "16 5 lf abcd", "22 10 none abcd",
      ])
  }

  @Test(
    "cut anywhere",
    arguments: [
      "one\r\ntwo\n\r\n\nthr\ree\r\r\nlast\r", "abcdefgh\r\nabcd\r\n\rab\rde\nabcdefghij", "", "\r", "\n\n\r\n",
    ],
    [1, 3, 4, 5, 64])
  func fragmentation(_ text: String, limit: Int) {
    #expect(Fragmentation.verify(Array(text.utf8)) { Self.log($0, limit: limit) }.isEmpty)
  }

  @Test func resettingForgetsTheUnfinishedLine() {
    var reader = LineReader()
    let bytes = Array("unfinished".utf8)
    var index = 0
    #expect(unsafe reader.next(in: bytes.span.bytes, from: &index, at: 0) == nil)
    #expect(reader.pendingByteCount == 10)
    reader.reset()
    #expect(reader.finish() == nil)
  }
}

@Suite struct FieldLineTests {
  static func anomalies(_ text: String) -> [String]? {
    let bytes = Array((text + "\n").utf8)
    var reader = LineReader()
    var index = 0
    guard let line = unsafe reader.next(in: bytes.span.bytes, from: &index, at: 0) else { return nil }
    let content = unsafe bytes.span.bytes.extracting(first: line.keptByteCount)
    guard let field = FieldLine(line, content) else { return nil }
    let name = WireText.escape(content.extracting(field.name))
    let value = WireText.escape(content.extracting(field.value))
    var log = ["\(name)=\(value)"]
    field.reportOddities(line, content) { log.append("\($0.kind) \($0.range.lowerBound) \($0.value)") }
    return log.filter { !$0.hasPrefix("bare-lf") }
  }

  @Test(arguments: [
    ("Host: example.com\r", ["Host=example.com"]),
    ("Host:\t example.com \t\r", ["Host=example.com"]),
    ("Empty:\r", ["Empty="]),
    ("Blank:  \t \r", ["Blank="]),
    ("A:b:c\r", ["A=b:c"]),
    ("A : b\r", ["A=b", "space-before-colon 1 0"]),
    (": b\r", ["=b", "empty-field-name 0 0"]),
    (" : b\r", ["=b", "empty-field-name 0 0", "space-before-colon 0 0"]),
    ("A B: c\r", ["A B=c", "invalid-field-name 1 32"]),
    ("A: 1234567\u{1}\u{2}\rx\r", ["A=1234567\\x01\\x02\\x0dx", "control-byte-in-value 10 1", "bare-cr 12 0"]),
    ("A: tab\there is fine é\r", ["A=tab\\x09here is fine é"]),
    ("A: \u{7f}\r", ["A=\\x7f", "control-byte-in-value 3 127"]),
  ])
  func split(_ text: String, _ expected: [String]) {
    #expect(Self.anomalies(text) == expected)
  }

  @Test func noColonIsNoFieldLine() { #expect(Self.anomalies("no colon\r") == nil) }

  @Test func controlBytesAreFoundAtEveryPlace() {
    for length in 0..<20 {
      for place in 0..<length {
        for byte: UInt8 in [0x00, 0x08, 0x0D, 0x1F, 0x7F] {
          var bytes = [UInt8](repeating: 0x20, count: length)
          bytes[0] = 0x09
          #expect(unsafe bytes.span.bytes.firstControlByte(in: 0..<length) == nil)
          bytes[place] = byte
          #expect(unsafe bytes.span.bytes.firstControlByte(in: 0..<length) == place)
        }
      }
    }
    let clean = (0...255).map(UInt8.init).filter { $0 >= 0x20 && $0 != 0x7F }
    #expect(unsafe clean.span.bytes.firstControlByte(in: 0..<clean.count) == nil)
  }
}
