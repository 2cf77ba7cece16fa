// Owned bytes as ASCII text.

import Testing
import WireBytes

@Suite struct CollectionTests {
  @Test(arguments: [
    ("", ""), ("a%20b", "a b"), ("%41%5a%5A", "AZZ"), ("%", "%"), ("%4", "%4"), ("%4g%41", "%4gA"), ("100%", "100%"),
    ("%2541", "%41"), ("%%41", "%A"),
  ])
  func percentDecoding(_ text: String, _ decoded: String) {
    #expect(text.utf8.percentDecoded == Array(decoded.utf8))
    // A slice does not begin at 0, and ends where it ends.
    let slice = Array("%4\(text)1".utf8).dropFirst(2).dropLast()
    #expect(slice.percentDecoded == Array(decoded.utf8))
  }

  @Test func cases() {
    #expect(Array("Content-Type[@É".utf8).lowercasedASCII == Array("content-type[@É".utf8))
    #expect(Array("ACCEPT".utf8).equalsIgnoringCase("accept".utf8))
    #expect(!Array("ACCEPT".utf8).equalsIgnoringCase("accepts".utf8))
    #expect(!Array("[".utf8).equalsIgnoringCase("{".utf8))
  }
}
