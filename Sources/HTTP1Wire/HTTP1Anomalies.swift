// The oddities that only HTTP/1 has. What lines and field lines share with CGI is WireBytes' (FieldLine.swift).
//
// Names are stable: golden files, JSON and rules refer to them.

public import WireBytes

extension AnomalyKind {
  // Start lines.

  /// An empty line where a start line was due.
  public static let emptyLineBeforeStartLine = AnomalyKind("empty-line-before-start-line")
  /// The parts of a start line are not separated by exactly one space, or there is whitespace around it.
  public static let irregularStartLineSpace = AnomalyKind("irregular-start-line-space")
  /// A byte in a method that no token may hold; its value is the byte.
  public static let invalidMethod = AnomalyKind("invalid-method")
  /// A request line without a target.
  public static let missingTarget = AnomalyKind("missing-target")
  /// Whitespace inside a request target.
  public static let spaceInTarget = AnomalyKind("space-in-target")
  /// A control byte or a byte above 126 in a request target; its value is the byte.
  public static let invalidTargetByte = AnomalyKind("invalid-target-byte")
  /// A request line without a version.
  public static let missingVersion = AnomalyKind("missing-version")
  /// A version that is not `HTTP/digit.digit` in capitals.
  public static let malformedVersion = AnomalyKind("malformed-version")
  /// A well-formed version other than 1.x; its value is the major version.
  public static let unsupportedVersion = AnomalyKind("unsupported-version")
  /// A status code that is not three digits (value 0) or lies outside 100 to 599 (its value).
  public static let invalidStatus = AnomalyKind("invalid-status")
  /// No space after the status code.
  public static let missingSpaceAfterStatus = AnomalyKind("missing-space-after-status")
  /// A control byte other than HTAB and CR in a reason phrase; its value is the byte.
  public static let controlByteInReason = AnomalyKind("control-byte-in-reason")

  // Fields.

  /// White space around a field's value that is more than the single space before it.
  ///
  /// At the line; legal, and without a meaning.
  public static let idleSpaceAroundValue = AnomalyKind("idle-space-around-value")

  // Framing.

  /// A Content-Length that is not digits, or too many of them.
  ///
  /// Makes the body's end unreliable.
  public static let invalidContentLength = AnomalyKind("invalid-content-length")
  /// A Content-Length of 2^63 or more.
  public static let contentLengthTooLarge = AnomalyKind("content-length-too-large")
  /// Content-Length given again with the same value, in a list or on another line.
  public static let repeatedContentLength = AnomalyKind("repeated-content-length")
  /// Content-Length given again with another value; its value is the later one.
  public static let differingContentLength = AnomalyKind("differing-content-length")
  /// Content-Length in a 1xx or 204 response or in a 2xx response to CONNECT.
  public static let contentLengthNotAllowed = AnomalyKind("content-length-not-allowed")
  /// Transfer-Encoding and Content-Length in one message.
  public static let contentLengthWithTransferEncoding = AnomalyKind("content-length-with-transfer-encoding")
  /// Transfer-Encoding whose last coding is not chunked.
  public static let transferEncodingNotChunked = AnomalyKind("transfer-encoding-not-chunked")
  /// Transfer-Encoding that names chunked more than once, or before another coding.
  public static let chunkedNotLastOrTwice = AnomalyKind("chunked-not-last-or-twice")
  /// The chunked coding with parameters.
  public static let chunkedWithParameters = AnomalyKind("chunked-with-parameters")
  /// Transfer-Encoding that is not a list of codings.
  public static let invalidTransferEncoding = AnomalyKind("invalid-transfer-encoding")
  /// Transfer-Encoding in a message of version 1.0 or lower.
  public static let transferEncodingInOldVersion = AnomalyKind("transfer-encoding-in-http-1.0")
  /// Transfer-Encoding in a 1xx or 204 response or in a 2xx response to CONNECT.
  public static let transferEncodingNotAllowed = AnomalyKind("transfer-encoding-not-allowed")

  // Chunks.

  /// A chunk's line that does not begin with a hexadecimal size and go on as the grammar says.
  ///
  /// Framing is lost.
  public static let invalidChunkSize = AnomalyKind("invalid-chunk-size")
  /// A chunk size of 2^63 or more.
  ///
  /// Framing is lost.
  public static let chunkSizeTooLarge = AnomalyKind("chunk-size-too-large")
  /// Whitespace after a chunk size with no extension following.
  public static let spaceAfterChunkSize = AnomalyKind("space-after-chunk-size")
  /// A control byte other than HTAB and CR in chunk extensions; its value is the byte.
  public static let controlByteInChunkExtension = AnomalyKind("control-byte-in-chunk-extension")
  /// Chunk data that no line end follows.
  ///
  /// Framing is lost.
  public static let missingChunkEnd = AnomalyKind("missing-chunk-end")

  // Synchronisation.

  /// Bytes that were passed over while looking for a start line; its value is their number.
  public static let undecoded = AnomalyKind("undecoded")
}
