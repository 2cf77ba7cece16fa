// Status codes in words, for conditions and their differences.

/// Words for a set of status codes.
enum StatusWords {
  /// The codes with their runs put together: `200`, `4xx`, `501 to 505`; `nothing` of no code at all.
  static func list(_ codes: [UInt16]) -> String {
    var words: [String] = []
    var rest = Set(codes).sorted()[...]
    while let first = rest.first {
      var end = first
      while rest.first == end {
        rest.removeFirst()
        end += 1
      }
      var start = first
      while start < end {
        let hundred = start / 100 * 100 + 100
        if start % 100 == 0, end >= hundred {
          words.append("\(start / 100)xx")
          start = hundred
        } else {
          let stop = min(end, hundred)
          words += stop - start > 2 ? ["\(start) to \(stop - 1)"] : (start..<stop).map { "\($0)" }
          start = stop
        }
      }
    }
    guard words.count > 1, let last = words.last else { return words.first ?? "nothing" }
    return "\(words.dropLast().joined(separator: ", ")) or \(last)"
  }
}
