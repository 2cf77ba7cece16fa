// JSON: valid whatever the bytes are, and the bytes can be had back.

import Exchanges
import Foundation
import Reports
import Testing

@Suite struct JSONWriterTests {
  /// Undoes what docs/json.md says: `\\` is a backslash, `\xHH` a byte, everything else UTF-8.
  static func originalBytes(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == 0x5C else {
        bytes.append(byte)
        continue
      }
      switch rest.popFirst() {
      case 0x5C: bytes.append(0x5C)
      case 0x78:
        guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
          return nil
        }
        bytes.append(value)
        rest = rest.dropFirst(2)
      default: return nil
      }
    }
    return bytes
  }

  static func roundTrip(_ bytes: [UInt8]) throws -> [UInt8]? {
    var json = JSONWriter()
    json.wire(bytes)
    let text = try JSONDecoder().decode(String.self, from: Data(json.output.bytes))
    return originalBytes(text)
  }

  @Test func everyPairOfBytesComesBack() throws {
    for first in UInt8.min...UInt8.max {
      var all: [UInt8] = []
      for second in UInt8.min...UInt8.max { all += [first, second] }
      #expect(try Self.roundTrip(all) == all)
    }
  }

  @Test func bytesComeBackAtEveryPositionOfAWord() throws {
    let odd: [[UInt8]] = [
      [0x22], [0x5C], [0x7F], [0x1F], [0x80], [0xC3, 0xA9], [0xF0, 0x9F, 0x98, 0x80], [0xED, 0xA0, 0x80],
    ]
    for piece in odd {
      for position in 0..<20 {
        let bytes = [UInt8](repeating: 0x61, count: position) + piece + [UInt8](repeating: 0x7E, count: 9)
        #expect(try Self.roundTrip(bytes) == bytes)
      }
    }
  }

  @Test func randomBytesComeBack() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let seed = generator.next()
      var state = seed
      var bytes: [UInt8] = []
      for _ in 0..<Int(seed % 200) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes.append(UInt8(truncatingIfNeeded: state >> 33))
      }
      #expect(try Self.roundTrip(bytes) == bytes, "seed \(seed)")
    }
  }

  @Test func plainTextStandsForItself() {
    var json = JSONWriter()
    json.wire(Array("GET /index.php?x=1 – é".utf8))
    #expect(json.output.text == "\"GET /index.php?x=1 – é\"")
  }

  @Test func whatATerminalObeysIsEscaped() {
    var json = JSONWriter()
    json.string("a\u{1B}b\u{9B}c\u{202E}d\u{E0041}")
    #expect(json.output.text == #""a\u001bb\u009bc\u202ed\udb40\udc41""#)
  }

  @Test func ourOwnTextKeepsItsBackslashes() throws {
    var json = JSONWriter()
    json.string(#"value \x0a"#)
    #expect(try JSONDecoder().decode(String.self, from: Data(json.output.bytes)) == #"value \x0a"#)
  }

  @Test func commasAndNesting() {
    var json = JSONWriter()
    json.beginObject()
    json.key("a")
    json.beginArray()
    json.number(1)
    json.null()
    json.beginObject()
    json.endObject()
    json.endArray()
    json.key("b")
    json.boolean(false)
    json.endObject()
    json.endLine()
    json.word("x")
    #expect(json.output.text == "{\"a\":[1,null,{}],\"b\":false}\n\"x\"")
  }

  @Test(
    arguments: [
      (0, "0.000"), (499, "0.000"), (500, "0.001"), (1_000_000, "1.000"), (12_345_678, "12.346"),
      (-1_500_000, "-1.500"),
      (Int64.max, "9223372036854.776"), (Int64.min, "-9223372036854.776"),
    ] as [(Int64, String)])
  func millisecondsHaveThreeDecimals(_ nanoseconds: Int64, _ text: String) {
    var buffer = TextBuffer()
    buffer.append(millisecondsOf: nanoseconds)
    #expect(buffer.text == text)
  }

  /// Another reader than Foundation's, which forgives more.
  @Test func pythonReadsEveryLine() throws {
    var json = TraceJSON(registry: Samples.registry)
    var exchange = Samples.exchange
    for byte in UInt8.min...UInt8.max { exchange.request.fields.append(name: [byte], value: [0xE2, byte, 0x5C]) }
    json.render(exchange, Samples.findings)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-m", "json.tool", "--json-lines"]
    let input = Pipe(), output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(json.output.bytes))
    try input.fileHandleForWriting.close()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus == 127 { return }
    #expect(process.terminationStatus == 0)
    #expect(text.contains("\"protocol\": \"fastcgi\""))
  }
}
