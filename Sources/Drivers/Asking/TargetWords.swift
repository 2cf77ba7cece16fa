// What a target itself says about an answer that was not expected: the text of its error stream, its error page.
//
// Quoted in short, escaped as the wire always is. Nothing is judged by it.

import Exchanges
import Expectations
import Fixtures
import WireBytes

extension Exchange {
  /// The first line of the error stream, and of the page where the status is an error; each as a sentence.
  package var targetWords: [String] {
    var words: [String] = []
    if let line = Self.firstLine(errorStream.retained[...]) { words.append("the error stream: \(line)") }
    if let status = response.status, status >= 400, let line = Self.firstLine(response.body.retained[...]) {
      words.append("the page of status \(status): \(line)")
    }
    return words
  }

  /// The first line that has a text outside of tags, in quotes; nil where there is none.
  private static func firstLine(_ bytes: ArraySlice<UInt8>) -> String? {
    for line in bytes.prefix(4096).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
      var text: [UInt8] = []
      var isTag = false
      for byte in line {
        if byte == UInt8(ascii: "<") { isTag = true }
        if !isTag { text.append(byte) }
        if byte == UInt8(ascii: ">") { isTag = false }
      }
      let words = text.drop { $0 == 0x20 || $0 == 0x09 }
      if !words.isEmpty { return "\"\(WireText.escape(Array(words), limit: 160))\"" }
    }
    return nil
  }
}

extension PlayedCase {
  /// What the target says in the answers of this case, each text once.
  ///
  /// - Parameter testCase: A status that it expects is no error, so its page is not quoted.
  func targetWords(_ testCase: Case) -> [String] {
    let conditions = testCase.expectations.flatMap(\.outcomes).flatMap(\.conditions)
    let expected: [UInt16] = conditions.flatMap { condition -> [UInt16] in
      guard case .exchange(_, let stated) = condition else { return [] }
      return ExchangeConditions.status.argument(of: stated) ?? []
    }
    var words: [String] = []
    for exchange in connections.sorted(by: { $0.key < $1.key }).flatMap(\.value.exchanges) {
      guard exchange.response.status.map({ !expected.contains($0) }) ?? true else { continue }
      for sentence in exchange.targetWords where !words.contains(sentence) { words.append(sentence) }
    }
    return Array(words.prefix(Self.targetWordsLimit))
  }

  /// How many texts of a target are quoted for a case.
  private static let targetWordsLimit = 4
}
