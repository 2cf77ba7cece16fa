// Changes to the parts of a request: bytes that servers are known to disagree about, at every place.

import WireBytes

/// One change to one part of a request.
struct RequestChange: Hashable, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case before, inside, after, instead, without, twice
  }

  /// The number of the part among those of the sound request.
  var part: Int
  var kind: Kind
  /// What is put there; empty where nothing is.
  var bytes: [UInt8]

  /// What is put into a request: bytes and spellings over which readers differ.
  static let insertions: [[UInt8]] = {
    let bytes: [UInt8] = [
      0x00, 0x01, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1F, 0x20, 0x22, 0x23, 0x25, 0x2B, 0x2C, 0x2D, 0x2E, 0x30, 0x3A,
      0x3B, 0x5C, 0x5F, 0x7F, 0x80, 0x85, 0xA0, 0xC3, 0xFF,
    ]
    let texts = [
      "\r\n", "\n\n", "\r\r\n", "\n\r\n", "\r\n ", "\r\n\t", " \t ", "0x", "00", "+0", ",chunked", ", ", ";x",
      ";x=\"\n\"",
      "chunked", "identity", "x", "1", "9999999999999999999999", "4294967296", "HTTP/1.1", "HTTP/1.0",
      "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "%0d%0a", "\u{FEFF}",
    ]
    return bytes.map { [$0] } + texts.map { Array($0.utf8) }
  }()

  /// A change of one of `count` parts.
  static func any(of count: Int, using generator: inout SeededGenerator) -> RequestChange {
    let kind = Kind.allCases.randomElement(using: &generator) ?? .before
    let bytes = insertions.randomElement(using: &generator) ?? []
    return RequestChange(
      part: Int.random(in: 0..<count, using: &generator), kind: kind,
      bytes: kind == .without || kind == .twice ? [] : bytes)
  }

  /// What the change makes of the bytes of its part.
  func applied(to old: [UInt8]) -> [UInt8] {
    switch kind {
    case .before: bytes + old
    case .after: old + bytes
    case .inside: Array(old.prefix(old.count / 2)) + bytes + Array(old.dropFirst(old.count / 2))
    case .instead: bytes
    case .without: []
    case .twice: old + old
    }
  }

  /// The change in words, for a part that stands at a place.
  func words(_ place: ExploredRequest.Place) -> String {
    let shown = "\"\(WireText.escape(bytes, limit: 40))\""
    return switch kind {
    case .before: "\(shown) before the \(place.rawValue)"
    case .inside: "\(shown) inside the \(place.rawValue)"
    case .after: "\(shown) after the \(place.rawValue)"
    case .instead: "\(shown) in place of the \(place.rawValue)"
    case .without: "no \(place.rawValue)"
    case .twice: "the \(place.rawValue) twice"
    }
  }
}
