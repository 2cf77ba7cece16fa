// Keys of a terminal, from the bytes that it sends for them.
//
// Bytes may come in any pieces: what has begun and not ended is kept. Whether more follows in time, the caller knows.

/// A key.
package enum LiveKey: Hashable, Sendable {
  case character(Unicode.Scalar)
  case enter, escape, tab, backTab, backspace
  case up, down, left, right, pageUp, pageDown, home, end
  /// Ctrl and a letter, in lower case.
  case control(Unicode.Scalar)
}

/// Reads keys.
package struct LiveKeyReader: Sendable {
  private var pending: [UInt8] = []
  /// The longest sequence that is waited for; what is longer is no key.
  private static let limit = 16

  package init() {}

  /// Whether a key has begun and not ended: an Escape alone cannot be told from the beginning of an arrow.
  package var isPending: Bool { !pending.isEmpty }

  /// Takes bytes, and gives the keys that they complete.
  package mutating func take(_ bytes: some Sequence<UInt8>) -> [LiveKey] {
    var keys: [LiveKey] = []
    for byte in bytes {
      pending.append(byte)
      // A second Escape begins anew.
      if byte == 0x1B, pending.count > 1 {
        pending.removeLast()
        if pending == [0x1B] { keys.append(.escape) }
        pending = [0x1B]
      }
      guard let key = complete() else { continue }
      pending = []
      if case .some(let key) = key { keys.append(key) }
    }
    return keys
  }

  /// Takes note that nothing followed in time: a lone Escape is the key.
  package mutating func settle() -> [LiveKey] {
    defer { pending = [] }
    return pending == [0x1B] ? [.escape] : []
  }

  /// The key that the pending bytes are; `.some(nil)` for a sequence that is none, nil while more must come.
  private func complete() -> LiveKey?? {
    guard let first = pending.first else { return nil }
    if pending.count > Self.limit { return .some(nil) }
    if first == 0x1B { return sequence() }
    if first >= 0x80 { return scalar(first) }
    switch first {
    case 0x0D, 0x0A: return .enter
    case 0x09: return .tab
    case 0x7F, 0x08: return .backspace
    case 0..<0x20: return .control(Unicode.Scalar(first | 0x60))
    default: return .character(Unicode.Scalar(first))
    }
  }

  /// What begins with Escape: `ESC [` or `ESC O`, digits and semicolons, one final byte.
  private func sequence() -> LiveKey?? {
    guard pending.count >= 2 else { return nil }
    guard pending[1] == 0x5B || pending[1] == 0x4F else { return .some(nil) }
    guard pending.count >= 3, let final = pending.last, final >= 0x40, final < 0x7F else { return nil }
    switch final {
    case 0x41: return .up
    case 0x42: return .down
    case 0x43: return .right
    case 0x44: return .left
    case 0x48: return .home
    case 0x46: return .end
    case 0x5A: return .backTab
    case 0x7E: return tilde()
    default: return .some(nil)
    }
  }

  /// `ESC [ NUMBER ~`.
  private func tilde() -> LiveKey?? {
    switch String(decoding: pending[2..<(pending.count - 1)], as: UTF8.self) {
    case "1", "7": .home
    case "4", "8": .end
    case "5": .pageUp
    case "6": .pageDown
    default: .some(nil)
    }
  }

  /// A character of several bytes.
  private func scalar(_ first: UInt8) -> LiveKey?? {
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1
    guard pending.count >= length else { return nil }
    let scalars = String(decoding: pending, as: UTF8.self).unicodeScalars
    guard let scalar = scalars.first, scalars.count == 1, scalar != "\u{FFFD}" else { return .some(nil) }
    return .character(scalar)
  }
}
