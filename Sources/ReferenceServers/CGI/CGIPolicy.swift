// What the reference CGI program asks itself where a fault may want another answer.
//
// As it stands every answer is RFC 3875's. A fault (CGIFault.swift) changes one of them; the program knows no fault by
// name.

/// How much of standard input is the request's body.
package enum CGIBodyLength: Hashable, Sendable {
  /// No length is declared: there is no body.
  case none
  case bytes(UInt64)
  /// What is declared is no number.
  case malformed
  /// All that comes; nothing in CGI declares that.
  case untilEnd

  /// The length that CONTENT_LENGTH declares.
  init(_ text: [UInt8]) {
    self = text.isEmpty ? .none : DecimalNumber.value(of: text).map { .bytes($0) } ?? .malformed
  }
}

/// The answers that a ``CGIProgram`` gives to the specification's questions, and what is done to what it gives.
package struct CGIPolicy: Sendable {
  /// What becomes of a body that ends before its declared length.
  package enum ShortBody: Sendable {
    case refused, taken
    /// The rest is waited for, for good.
    case awaited
  }

  // MARK: The request

  /// Changes what the program is given before it looks at it.
  package var receives: @Sendable (inout CGIGiven) -> Void = { _ in }
  /// Changes how much of standard input is read.
  package var measures: @Sendable (CGIGiven, inout CGIBodyLength) -> Void = { _, _ in }
  package var shortBody = ShortBody.refused
  /// The most bytes of a body that are kept.
  package var bodyByteLimit = Int.max
  /// An empty body counts as one byte.
  package var countsEmptyBody = false
  /// Input that rests is taken for ended.
  package var restEndsInput = false
  package var takesAnyMethod = false
  package var takesAnyPath = false
  package var takesAnyType = false
  /// Methods of HTTP/1.1 are served whatever SERVER_PROTOCOL says.
  package var ignoresProtocol = false

  // MARK: The answer

  /// Changes the steps of the answer.
  package var answers: @Sendable (CGIGiven, inout [ProbeStep]) -> Void = { _, _ in }
  /// Changes the status and the fields of the answer.
  package var heads: @Sendable (CGIGiven, inout ProbeHead) -> Void = { _, _ in }
  /// Changes the bytes of the head.
  package var writes: @Sendable (CGIGiven, inout [UInt8]) -> Void = { _, _ in }
  /// Changes a piece of output, head or body.
  package var alters: @Sendable (CGIGiven, inout [UInt8]) -> Void = { _, _ in }
  /// The most bytes of output and of error text.
  package var outputByteLimit = Int.max
  package var errorByteLimit = Int.max
  /// Error text goes to standard output.
  package var mergesErrors = false
  package var losesOutputAfterPause = false
  /// What the field Connection of a response with non-parsed headers says.
  package var connection = "close"
  /// Changes the exit code.
  package var exits: @Sendable (UInt8) -> UInt8 = { $0 }

  package init() {}
}
