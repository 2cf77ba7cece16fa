// The body of an answer, held against what one answer is known to be: its length and its bytes.
//
// Comparing costs no copy. Where nothing is known yet, the body is kept.

internal import Glibc
internal import WireBytes

/// What every answer must be.
package struct AnswerExpectation: Sendable {
  /// How much of a body is compared.
  package enum Comparison: String, Hashable, Sendable {
    /// Its length, and every byte.
    case content
    /// Its length: what it says differs from answer to answer.
    case length
    /// Nothing: even its length differs.
    case none
  }

  package var status: UInt16
  package var body: [UInt8]
  package var comparison: Comparison

  package init(status: UInt16, body: [UInt8], comparison: Comparison) {
    self.status = status
    self.body = body
    self.comparison = comparison
  }
}

/// A body as it comes.
struct AnswerBody: Sendable {
  /// The most that is kept of a body that nothing is known of.
  private static let keptByteLimit = 64 << 20

  private let expectation: AnswerExpectation?
  private(set) var byteCount = 0
  private var isSame = true
  private(set) var kept: [UInt8] = []

  init(_ expectation: AnswerExpectation?) { self.expectation = expectation }

  mutating func reset() {
    byteCount = 0
    isSame = true
    if !kept.isEmpty { kept.removeAll(keepingCapacity: true) }
  }

  /// Takes bytes of the body.
  mutating func take(_ bytes: RawSpan) {
    guard let expectation else {
      if kept.count + bytes.byteCount <= Self.keptByteLimit { kept.append(contentsOf: bytes) }
      byteCount += bytes.byteCount
      return
    }
    let end = byteCount &+ bytes.byteCount
    if isSame, expectation.comparison == .content {
      isSame = end <= expectation.body.count && Self.equal(bytes, expectation.body, at: byteCount)
    }
    byteCount = end
  }

  private static func equal(_ bytes: RawSpan, _ body: [UInt8], at offset: Int) -> Bool {
    unsafe body.withUnsafeBytes { body in
      unsafe bytes.withUnsafeBytes { bytes in
        guard let start = body.baseAddress, let other = bytes.baseAddress else { return true }
        return unsafe memcmp(start + offset, other, bytes.count) == 0
      }
    }
  }

  /// What is wrong with the answer, now that it is whole.
  func failure(status: UInt16) -> FailureKind? {
    guard let expectation else { return nil }
    guard status == expectation.status else { return .status }
    switch expectation.comparison {
    case .content: return isSame && byteCount == expectation.body.count ? nil : .otherAnswer
    case .length: return byteCount == expectation.body.count ? nil : .otherAnswer
    case .none: return nil
    }
  }
}
