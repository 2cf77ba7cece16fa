// How many columns of a terminal a character takes.
//
// An estimate where terminals differ; LiveLine puts the cursor right after every text that is not plain ASCII.

extension Unicode.Scalar {
  /// Columns on a terminal: 0 for marks that stand over their neighbour, 2 for East Asian and for pictures.
  package var columnWidth: Int {
    if value < 0x300 { return 1 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    if (0x1160...0x11FF).contains(value) { return 0 }
    return Self.wideRanges.contains { $0.contains(value) } || properties.isEmojiPresentation ? 2 : 1
  }

  /// Blocks whose characters are wide or full width (Unicode Standard Annex 11).
  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
    0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
    0x1F900...0x1F9FF, 0x20000...0x3FFFD,
  ]

  /// Whether a terminal might take it for an order.
  package var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}

extension String {
  /// As much of the text as fits into so many columns, with `…` at the end where that is not all, and its width.
  ///
  /// Controls become `?`; of marks over one character two are kept, so that a cell's bytes are bounded too.
  func fitted(into columns: Int) -> (text: String, width: Int) {
    let bytes = utf8
    if bytes.count <= columns, bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return (self, bytes.count) }
    guard columns > 0 else { return ("", 0) }
    var shown = String.UnicodeScalarView()
    var width = 0, marks = 0
    /// Where the text is cut when it turns out too long.
    var cut = (count: 0, width: 0)
    var count = 0
    for scalar in unicodeScalars {
      let taken = scalar.columnWidth
      marks = taken == 0 ? marks + 1 : 0
      if marks > 2 || taken == 0 && width == 0 { continue }
      if width + taken > columns {
        return (String(String.UnicodeScalarView(shown.prefix(cut.count))) + "…", cut.width + 1)
      }
      shown.append(scalar.isControl ? "?" : scalar)
      count += 1
      width += taken
      if width < columns { cut = (count, width) }
    }
    return (String(shown), width)
  }

  /// The end of the text, in so many columns, with `…` before it where that is not all.
  func fittedEnd(into columns: Int) -> String {
    var width = 0
    let end = unicodeScalars.reversed().prefix { scalar in
      width += scalar.columnWidth
      return width <= columns
    }
    if end.count == unicodeScalars.count { return self }
    return columns > 0 ? "…" + String(String.UnicodeScalarView(end.dropLast().reversed())) : ""
  }

  /// The text in pieces of so many columns at most, parted between words where that leaves no large hole; an empty
  /// text is one empty piece.
  func wrapped(at columns: Int, indent: Int) -> [String] {
    var pieces: [String] = []
    var piece = String.UnicodeScalarView()
    var width = 0
    let indent = indent < columns / 2 ? indent : 0
    for scalar in unicodeScalars {
      let taken = scalar.columnWidth
      if width + taken > max(columns, 2) {
        let word = piece.reversed().prefix { $0 != " " && scalar != " " }
        let rest = word.count > columns / 4 ? [] : Array(word)
        pieces.append(String(String.UnicodeScalarView(piece.dropLast(rest.count))))
        piece = String.UnicodeScalarView(repeatElement(" ", count: indent)) + rest.reversed()
        width = piece.reduce(0) { $0 + $1.columnWidth }
        if scalar == " " { continue }
      }
      piece.append(scalar)
      width += taken
    }
    return pieces + [String(piece)]
  }
}
