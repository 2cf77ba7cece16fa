// One field line, `name: value`, as HTTP/1 and CGI write it, and what can be odd about it.
//
// The split and the anomalies that both codecs report alike. Which fields mean something is the codecs' matter.

extension AnomalyKind {
  /// A line ended with LF alone.
  ///
  /// At the LF.
  public static let bareLF = AnomalyKind("bare-lf")
  /// A CR that no LF follows, inside a line.
  public static let bareCR = AnomalyKind("bare-cr")
  /// A line longer than the decoder keeps; its value is the whole length, its range the part that was not read.
  public static let lineTooLong = AnomalyKind("line-too-long")
  /// A control byte other than HTAB and CR in a field value; its value is the byte.
  public static let controlByteInValue = AnomalyKind("control-byte-in-value")
  /// Whitespace between a field name and its colon.
  public static let spaceBeforeColon = AnomalyKind("space-before-colon")
  /// A field line that begins with its colon.
  public static let emptyFieldName = AnomalyKind("empty-field-name")
  /// A byte in a field name that no token may hold; its value is the byte.
  public static let invalidFieldName = AnomalyKind("invalid-field-name")
  /// A line among the fields without a colon.
  public static let missingColon = AnomalyKind("missing-colon")
  /// A line that begins with whitespace and so continues the field before it.
  public static let obsoleteFold = AnomalyKind("obs-fold")
  /// A line that begins with whitespace where there is no field before it.
  public static let spaceBeforeFirstField = AnomalyKind("space-before-first-field")
}

/// A field line: where its parts stand in the line, and how the line ended.
///
/// Spec: RFC 9112 section 5; RFC 3875 section 6.3.
public struct FieldLine: Hashable, Sendable {
  /// Where the line begins in the stream.
  public var offset: StreamOffset
  /// The name in the line, without whitespace before the colon.
  ///
  /// May be empty or hold any byte.
  public var name: Range<Int>
  /// The value in the line, without optional whitespace around it.
  public var value: Range<Int>
  /// How the line ended.
  public var end: LineEnd

  /// What is odd, found on the way at no cost; where exactly is looked up only then.
  private var oddities: Oddities = []

  private struct Oddities: OptionSet, Hashable, Sendable {
    var rawValue: UInt8
    static let name = Oddities(rawValue: 1)
    static let value = Oddities(rawValue: 2)
    static let spacing = Oddities(rawValue: 4)
  }

  /// Splits `content` at its first colon; nil when it has none.
  ///
  /// - Parameters:
  ///   - line: Where the line stands and how it ended.
  ///   - content: The line without its end.
  @inline(__always)
  public init?(_ line: WireLine, _ content: RawSpan) {
    let count = content.byteCount
    var nameEnd = 0
    while nameEnd < count, ASCII.isTokenByte(content.u8(at: nameEnd)) { nameEnd &+= 1 }
    var colon = nameEnd
    if nameEnd == 0 || nameEnd == count || content.u8(at: nameEnd) != ASCII.colon {
      guard let found = content.firstIndex(of: ASCII.colon, from: nameEnd) else { return nil }
      colon = found
      nameEnd = found
      while nameEnd > 0, Self.isBlank(content.u8(at: nameEnd &- 1)) { nameEnd &-= 1 }
      oddities = .name
    }
    var start = colon &+ 1
    while start < count, Self.isBlank(content.u8(at: start)) { start &+= 1 }
    var stop = count
    while stop > start, Self.isBlank(content.u8(at: stop &- 1)) { stop &-= 1 }
    offset = line.offset
    end = line.end
    name = 0..<nameEnd
    value = start..<stop
    if content.firstControlByte(in: value) != nil { oddities.insert(.value) }
    if start &- colon > 2 || stop < count || start &- colon == 2 && content.u8(at: colon &+ 1) == ASCII.tab {
      oddities.insert(.spacing)
    }
  }

  /// Whether white space stands around the value that is more than the single space before it.
  public var hasIdleSpace: Bool { oddities.contains(.spacing) }

  /// Reports what is odd about the line, in the order of its bytes.
  @inline(__always)
  public func reportOddities(_ line: WireLine, _ content: RawSpan, _ report: (Anomaly) -> Void) {
    if !oddities.isEmpty { reportSlowly(content, report) }
    line.reportOddities(report)
  }

  private func reportSlowly(_ content: RawSpan, _ report: (Anomaly) -> Void) {
    if oddities.contains(.name) {
      if name.isEmpty { report(Anomaly(.emptyFieldName, at: offset)) }
      for index in name where !ASCII.isTokenByte(content.u8(at: index)) {
        report(Anomaly(.invalidFieldName, at: offset &+ UInt64(index), value: UInt64(content.u8(at: index))))
        break
      }
      if let colon = content.firstIndex(of: ASCII.colon, from: name.upperBound), colon > name.upperBound {
        let gap = UInt64(colon &- name.upperBound)
        report(Anomaly(.spaceBeforeColon, at: offset &+ UInt64(name.upperBound), byteCount: gap))
      }
    }
    // Only the line's owner knows whether idle space is odd: see `hasIdleSpace`.
    if oddities.contains(.value) { content.reportControlBytes(in: value, at: offset, .controlByteInValue, report) }
  }

  @inline(__always)
  static func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }
}

/// A line that continues the field line before it (obsolete folding), or that would if there were one.
///
/// Spec: RFC 9112 section 5.2.
public struct FoldedLine: Hashable, Sendable {
  /// Where the line begins in the stream.
  public var offset: StreamOffset
  /// What the line adds, without whitespace around it, as indices of the span beside the event.
  public var value: Range<Int>
  /// Whether there is a field that it continues.
  public var continuesField: Bool
  /// How the line ended.
  public var end: LineEnd

  /// Reads `content`, which begins with whitespace.
  public init(_ line: WireLine, _ content: RawSpan, continuesField: Bool) {
    var start = 0
    var stop = content.byteCount
    while start < stop, FieldLine.isBlank(content.u8(at: start)) { start &+= 1 }
    while stop > start, FieldLine.isBlank(content.u8(at: stop &- 1)) { stop &-= 1 }
    offset = line.offset
    value = start..<stop
    self.continuesField = continuesField
    end = line.end
  }

  /// Reports that there is such a line, and what else is odd about it.
  public func reportOddities(_ line: WireLine, _ content: RawSpan, _ report: (Anomaly) -> Void) {
    report(Anomaly(continuesField ? .obsoleteFold : .spaceBeforeFirstField, at: offset))
    content.reportControlBytes(in: value, at: offset, .controlByteInValue, report)
    line.reportOddities(report)
  }
}

/// A line that has no place in the grammar: the anomaly after it says why.
public struct UnparsedLine: Hashable, Sendable {
  /// Where the line begins in the stream.
  public var offset: StreamOffset
  /// How the line ended; `none` when the stream ended inside it.
  public var end: LineEnd

  /// Such a line at `offset`.
  @inlinable
  public init(offset: StreamOffset, end: LineEnd) {
    self.offset = offset
    self.end = end
  }
}

extension WireLine {
  /// Reports what is odd about the line as such: its end and its length.
  @inline(__always)
  public func reportOddities(_ report: (Anomaly) -> Void) {
    if isCut {
      let rest = byteCount &- UInt64(keptByteCount)
      report(Anomaly(.lineTooLong, at: offset &+ UInt64(keptByteCount), byteCount: rest, value: byteCount))
    }
    if end == .lf { report(Anomaly(.bareLF, at: endOffset)) }
  }
}

extension RawSpan {
  /// The index of the first control byte other than HTAB (so NUL, CR and DEL among them) in `range`, or nil.
  public func firstControlByte(in range: Range<Int>) -> Int? {
    var index = range.lowerBound
    while range.upperBound &- index >= 8 {
      let word = UInt64(u32le(at: index)) | UInt64(u32le(at: index &+ 4)) << 32
      // A byte below 0x20 or equal to 0x7F leaves a high bit; a false hit costs only the closer look below.
      let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
      let hits =
        ((word &- 0x2020_2020_2020_2020) & ~word | (delete &- 0x0101_0101_0101_0101) & ~delete)
        & 0x8080_8080_8080_8080
      if hits != 0 {
        for position in index..<(index &+ 8) where Self.isControl(u8(at: position)) { return position }
      }
      index &+= 8
    }
    while index < range.upperBound {
      if Self.isControl(u8(at: index)) { return index }
      index &+= 1
    }
    return nil
  }

  /// Reports the first bare CR and the first other control byte (HTAB apart) in `range`.
  ///
  /// - Parameters:
  ///   - base: The stream offset of the span's first byte.
  ///   - kind: What a control byte other than CR is called here.
  public func reportControlBytes(
    in range: Range<Int>, at base: StreamOffset, _ kind: AnomalyKind, _ report: (Anomaly) -> Void
  ) {
    var seenCR = false
    var seenOther = false
    var start = range.lowerBound
    while let index = firstControlByte(in: start..<range.upperBound) {
      let byte = u8(at: index)
      if byte == ASCII.cr, !seenCR {
        seenCR = true
        report(Anomaly(.bareCR, at: base &+ UInt64(index)))
      } else if byte != ASCII.cr, !seenOther {
        seenOther = true
        report(Anomaly(kind, at: base &+ UInt64(index), value: UInt64(byte)))
      }
      if seenCR && seenOther { return }
      start = index &+ 1
    }
  }

  @inline(__always)
  private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != ASCII.tab || byte == 0x7F }
}
