// The head of an answer, read lightly: the status and how the body ends, and nothing else.
//
// Both forms: a status line of HTTP, and the fields of a CGI response, with `Status:` among them or not. A line that a
// chunk cuts is carried over; everything else is read where it lies.

internal import WireBytes

/// The head of one answer, as far as it has come.
struct AnswerHead: Sendable {
  private(set) var isComplete = false
  private(set) var status: UInt16 = 200
  /// The length that was promised; nil where none was.
  private(set) var contentLength: Int?
  private(set) var isChunked = false
  /// Whether the server closes the connection behind the answer.
  private(set) var closes = false
  private var isFirstLine = true
  private var carried: [UInt8] = []
  private var byteCount = 0

  /// The most that a head may have.
  private static let byteLimit = 1 << 20

  /// More came than a head has.
  var isTooLong: Bool { byteCount > Self.byteLimit }
  /// Whether any byte of it has come.
  var hasBegun: Bool { byteCount > 0 }

  mutating func reset() {
    isComplete = false
    status = 200
    contentLength = nil
    isChunked = false
    closes = false
    isFirstLine = true
    if !carried.isEmpty { carried.removeAll(keepingCapacity: true) }
    byteCount = 0
  }

  /// Reads on.
  ///
  /// - Returns: Where the body begins; the end of the bytes where the head goes on.
  mutating func take(_ bytes: RawSpan, from start: Int) -> Int {
    var offset = start
    defer { byteCount &+= offset &- start }
    while offset < bytes.byteCount {
      guard let end = bytes.firstIndex(of: ASCII.lf, from: offset) else {
        carried.append(contentsOf: bytes.extracting(offset..<bytes.byteCount))
        offset = bytes.byteCount
        return offset
      }
      if carried.isEmpty {
        line(bytes.extracting(offset..<end))
      } else {
        carried.append(contentsOf: bytes.extracting(offset..<end))
        let whole = carried
        unsafe line(whole.span.bytes)
        carried.removeAll(keepingCapacity: true)
      }
      offset = end &+ 1
      if isComplete { return offset }
    }
    return offset
  }

  private mutating func line(_ line: RawSpan) {
    var count = line.byteCount
    if count > 0, line.u8(at: count &- 1) == ASCII.cr { count &-= 1 }
    let line = line.extracting(first: count)
    guard count > 0 else {
      // The status line of an interim response has a head of its own.
      if (100..<200).contains(status), status != 101 { reset() } else { isComplete = true }
      return
    }
    if isFirstLine {
      isFirstLine = false
      if line.hasPrefix("HTTP/"), count >= 12 {
        status = Self.number(line, 9..<12)
        closes = line.u8(at: 7) == 0x30
        return
      }
    }
    switch line.u8(at: 0) | 0x20 {
    case 0x73:
      if let value = Self.value(line, "status:"), line.byteCount >= value + 3 {
        status = Self.number(line, value..<(value + 3))
      }
    case 0x63:
      if let value = Self.value(line, "content-length:") {
        contentLength = Self.length(line, from: value)
      } else if let value = Self.value(line, "connection:") {
        let option = line.extracting(value..<line.byteCount)
        if option.equalsIgnoringCase("close") { closes = true }
        if option.equalsIgnoringCase("keep-alive") { closes = false }
      }
    case 0x74:
      if let value = Self.value(line, "transfer-encoding:") {
        isChunked = line.extracting(value..<line.byteCount).equalsIgnoringCase("chunked")
      }
    default: break
    }
  }

  /// Where the value of a field begins; nil where the line is not that field.
  private static func value(_ line: RawSpan, _ name: StaticString) -> Int? {
    let count = name.utf8CodeUnitCount
    guard line.byteCount >= count, line.extracting(first: count).equalsIgnoringCase(name) else { return nil }
    var offset = count
    while offset < line.byteCount, line.u8(at: offset) == ASCII.space || line.u8(at: offset) == ASCII.tab {
      offset &+= 1
    }
    return offset
  }

  /// Three digits; 0 where they are none.
  private static func number(_ line: RawSpan, _ range: Range<Int>) -> UInt16 {
    var number: UInt16 = 0
    for offset in range {
      let byte = line.u8(at: offset)
      guard ASCII.isDigit(byte) else { return 0 }
      number = number &* 10 &+ UInt16(byte &- 0x30)
    }
    return number
  }

  private static func length(_ line: RawSpan, from start: Int) -> Int? {
    var length = 0
    var offset = start
    while offset < line.byteCount, ASCII.isDigit(line.u8(at: offset)), length < 1 << 52 {
      length = length &* 10 &+ Int(line.u8(at: offset) &- 0x30)
      offset &+= 1
    }
    return offset > start ? length : nil
  }
}
