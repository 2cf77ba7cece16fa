// TestSupport checks itself: the `.wire` parser, and that broken decoders are caught.

import TestSupport
import Testing
import WireBytes

@Suite struct WireFileTests {
  @Test func parsing() throws {
    let file = try WireFile(
      parsing: """
        # comment
        > 01 fF "a\\r\\n\\t\\0\\"\\\\\\x7f" # more
          < "ab" * 3 00 * 2

        = half-close  client # now
        > "#"
        """)
    #expect(
      file.steps == [
        .bytes(.request, [1, 0xFF, 0x61, 13, 10, 9, 0, 0x22, 0x5C, 0x7F]),
        .bytes(.response, Array("ababab".utf8) + [0, 0]), .action(["half-close", "client"]),
        .bytes(.request, [0x23]),
      ])
    #expect(file.bytes(.request).count == 11)
  }

  @Test(arguments: [
    ("x", "line 1: a line begins with >, <, = or #"), ("\n> 0", "line 2: neither two hexadecimal digits"),
    ("> \"a", "line 1: text without its closing quote"), ("> \"\\q\"", "line 1: unknown escape in text"),
    ("> \"\\x1\"", "line 1: no two hexadecimal digits"), ("> 00 * x", "line 1: no number after *"),
    ("> 00 * 99999999", "line 1: more than"), ("> \"\\", "line 1: text ends with a backslash"),
    ("> \"ab\" * 9223372036854775807", "line 1: more than"),
  ])
  func errors(_ text: String, _ message: String) {
    #expect {
      try WireFile(parsing: text)
    } throws: { error in
      "\(error)".hasPrefix(message)
    }
  }

  @Test func fragmentationCatchesADecoderThatDependsOnPieces() {
    let differences = Fragmentation.verify(Array("abc".utf8)) { ["\($0.filter { !$0.isEmpty }.count)"] }
    #expect(differences.contains { $0.cut == "every 1" && $0.expected == "1" && $0.actual == "3" })
    #expect(Fragmentation.verify(Array("abc".utf8)) { ["\($0.joined().count)"] }.isEmpty)
  }

  @Test func theFuzzLoopFindsAndShrinks() {
    let failure = AnyBytes.run(from: [Array("hello world".utf8)], count: 10_000, seed: 7) { input in
      input.contains(0xFF) ? "has 0xff" : nil
    }
    #expect(failure?.input == [0xFF])
    #expect(failure?.message == "has 0xff")
    let again = AnyBytes.run(from: [Array("hello world".utf8)], count: 10_000, seed: 7) { input in
      input.contains(0xFF) ? "has 0xff" : nil
    }
    #expect(again?.round == failure?.round)
  }

  @Test("every mutation works on every length", arguments: Mutations.Kind.allCases)
  func mutations(_ kind: Mutations.Kind) {
    var generator = SeededGenerator(seed: 1)
    var hasChanged = false
    for length in 0..<24 {
      for _ in 0..<50 {
        let original = (0..<length).map { _ in UInt8(0x30 + generator.below(16)) }
        var bytes = original
        Mutations.apply(kind, to: &bytes, [Array("other 12".utf8)], using: &generator)
        if bytes != original { hasChanged = true }
      }
    }
    #expect(hasChanged)
  }
}
