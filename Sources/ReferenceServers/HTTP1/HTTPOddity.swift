// What can be odd about a request, as the reference HTTP server tells it apart, and how each is answered.
//
// A right server refuses all of them but those that its style takes. Names only; where each is met, the reader says.

/// Something odd about a request.
enum HTTPOddity: Hashable, Sendable, CaseIterable {
  // Lines.

  /// A line that LF alone ends.
  case bareLF
  /// A CR that no LF follows, in a line.
  case bareCR
  /// An empty line before a request.
  case emptyLine
  /// A request line, or a field line, that is longer than any that is kept.
  case longTarget, longMethod, longLine
  /// Too many bytes, or too many lines, of fields.
  case largeHead

  // The request line.

  /// Its words are not separated by single spaces.
  case oddSpaces
  case spaceInTarget
  case missingTarget
  case missingVersion
  case malformedVersion
  /// `http/1.1`.
  case lowerCaseVersion
  /// A major version other than 1.
  case otherMajorVersion
  /// A method that is no token.
  case invalidMethod
  /// A byte in the target that is a control byte, or above 126.
  case controlInTarget, highByteInTarget
  case fragmentInTarget
  /// Another byte in the target that no URI holds there, or a percent sign without its digits.
  case invalidTarget
  /// A target that begins with no slash and is no URI.
  case relativeTarget
  /// The target `*` of another method than OPTIONS.
  case asteriskTarget
  /// The target of CONNECT is no host with a port, or the target of another method is one.
  case invalidAuthority
  case userInformation
  /// A URI without a host.
  case emptyAuthority
  /// A URI of a scheme that the server does not serve.
  case otherScheme

  // Fields.

  case missingHost, secondHost, invalidHost
  case spaceBeforeColon
  case missingColon
  case emptyName
  /// A field name that is no token.
  case invalidName
  /// White space before the first field.
  case spaceBeforeFirstField
  /// A line that continues a field.
  case fold
  case nulInValue, controlInValue
  /// An expectation that is not known.
  case unknownExpectation

  // Framing.

  case invalidLength
  /// A length beyond what is kept.
  case largeBody
  /// The same length again, another length.
  case repeatedLength, differingLengths
  /// A transfer coding that is not known.
  case unknownCoding
  /// Transfer-Encoding that is no list of codings.
  case invalidCoding
  /// Chunked before another coding, or more than once.
  case chunkedNotLast, chunkedTwice
  /// Chunks from a client of HTTP/1.0.
  case codingInOldVersion
  case lengthBesideCoding
  /// A body that the server does not want.
  case unwantedBody

  // Chunks.

  case invalidChunkSize
  /// White space behind a size that no extension follows.
  case spaceBehindChunkSize
  case invalidExtension
  /// A chunk's line, or all extensions of a body, that are longer than any that are kept.
  case longExtension
  /// A line of the chunked coding that LF alone ends.
  case bareLFOfChunk
  /// No line end behind a chunk's data.
  case missingChunkEnd

  /// The status that refuses it.
  var status: Int {
    switch self {
    case .longTarget: 414
    case .longMethod, .unknownCoding: 501
    case .longLine, .largeHead: 431
    case .otherMajorVersion: 505
    case .largeBody: 413
    case .unwantedBody: 411
    case .unknownExpectation: 417
    case .otherScheme: 421
    default: 400
    }
  }

  /// The oddities of the chunked coding.
  static let ofChunks: Set<HTTPOddity> = [
    .invalidChunkSize, .spaceBehindChunkSize, .invalidExtension, .longExtension, .bareLFOfChunk, .missingChunkEnd,
  ]
}

/// Says that a request is refused.
struct HTTPRefusal: Error {
  var oddity: HTTPOddity
}
