// YAML as it is read for fixtures and baselines: the tree, the places, and what is refused.

import Testing
import YAMLTree

@Suite struct NodeTests {
  @Test func aTreeKnowsWhereItsPartsStand() throws {
    let root = try #require(try Node(yaml: "- name: 1\n  é: [a, 'b']\n- |\n  c\n"))
    let elements = try #require(root.sequence)
    #expect(root.mark == Mark(line: 1, column: 1) && elements.count == 2)
    let entries = try #require(elements[0].mapping)
    #expect(entries.map(\.key.text) == ["name", "é"])
    #expect(entries[0].value.text == "1" && entries[0].value.mark == Mark(line: 1, column: 9))
    let words = try #require(entries[1].value.sequence)
    // Columns count characters, not bytes.
    #expect(words.map(\.mark) == [Mark(line: 2, column: 7), Mark(line: 2, column: 10)])
    #expect(elements[1].text == "c\n" && elements[1].mark == Mark(line: 3, column: 3))
  }

  @Test func aScalarKnowsHowItWasWritten() throws {
    let text = "- plain\n- 'single'\n- \"dou\\0ble\"\n- |\n  literal\n- >\n  folded\n-\n"
    let scalars = try #require(try Node(yaml: text)?.sequence).map(\.content)
    var found: [(String, Node.Style)] = []
    for case .scalar(let text, let style) in scalars { found.append((text, style)) }
    #expect(found.map(\.0) == ["plain", "single", "dou\0ble", "literal\n", "folded\n", ""])
    #expect(found.map(\.1) == [.plain, .singleQuoted, .doubleQuoted, .literal, .folded, .plain])
  }

  @Test(arguments: ["", "# a comment\n", "\n\n"])
  func aTextMayHoldNothing(_ text: String) throws {
    #expect(try Node(yaml: text) == nil)
  }

  /// Texts that are no document, each with why and where.
  private static let refused: [(text: String, error: YAMLError)] = [
    (
      "a: 1\nb: 2\na: 3\nb: 4\n",
      YAMLError(.duplicateKey("a"), "`a` stands more than once in this map", at: Mark(line: 1, column: 1))
    ),
    (
      "- x\n- &a y\n",
      YAMLError(.anchor, "anchors and aliases are refused", at: Mark(line: 2, column: 3))
    ),
    (
      "- *a\n", YAMLError(.anchor, "anchors and aliases are refused", at: Mark(line: 1, column: 3))
    ),
    (
      "a\n---\nb\n",
      YAMLError(.syntax, "a second document begins here", at: Mark(line: 2, column: 1))
    ),
    (
      "- [[[1]]]\n", YAMLError(.tooDeep, "this nests more than 3 deep", at: Mark(line: 1, column: 6))
    ),
    (
      "- é\u{1}\n",
      YAMLError(.syntax, "control characters are not allowed", at: Mark(line: 1, column: 4))
    ),
    (
      "- \"a\n",
      YAMLError(
        .syntax, "while scanning a quoted scalar: found unexpected end of stream",
        at: Mark(line: 2, column: 1), start: Mark(line: 1, column: 3))
    ),
  ]

  @Test(arguments: refused.indices)
  func whatIsNoDocumentIsRefusedWithItsPlace(_ index: Int) {
    let (text, error) = Self.refused[index]
    #expect(throws: error) { _ = try Node(yaml: text, depthLimit: 3) }
  }

  @Test("depth costs no stack", arguments: ["- ", "? ", "[", "{a: "])
  func depthIsBounded(_ opening: String) {
    let text = String(repeating: opening, count: 1_000_000)
    let error = #expect(throws: YAMLError.self) { _ = try Node(yaml: text) }
    #expect(error?.kind == .tooDeep || error?.kind == .syntax)
  }
}
