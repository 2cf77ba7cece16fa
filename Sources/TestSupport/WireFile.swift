// `.wire` files: byte streams that people can read and review.
//
// The parser of the text form only. What the actions mean is the test's matter.

public import WireBytes

/// A parsed `.wire` file: what passes over a connection, in order.
///
///     # A comment.
///     > 01 01 00 01                 bytes from the client, in hexadecimal
///     < "Status: 200\r\n" 0d 0a     bytes from the server; text in quotes
///     > "a" * 70000                 the text or byte before it, repeated
///     = half-close client           an action: words
///
/// In quotes stand printable ASCII and `\r \n \t \0 \" \\ \xHH`.
public struct WireFile: Hashable, Sendable {
  /// One line that is not empty and no comment.
  public enum Step: Hashable, Sendable {
    case bytes(Direction, [UInt8])
    case action([String])
  }

  /// Says which line could not be read, and why.
  public struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line's number, from 1.
    public var line: Int
    /// What is wrong there, with the column.
    public var message: String
    /// Line and message.
    public var description: String { "line \(line): \(message)" }
  }

  /// The most bytes that one line may stand for.
  public static let byteLimit = 1 << 24

  /// What passes, in order.
  public var steps: [Step]

  /// All bytes of one direction.
  public func bytes(_ direction: Direction) -> [UInt8] {
    steps.flatMap { step -> [UInt8] in
      if case .bytes(direction, let bytes) = step { bytes } else { [] }
    }
  }

  /// Reads the text of a `.wire` file.
  public init(parsing text: String) throws(ParseError) {
    steps = []
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      let bytes = Array(line.utf8)
      guard let start = bytes.firstIndex(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
      var parser = LineParser(bytes: bytes, index: start + 1, line: number)
      switch bytes[start] {
      case 0x23: continue
      case 0x3E: steps.append(.bytes(.request, try parser.parseBytes()))
      case 0x3C: steps.append(.bytes(.response, try parser.parseBytes()))
      case 0x3D: steps.append(.action(parser.parseWords()))
      default: throw ParseError(line: number, message: "a line begins with >, <, = or #")
      }
    }
  }

  private struct LineParser {
    var bytes: [UInt8]
    var index: Int
    var line: Int

    mutating func parseWords() -> [String] {
      let end = bytes[index...].firstIndex(of: 0x23) ?? bytes.count
      return bytes[index..<end].split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        .map { String(decoding: $0, as: UTF8.self) }
    }

    mutating func parseBytes() throws(ParseError) -> [UInt8] {
      var output: [UInt8] = []
      var last = 0..<0
      while index < bytes.count {
        let byte = bytes[index]
        switch byte {
        case 0x20, 0x09, 0x0D:
          index += 1
          continue
        case 0x23:
          return output
        case 0x22:
          let text = try parseText()
          last = output.count..<(output.count + text.count)
          output += text
        case 0x2A:
          let count = try parseCount()
          let piece = Array(output[last])
          guard count <= WireFile.byteLimit, piece.count * count <= WireFile.byteLimit else {
            throw error("more than \(WireFile.byteLimit) bytes")
          }
          output.removeLast(last.count)
          for _ in 0..<count { output += piece }
          last = 0..<0
        default:
          guard index + 1 < bytes.count, let high = ASCII.hexValue(byte), let low = ASCII.hexValue(bytes[index + 1])
          else { throw error("neither two hexadecimal digits nor text in quotes") }
          last = output.count..<(output.count + 1)
          output.append(high << 4 | low)
          index += 2
        }
      }
      return output
    }

    private mutating func parseCount() throws(ParseError) -> Int {
      index += 1
      while index < bytes.count, bytes[index] == 0x20 { index += 1 }
      let start = index
      while index < bytes.count, ASCII.isDigit(bytes[index]) { index += 1 }
      guard let count = Int(String(decoding: bytes[start..<index], as: UTF8.self)) else {
        throw error("no number after *")
      }
      return count
    }

    private mutating func parseText() throws(ParseError) -> [UInt8] {
      var output: [UInt8] = []
      index += 1
      while index < bytes.count {
        let byte = bytes[index]
        index += 1
        if byte == 0x22 { return output }
        guard byte == 0x5C else {
          output.append(byte)
          continue
        }
        output.append(try parseEscape())
      }
      throw error("text without its closing quote")
    }

    private mutating func parseEscape() throws(ParseError) -> UInt8 {
      guard index < bytes.count else { throw error("text ends with a backslash") }
      let letter = bytes[index]
      index += 1
      switch letter {
      case 0x72: return 0x0D
      case 0x6E: return 0x0A
      case 0x74: return 0x09
      case 0x30: return 0x00
      case 0x22, 0x5C: return letter
      case 0x78:
        guard index + 1 < bytes.count, let high = ASCII.hexValue(bytes[index]),
          let low = ASCII.hexValue(bytes[index + 1])
        else { throw error("no two hexadecimal digits after \\x") }
        index += 2
        return high << 4 | low
      default: throw error("unknown escape in text")
      }
    }

    private func error(_ message: String) -> ParseError {
      ParseError(line: line, message: "\(message), at column \(index + 1)")
    }
  }
}
