// The head of a CGI response as a whole: which fields there were, and which form they make.
//
// A value without bytes. Reading the fields is the decoder's part, judging them the rules'.

public import WireBytes

/// The forms that a CGI response can have.
///
/// Spec: RFC 3875 section 6.2.
public enum CGIResponseForm: String, Hashable, Sendable {
  case document
  case localRedirect = "local-redirect"
  case clientRedirect = "client-redirect"
  case clientRedirectWithDocument = "client-redirect-with-document"
  /// None of the four.
  case invalid
}

/// What a Location field points to.
///
/// Spec: RFC 3875 section 6.3.2.
public enum CGILocationKind: String, Hashable, Sendable {
  /// There is no Location, or an empty one.
  case none
  /// A path on this server, beginning with a slash.
  case local
  /// An absolute URI: the client is sent there.
  case absolute
  /// Something else, such as a relative reference.
  case invalid
}

/// The head of a CGI response.
///
/// A field with an empty value counts as absent (RFC 3875 section 6.3). Of a field that is there more than once,
/// the first counts.
public struct CGIHead: Hashable, Sendable {
  /// Where the empty line begins in the stream.
  public var offset: StreamOffset = 0
  /// Where the body begins in the stream.
  public var bodyOffset: StreamOffset = 0
  /// How the empty line ended.
  public var end = LineEnd.none
  /// The code that a Status field or a status line gives; 0 when that is no code, nil when there is neither.
  public var status: UInt16?
  /// How many Status fields there are.
  public var statusFieldCount: UInt32 = 0
  /// How many Content-Type fields there are.
  public var contentTypeFieldCount: UInt32 = 0
  /// How many Location fields there are.
  public var locationFieldCount: UInt32 = 0
  /// How many fields named `X-CGI-…` there are.
  public var extensionFieldCount: UInt32 = 0
  /// How many other fields there are, empty ones included.
  public var otherFieldCount: UInt32 = 0
  /// What the Location points to.
  public var location = CGILocationKind.none
  /// The response began with an HTTP status line.
  public var startsWithStatusLine = false

  /// A head without anything.
  public init() {}

  /// Whether there is a Content-Type.
  public var hasContentType: Bool { contentTypeFieldCount > 0 }

  /// The status that a server gives the client: the one stated, or else 302 for an absolute Location and 200
  /// without one.
  ///
  /// Nil for a local redirect without a status, which has no response of its own, and for a status that is no code.
  public var effectiveStatus: UInt16? {
    if let status { return status == 0 ? nil : status }
    switch location {
    case .none, .invalid: return 200
    case .absolute: return 302
    case .local: return nil
    }
  }

  /// The form of a response with this head.
  ///
  /// Content-Type is required only with a body (section 6.3.1). A local redirect is a Location and nothing else; a
  /// client redirect without Status is an absolute Location with extension fields only; with Status it may have a
  /// document. All else with a Location, a response that begins with a status line, and one without any of the
  /// three CGI fields are invalid.
  ///
  /// Spec: RFC 3875 section 6.2.
  public func form(hasBody: Bool) -> CGIResponseForm {
    if startsWithStatusLine { return .invalid }
    let hasStatus = statusFieldCount > 0
    let documentIsTyped = hasContentType || !hasBody
    switch location {
    case .none:
      return documentIsTyped && (hasContentType || hasStatus) ? .document : .invalid
    case .local:
      let isAlone = !hasStatus && !hasContentType && extensionFieldCount == 0 && otherFieldCount == 0
      return isAlone && !hasBody ? .localRedirect : .invalid
    case .absolute:
      if hasStatus { return documentIsTyped ? .clientRedirectWithDocument : .invalid }
      return !hasContentType && otherFieldCount == 0 && !hasBody ? .clientRedirect : .invalid
    case .invalid:
      return .invalid
    }
  }
}

/// The value of a Status field: a code, a space and a reason phrase.
///
/// Spec: RFC 3875 section 6.3.3.
public struct CGIStatus: Hashable, Sendable {
  /// The code, `0...999`; 0 when the value does not begin with three digits that end there.
  public var code: UInt16
  /// The code as sent, up to the first space.
  public var codeText: Range<Int>
  /// The reason phrase, empty where there is none.
  public var reason: Range<Int>

  /// Reads a field's value, or any text of that form.
  public init(_ value: RawSpan) {
    let space = value.firstIndex(of: ASCII.space) ?? value.byteCount
    codeText = 0..<space
    reason = min(space &+ 1, value.byteCount)..<value.byteCount
    code = 0
    guard space == 3 else { return }
    var number: UInt16 = 0
    for index in 0..<3 {
      guard ASCII.isDigit(value.u8(at: index)) else { return }
      number = number &* 10 &+ UInt16(value.u8(at: index) &- 0x30)
    }
    code = number
  }

  /// Whether the code is one that HTTP can carry, 100 to 599.
  public var isValid: Bool { (100...599).contains(code) }
}
