// Bytes and pairs as fixtures write them: text, hex, base64, fill, pattern, and lists of these.
//
// docs/fixture-format.md, section Bytes.

internal import Expectations
internal import WireBytes
internal import YAMLTree

extension FixtureReader {
  /// The most bytes that one value of a fixture may stand for.
  static let blobLimit = 64 << 20

  /// Bytes in any of their forms.
  mutating func blob(_ node: Node, what: String) -> Blob? {
    switch node.content {
    case .scalar: return text(node, what: what).map { .bytes(Array($0.utf8)) }
    case .mapping: return blobForm(node, what: what)
    case .sequence: return joinedBlob(node, what: what)
    }
  }

  /// Bytes that are kept as they are: at most `limit`.
  mutating func bytes(_ node: Node, what: String, atMost limit: Int = Blob.writtenLimit) -> [UInt8]? {
    guard let blob = blob(node, what: what) else { return nil }
    guard blob.count <= limit else {
      report(.outOfRange, "\(what) has at most \(limit) bytes; this has \(blob.count)", at: node)
      return nil
    }
    return blob.bytes
  }

  private mutating func joinedBlob(_ node: Node, what: String) -> Blob? {
    guard let parts = list(node, what: what) else { return nil }
    var blobs: [Blob] = []
    for part in parts {
      guard let blob = blob(part, what: "a part of \(what)") else { return nil }
      blobs.append(blob)
    }
    guard blobs.reduce(0, { $0 + $1.count }) <= Self.blobLimit else {
      report(.outOfRange, "\(what) has at most \(Self.blobLimit) bytes in all", at: node)
      return nil
    }
    return .bytes(blobs.flatMap(\.bytes))
  }

  private mutating func blobForm(_ node: Node, what: String) -> Blob? {
    guard let map = map(node, what: "bytes", keys: ["text", "hex", "base64", "fill", "bytes", "pattern"]) else {
      return nil
    }
    refuse(map, together: "text", "hex", "base64", "fill", "pattern")
    if map.has("bytes"), !map.has("fill"), let key = map.key("bytes") {
      report(.conflictingKeys, "`bytes` stands only beside `fill`", at: key)
    }
    if let value = map["text"] { return text(value, what: "text").map { .bytes(Array($0.utf8)) } }
    if let value = map["hex"] { return hex(value).map(Blob.bytes) }
    if let value = map["base64"] { return base64(value).map(Blob.bytes) }
    if let value = map["pattern"] {
      return int(value, what: "the length of a pattern", 0...Self.blobLimit).map { .pattern(count: $0) }
    }
    guard let value = map["fill"] else {
      if map.entries.isEmpty {
        report(.missingKey, "bytes need one of `text`, `hex`, `base64`, `fill` and `pattern`", at: node)
      }
      return nil
    }
    guard let countNode = map["bytes"] else {
      report(.missingKey, "`fill` needs the key `bytes`", at: node)
      return nil
    }
    let count = int(countNode, what: "`bytes`", 0...Self.blobLimit)
    guard let byte = fillByte(value), let count else { return nil }
    return .fill(byte: byte, count: count)
  }

  private mutating func fillByte(_ node: Node) -> UInt8? {
    guard let text = text(node, what: "`fill`") else { return nil }
    // A single digit is a character: {fill: 0, bytes: 5} is five times "0". Longer ones are numbers.
    if text.utf8.count == 1, let byte = text.utf8.first { return byte }
    guard let first = plain(node)?.utf8.first, first >= 0x30, first <= 0x39 else {
      report(.wrongType, "`fill` is one ASCII character or a number from 0 to 255", at: node)
      return nil
    }
    return int(node, what: "`fill`", 0...255).map { UInt8($0) }
  }

  private mutating func hex(_ node: Node) -> [UInt8]? {
    guard let text = text(node, what: "hex") else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for byte in text.utf8 {
      if [0x20, 0x09, 0x0A, 0x0D].contains(byte), high == nil { continue }
      guard let digit = ASCII.hexValue(byte) else {
        let isBlank = [0x20, 0x09, 0x0A, 0x0D].contains(byte)
        let shown = (0x21..<0x7F).contains(byte) ? "`\(Character(Unicode.Scalar(byte)))`" : "a byte \(byte)"
        report(
          .badHex, isBlank ? "white space parts a pair" : "\(shown) is no hex digit", at: node,
          remedy: "write pairs: \"00 ff\"")
        return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    guard high == nil else {
      report(.badHex, "the last digit has no partner", at: node, remedy: "write pairs: \"00 ff\"")
      return nil
    }
    return bytes
  }

  private mutating func base64(_ node: Node) -> [UInt8]? {
    guard let text = text(node, what: "base64") else { return nil }
    let digits = text.utf8.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    let values = digits.dropLast(padding).map(Self.base64Value)
    guard digits.count % 4 == 0, padding <= 2, !values.contains(nil) else {
      report(.badBase64, "this is no base64", at: node, remedy: "groups of four: A-Z a-z 0-9 + /, filled up with =")
      return nil
    }
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var bitCount = 0
    for value in values.compactMap({ $0 }) {
      bits = (bits << 6 | value) & 0xFFFF
      bitCount += 6
      guard bitCount >= 8 else { continue }
      bitCount -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
    }
    return bytes
  }

  private static func base64Value(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x41...0x5A: UInt32(byte) - 0x41
    case 0x61...0x7A: UInt32(byte) - 0x61 + 26
    case 0x30...0x39: UInt32(byte) - 0x30 + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }

  // MARK: Pairs and names

  /// Names with values: a map, or a list of `{name, value, long-form}`.
  mutating func pairs(_ node: Node, what: String) -> [Pair]? {
    guard case .mapping(let mapping) = node.content else {
      guard let elements = list(node, what: what) else { return nil }
      return elements.compactMap { pair($0, what: what) }
    }
    var pairs: [Pair] = []
    for (key, value) in mapping {
      guard let name = text(key, what: "a name"), let value = blob(value, what: "the value of `\(name)`") else {
        continue
      }
      pairs.append(Pair(name: .bytes(Array(name.utf8)), value: value))
    }
    return pairs
  }

  private mutating func pair(_ node: Node, what: String) -> Pair? {
    guard
      let map = map(node, what: "a pair", keys: ["name", "value", "long-form"], required: ["name", "value"]),
      let nameNode = map["name"], let valueNode = map["value"]
    else { return nil }
    let name = blob(nameNode, what: "a name")
    let value = blob(valueNode, what: "a value")
    let longForm = map["long-form"].flatMap { bool($0, what: "`long-form`") } ?? false
    guard let name, let value else { return nil }
    return Pair(name: name, value: value, longForm: longForm)
  }

  /// A list of names, or one.
  mutating func names(_ node: Node, what: String) -> [[UInt8]]? {
    oneOrMore(node, what: what)?.compactMap { bytes($0, what: "a name") }
  }
}
