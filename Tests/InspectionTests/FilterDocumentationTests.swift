// docs/trace.md names every field that filters know, and no other.

import Foundation
import Inspection
import Testing

@Suite struct FilterDocumentationTests {
  @Test func theTableIsComplete() throws {
    let text = try String(contentsOfFile: "\(CaptureTests.root)/docs/trace.md", encoding: .utf8)
    let section = try #require(text.components(separatedBy: "| field | kind |").last)
    let named = section.split(separator: "\n").dropFirst().prefix { $0.hasPrefix("|") || $0.isEmpty }
      .filter { $0.hasPrefix("| `") }
      .map { line in String(line.split(separator: "|")[0].trimmingCharacters(in: [" ", "`"])) }
    let error = try #require(throws: FilterError.self) { try ExchangeFilter(parsing: "nothing") }
    #expect(named.sorted() == error.unknown?.candidates.sorted())
  }
}
