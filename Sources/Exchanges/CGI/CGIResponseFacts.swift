// What only a CGI response has: the facts by which rules judge the head and the body that a program sends.
//
// Bounded: counts, flags and places. A place is where a line begins in the response's stream as it was seen (of FastCGI
// the connection's, whose records STDOUT is cut into). Nothing here judges.

package import CGIWire
package import WireBytes

/// The four forms of a CGI response, and what is none of them.
///
/// Spec: RFC 3875 section 6.2.
package enum CGIForm: String, Hashable, Sendable {
  case document
  case localRedirect = "local-redirect"
  case clientRedirect = "client-redirect"
  case clientRedirectWithDocument = "client-redirect-with-document"
  case invalid
}

/// The CGI response that a FastCGI, SCGI or uwsgi application or a CGI program sent.
package struct CGIResponseFacts: Hashable, Sendable {
  /// Which of the four forms of RFC 3875 section 6.2 it is; nil until the header block ended.
  package var form: CGIForm?
  /// Bytes of output in all, the header block included.
  package var outputByteCount: UInt64 = 0
  /// How many bytes of output the header block has, its empty line included; nil until it ended.
  @Compact package var headEnd: StreamOffset?
  /// The output began with an HTTP status line.
  package var startsWithStatusLine = false

  // Lines that CGI gives a meaning. One without a value counts as absent.

  package var statusFields = 0
  package var contentTypeFields = 0
  package var locationFields = 0
  /// What the first Location points to.
  package var location = CGILocationKind.none
  /// The first byte of a Location that no URI may hold.
  package var oddLocationByte: UInt8?
  /// Fields whose name begins with `X-CGI-`.
  package var extensionFields = 0
  /// Fields of any other name.
  package var otherFields = 0
  package var contentLengthFields = 0

  // Lines that are not as they should be.

  /// Header lines that are no field: no colon, no token before it, or a space between.
  package var malformedFieldLines = 0
  /// Header lines that go on from the line before them.
  package var continuationLines = 0
  /// The first control byte in a field's value, a CR that ends no line among them.
  package var controlByte: UInt8?

  /// Where things are that a finding points at.
  package var places = Places()

  /// Where the first line of each kind begins.
  package struct Places: Hashable, Sendable {
    @Compact package var location: StreamOffset?
    @Compact package var contentLength: StreamOffset?
    /// A field that is not Location.
    @Compact package var besideLocation: StreamOffset?
    /// A field that is the server's to send: it concerns the connection to the client.
    @Compact package var connectionField: StreamOffset?
    /// A second Status, Content-Type or Location.
    @Compact package var repeated: StreamOffset?
    /// A Status field or a status line without a code of three digits from 100 to 599.
    @Compact package var invalidStatus: StreamOffset?
    /// A Status field whose code no space follows.
    @Compact package var statusWithoutSpace: StreamOffset?
    @Compact package var malformed: StreamOffset?
    @Compact package var continuation: StreamOffset?
    @Compact package var controlByte: StreamOffset?
    /// The empty line.
    @Compact package var headEnd: StreamOffset?
    /// The body's first byte.
    @Compact package var body: StreamOffset?

    package init() {}
  }

  package init() {}
}
