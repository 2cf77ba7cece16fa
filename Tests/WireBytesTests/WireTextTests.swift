// Escaping of wire bytes: whatever collection they come in.

import Testing
import WireBytes

@Suite struct WireTextTests {
  @Test func aPartOfATextIsEscapedAsTheWholeIs() {
    let text = "127.0.0.1:9000\\é\u{1B}"
    #expect(WireText.escape(text.utf8) == "127.0.0.1:9000\\\\é\\x1b")
    // The bytes of a substring begin behind those of its text.
    #expect(WireText.escape(text.dropFirst(9).utf8) == ":9000\\\\é\\x1b")
    #expect(WireText.escape(text.dropFirst(9).utf8, limit: 3) == ":90…")
    #expect(WireText.escape(Array(text.utf8)[9...]) == ":9000\\\\é\\x1b")
  }
}
