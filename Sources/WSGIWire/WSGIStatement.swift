// What a line between gatespec and its WSGI bridge says, and how one is written.
//
// Words and facts only; which there are and what they mean is the conversation's matter.

import WireBytes

/// A line: its kind, its words, and its facts.
///
/// The first word is the kind. A word with an equals sign is a fact, NAME=VALUE; words are percent-encoded, so that one
/// that stands for itself has none.
public struct WSGIStatement: Hashable, Sendable {
  /// What kind of line it is: `started`.
  public var kind: String
  /// The words that stand for themselves, in order.
  public var words: [[UInt8]]
  /// Names and values of facts, in order.
  public var facts: [(name: String, value: [UInt8])]

  /// A statement from its parts.
  public init(_ kind: String, _ words: [[UInt8]] = [], facts: [(name: String, value: [UInt8])] = []) {
    self.kind = kind
    self.words = words
    self.facts = facts
  }

  /// The statement that a line makes; the length of what follows is none of its words.
  public init(_ line: RawSpan) {
    self.init("")
    var start = 0
    var isFirst = true
    while start <= line.byteCount {
      let end = line.firstIndex(of: ASCII.space, in: start..<line.byteCount) ?? line.byteCount
      let word = line.extracting(start..<end)
      if isFirst {
        kind = String(decoding: Self.decoded(word), as: UTF8.self)
        isFirst = false
      } else if end == line.byteCount, word.byteCount > 0, word.u8(at: 0) == 0x2B {
        break
      } else if let equals = word.firstIndex(of: 0x3D, in: 0..<word.byteCount) {
        let name = String(decoding: Self.decoded(word.extracting(0..<equals)), as: UTF8.self)
        facts.append((name, Self.decoded(word.extracting(droppingFirst: equals &+ 1))))
      } else {
        words.append(Self.decoded(word))
      }
      start = end &+ 1
    }
  }

  /// The value of the first fact of that name.
  public func fact(_ name: String) -> [UInt8]? { facts.first { $0.name == name }?.value }

  /// The same as text.
  public func text(_ name: String) -> String? { fact(name).map { String(decoding: $0, as: UTF8.self) } }

  /// A word as text; empty where there are not so many.
  public func word(_ index: Int) -> [UInt8] { index < words.count ? words[index] : [] }

  /// Appends the line, its end included.
  ///
  /// - Parameter payload: Bytes that follow it; nil for none.
  public func append(to output: inout [UInt8], payload: [UInt8]? = nil) {
    Self.append(Array(kind.utf8), to: &output)
    for word in words {
      output.append(ASCII.space)
      Self.append(word, to: &output)
    }
    for fact in facts {
      output.append(ASCII.space)
      output.append(contentsOf: fact.name.utf8)
      output.append(0x3D)
      Self.append(fact.value, to: &output)
    }
    if let payload { output.append(contentsOf: " +\(payload.count)".utf8) }
    output.append(ASCII.lf)
    guard let payload else { return }
    output.append(contentsOf: payload)
    output.append(ASCII.lf)
  }

  private static let safe = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:,()<>'".utf8)

  private static func append(_ word: [UInt8], to output: inout [UInt8]) {
    for byte in word {
      if safe.contains(byte) {
        output.append(byte)
      } else {
        let digits = Array("0123456789ABCDEF".utf8)
        output += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }

  private static func decoded(_ word: RawSpan) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(word.byteCount)
    var index = 0
    while index < word.byteCount {
      let byte = word.u8(at: index)
      if byte == 0x25, index &+ 2 < word.byteCount, let high = ASCII.hexValue(word.u8(at: index &+ 1)),
        let low = ASCII.hexValue(word.u8(at: index &+ 2))
      {
        output.append(high << 4 | low)
        index &+= 3
      } else {
        output.append(byte)
        index &+= 1
      }
    }
    return output
  }

  /// Whether two statements say the same.
  public static func == (left: WSGIStatement, right: WSGIStatement) -> Bool {
    left.kind == right.kind && left.words == right.words
      && left.facts.elementsEqual(right.facts) { $0.name == $1.name && $0.value == $1.value }
  }

  /// Hashes the kind and the words.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(words)
  }
}
