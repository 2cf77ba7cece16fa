// Damaged and hostile fixture files: they are refused with an error or read, never with a trap, and soon.

import Fixtures
import TestSupport
import Testing
import WireBytes

struct DamagedFixtureTests {
  /// The text of every embedded case, as a file of its own.
  private static let texts: [[UInt8]] = Resources.paths.filter { $0.hasSuffix(".yaml") }.flatMap { path in
    (Resources.text(path) ?? "").split(separator: "\n- id:").dropFirst().map { Array("- id:\($0)\n".utf8) }
  }

  @Test(arguments: 0..<8)
  func damagedFileGivesErrorsInsideItself(_ part: UInt64) throws {
    var generator = SeededGenerator(seed: 0x5EED_0000 + part)
    var refused = 0
    for round in 0..<500 {
      var bytes = Self.texts[generator.below(Self.texts.count)]
      Mutations.damage(&bytes, splicingWith: Self.texts, using: &generator)
      let text = String(decoding: bytes, as: UTF8.self)
      do {
        _ = try CaseLoader.cases([FixtureFile(name: "fixtures/fastcgi/damaged.yaml", text: text)])
      } catch {
        refused += 1
        // YAML knows more line breaks than the line feed.
        let breaks: Set<Unicode.Scalar> = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]
        let lines = text.unicodeScalars.count { breaks.contains($0) } + 1
        #expect(!error.errors.isEmpty && error.errors.count <= 64)
        for trouble in error.errors {
          #expect(trouble.location.line <= lines + 1, "part \(part), round \(round): \(trouble)")
          #expect(!trouble.message.isEmpty && !trouble.message.contains("\n"), "part \(part), round \(round)")
        }
      }
    }
    #expect(refused > 100)
  }

  /// Texts that are no fixture, some of them large, each with a name for the test's output.
  private static let hostile: [(name: String, text: String)] = [
    ("brackets", String(repeating: "[", count: 100_000)), ("braces", String(repeating: "{a: ", count: 100_000)),
    ("dashes", String(repeating: "- ", count: 100_000)), ("keys", String(repeating: "? ", count: 100_000)),
    ("indents", (0..<2000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()),
    ("unbalanced", "[" + String(repeating: "]", count: 100_000)),
    ("anchors", String(repeating: "a: &a b\n", count: 1000)), ("tags", String(repeating: "!!", count: 10_000)),
    ("directives", String(repeating: "%", count: 10_000)), ("byte-order mark", "\u{FEFF}- id: one\n"),
    ("surrogate", "- \"\\u0000\\uD800\"\n"), ("escaped zero", "- \"\\x00\"\n"), ("zero", "\0"),
    ("documents", "---\n---\n"), ("end", "...\n"), ("ampersand", "&"), ("star", "*"), ("tag", "!"),
    ("literal", "|"), ("folded", ">"), ("cut literal", "- |2\n  a"), ("question", "? "),
  ]

  @Test(arguments: hostile.map(\.name))
  func hostileFileIsRefused(_ name: String) throws {
    let text = try #require(Self.hostile.first { $0.name == name }).text
    let file = FixtureFile(name: "fixtures/fastcgi/hostile.yaml", text: text)
    let errors = try #require(throws: FixtureErrors.self) { _ = try CaseLoader.cases([file]) }
    #expect(!errors.errors.isEmpty)
  }

  @Test func aliasesThatMultiplyAreRefused() throws {
    var text = "- &a0 [x, x]\n"
    for level in 1...40 { text += "- &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    text += "- {? *a40 : x}\n"
    let file = FixtureFile(name: "fixtures/fastcgi/laughs.yaml", text: text)
    let errors = try #require(throws: FixtureErrors.self) { _ = try CaseLoader.cases([file]) }.errors
    #expect(errors.map(\.code) == [.anchor])
  }

  @Test func textThatLooksLikeAnAliasIsNone() throws {
    let text = """
      - id: one
        requirements: [FCGI-3.3-7]
        summary: "A case about * and &, and *stars* in text."
        send: [{wire: "*a &b *c"}, {wire: "Accept: */*\\r\\n"}]
        expect: {response: any}
      """
    let cases = try CaseLoader.cases([FixtureFile(name: "fixtures/fastcgi/stars.yaml", text: text)])
    #expect(cases.count == 1)
  }
}
