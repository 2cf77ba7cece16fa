// The regular expressions of filters: what they match is what the C library's match, and no text makes them slow.

import Glibc
import TestSupport
import Testing
import WireBytes

@testable import Inspection

@Suite struct FilterPatternTests {
  private static func matches(_ pattern: String, _ text: [UInt8], ignoresCase: Bool = false) throws -> Bool {
    let pattern = try FilterPattern(pattern, ignoresCase: ignoresCase)
    return unsafe pattern.matches(text.span.bytes)
  }

  /// What the C library says; nil where it takes the pattern for none.
  private static func libraryMatches(_ pattern: String, _ text: String, ignoresCase: Bool) -> Bool? {
    var compiled = unsafe regex_t()
    let options = REG_EXTENDED | REG_NOSUB | (ignoresCase ? REG_ICASE : 0)
    guard unsafe regcomp(&compiled, pattern, options) == 0 else { return nil }
    defer { unsafe regfree(&compiled) }
    return unsafe regexec(&compiled, text, 0, nil, 0) == 0
  }

  static let patterns = [
    "a", "^a", "a$", "^$", "a*", "(a|b)*c", "a|b|", "()", "(|a)b", "[abc]+", "[^abc]", "[]a]x", "[^]a]x", "[a-c]",
    "a-c", "[a-]", "[-a]", "[[:alpha:]]+[[:digit:]]", "[[:space:][:punct:]]", "[^[:upper:]]", "[[.a.]-c]", "[[=b=]]",
    "a{2}", "a{2,3}b", "a{,2}b", "a{0}b", "(ab){1,2}c", "(a*)*b", "(a+)+$", "a?b?c?$", "x{2,}", "a.c", "a\\.c",
    "\\(a\\)",
    "\\bab\\b", "\\Ba", "\\<ab", "ab\\>", "\\w+\\W\\s\\S", "a**", "a+?", "b)", "(a(b(c)))", "^(a|ab)(c|bcd)$", "\\`a",
    "b\\'", "[\\a]", "a^b", "a$b", "(^a|b$)", "-", "[a-c]{2}[x-z]{1,2}", "A", "[A-C]x",
  ]
  private static let texts = [
    "", "a", "b", "c", "ab", "abc", "aab", "aaab", "ba", "xab c", "ab-ab", "]x", "ax", "-", "a.c", "a-c", "(a)", "\\",
    "ABC",
    "Ax", "aaaa", "abab c1", "b)", "cab", "a\nb", "_a1 ;z", "abcd", "bcx", "xx", "a^b", "a$b", "ab\tx",
  ]

  @Test(arguments: patterns) func whatTheCLibraryMatches(_ pattern: String) throws {
    for text in Self.texts {
      for ignoresCase in [false, true] {
        let expected = Self.libraryMatches(pattern, text, ignoresCase: ignoresCase)
        let own = try Self.matches(pattern, Array(text.utf8), ignoresCase: ignoresCase)
        #expect(Optional(own) == expected, "\(pattern) in `\(text)`, \(ignoresCase)")
      }
    }
  }

  @Test func patternsMadeAtRandom() throws {
    var generator = SeededGenerator(seed: 0x0A8)
    let parts = ["a", "b", "[ab]", ".", "(", ")", "|", "*", "+", "?", "{1,2}", "^", "$", "\\b", "c"]
    var compared = 0
    for _ in 0..<6000 {
      let pattern = (0..<(1 + Int(generator.next() >> 8) % 7)).map { _ in
        parts[Int(generator.next() >> 8) % parts.count]
      }
      .joined()
      guard let own = try? FilterPattern(pattern, ignoresCase: false) else { continue }
      // A dollar and a caret in places where only some call them anchors are of no interest.
      for text in ["", "a", "ab", "abc", "ba", "cc", "b a", "aab"] {
        guard let expected = Self.libraryMatches(pattern, text, ignoresCase: false) else { continue }
        compared += 1
        let bytes = Array(text.utf8)
        #expect(unsafe own.matches(bytes.span.bytes) == expected, "\(pattern) in `\(text)`")
      }
    }
    #expect(compared > 10_000)
  }

  @Test func digitsAndBytesThatAreNoText() throws {
    #expect(try Self.matches("^\\d{3}$", Array("123".utf8)))
    #expect(try !Self.matches("\\d", Array("abc".utf8)))
    #expect(try Self.matches("^\\D$", [0xFF]))
    #expect(try Self.matches("a.b", [0x61, 0, 0x62]))
    #expect(try Self.matches("é", Array("café".utf8)))
  }

  /// These would take hours where a text costs its square, and for ever where ways are tried one after another.
  @Test(arguments: ["^(a|a)*(a|aa)+$", "(a+)+$", "[0-9a]+\\.php", "a.*a.*a.*ab", "(a*)*(a*)*c"])
  func noTextTakesLong(_ pattern: String) throws {
    #expect(try !Self.matches(pattern, Array(repeating: 0x61, count: 100_000) + [0x21]))
  }

  static let refused = [
    ("((((a{1,255}){1,255}){1,255}){1,255})", "steps"), ("a{5000}", "steps"), ("(a{0,100}){0,100}", "steps"),
    ("(a{99999999999999999999}){2}", "steps"), ("(((){255}){255}){255}", "steps"),
    (String(repeating: "(", count: 2000) + String(repeating: ")", count: 2000), "inside one another"),
    ("(a)\\1", "back references"),
    ("a\\", "backslash"), ("*a", "nothing stands before"), ("(+a)", "nothing stands before"),
    ("a|?", "nothing stands before"),
    ("^*", "nothing stands before"), ("(a", "never closed"), ("[a", "never closed"), ("[[:alpha:]", "never closed"),
    ("[[:alph:]]", "no class"), ("[c-a]", "ends before it begins"), ("a{3,2}", "ends before it begins"),
    ("a{x}", "number"),
    ("a{2", "never closed"), ("[[.ab.]]", "no single byte"), (String(repeating: "a", count: 5000), "4096"),
    ("a\0b", "zero byte"),
  ]

  @Test(arguments: refused.indices) func whatIsRefused(_ index: Int) throws {
    let (pattern, word) = Self.refused[index]
    let error = try #require(throws: FilterPattern.Malformed.self) { try FilterPattern(pattern, ignoresCase: false) }
    #expect(error.message.contains(word), "\(error.message)")
  }
}
