// The closed list of verbs that a case may use. No variables, conditions or loops.
//
// docs/fixture-format.md says how each is written. Values only.

package import Expectations
package import FastCGIWire

/// One step of a case, on one of its connections.
package struct Step: Sendable {
  /// Which connection, from 1; opened on its first use.
  package var connection: Int
  package var verb: Verb
  package var location: SourceLocation

  package init(_ verb: Verb, connection: Int = 1, location: SourceLocation = .init(file: "", line: 0, column: 0)) {
    self.verb = verb
    self.connection = connection
    self.location = location
  }

  package enum Verb: Sendable {
    // Any byte stream.
    /// Send these bytes.
    case wire([UInt8])
    /// Shut down the sending side.
    case halfClose
    case close
    /// Close with a reset.
    case reset
    /// Go on when this was seen, or when the server closed and it cannot come any more; fail by the phase's timeout.
    case waitFor(Milestone)
    /// Nothing may arrive for a period scaled to the target's latency; what does is judged by expectations.
    case quiet
    /// Go on when an answer came whole or the server closed, and nothing came for a quiet period since, or when no byte
    /// came for the time of the phase `close`: an answer that may come, and need not.
    case settle
    /// Send nothing for that long, whatever the target's latency; what arrives meanwhile is judged by expectations.
    case rest(milliseconds: Int64)
    /// Open the connection and send nothing.
    case open

    // FastCGI.
    /// FCGI_BEGIN_REQUEST, the parameters, and the body, in one go.
    case fastCGIRequest(FastCGIRequest)
    /// `reserved` is what each of the body's five reserved bytes holds.
    case beginRequest(
      ids: ClosedRange<UInt16>, role: FastCGIRole, flags: UInt8, reserved: UInt8, framing: RecordFraming)
    /// Pairs, cut into records; `end` adds the empty record.
    case params(id: UInt16, RequestVariables, end: Bool, framing: RecordFraming)
    case stdin(id: UInt16, Blob, end: Bool, framing: RecordFraming)
    case data(id: UInt16, Blob, end: Bool, framing: RecordFraming)
    case abortRequest(id: UInt16)
    case getValues([Pair], framing: RecordFraming)
    /// One record, any values: the header as it is, the content, then as many zeros as the header's padding length.
    case record(FastCGIRecordHeader, content: Blob)

    // SCGI and uwsgi.
    case variableBlockRequest(VariableBlockRequest)

    // HTTP/1.
    case httpRequest(HTTPRequest)

    // CGI: starts the program.
    case cgiRequest(CGIRequest)

    // WSGI: calls the application.
    case wsgiRequest(WSGIRequest)

    // Neutral cases. A driver makes the request of its own interface of it before it plays the case.
    case request(NeutralRequest)

    /// Whether the step is over when nothing came for a quiet period.
    package var endsInSilence: Bool {
      switch self {
      case .quiet, .settle: true
      default: false
      }
    }
  }
}

/// What a step may wait for.
package enum Milestone: Hashable, Sendable {
  /// FCGI_END_REQUEST for that ID.
  case endRequest(id: UInt16)
  /// A record of that type; with an ID, for that request.
  case record(FastCGIRecordType, id: UInt16?)
  /// That many whole HTTP responses on this connection since its beginning.
  case response(count: Int)
  /// The server closed its side.
  case close
}

/// How content is cut into records, and what stands around each piece.
package struct RecordFraming: Hashable, Sendable {
  /// The header's reserved byte, and the padding.
  package var encoder: FastCGIEncoder
  /// The sizes of the pieces.
  package var stream: FastCGIStreamFraming

  package init(encoder: FastCGIEncoder = FastCGIEncoder(), stream: FastCGIStreamFraming = .largest) {
    self.encoder = encoder
    self.stream = stream
  }
}

/// The meta-variables of a request as a case says them.
package struct RequestVariables: Hashable, Sendable {
  /// Start from the variables that every request to this target has (method, script, server, …).
  ///
  /// Where it is false, `pairs` and `rawTail` are all there is: method, query and content length are not sent.
  package var base: Bool
  package var method: [UInt8]
  /// The probe's behaviour and arguments become the query string; nil leaves the target's own path as it is.
  package var query: [UInt8]?
  /// CONTENT_LENGTH; nil leaves it out.
  package var contentLength: Int?
  /// Pairs added after the base; a name of the base is replaced.
  package var pairs: [Pair]
  /// Names of the base that are left out.
  package var without: [[UInt8]]
  /// Raw bytes after the encoded pairs.
  package var rawTail: [UInt8]
  /// Send the pairs in reverse order.
  package var reversed: Bool
  /// Names whose pairs come before all others, in this order.
  package var order: [[UInt8]]

  package init(
    base: Bool = true, method: [UInt8] = Array("GET".utf8), query: [UInt8]? = nil, contentLength: Int? = nil,
    pairs: [Pair] = [], without: [[UInt8]] = [], rawTail: [UInt8] = [], reversed: Bool = false,
    order: [[UInt8]] = []
  ) {
    self.base = base
    self.method = method
    self.query = query
    self.contentLength = contentLength
    self.pairs = pairs
    self.without = without
    self.rawTail = rawTail
    self.reversed = reversed
    self.order = order
  }
}

/// A request of SCGI or uwsgi: a block of variables and a body.
package struct VariableBlockRequest: Hashable, Sendable {
  package var variables: RequestVariables
  package var body: Blob
  /// uwsgi's two modifiers; SCGI has none.
  package var modifier1: UInt8
  package var modifier2: UInt8

  package init(
    variables: RequestVariables = .init(), body: Blob = .bytes([]), modifier1: UInt8 = 0, modifier2: UInt8 = 0
  ) {
    self.variables = variables
    self.body = body
    self.modifier1 = modifier1
    self.modifier2 = modifier2
  }
}

/// A whole FastCGI request.
package struct FastCGIRequest: Hashable, Sendable {
  package var id: UInt16
  package var role: FastCGIRole
  package var flags: UInt8
  package var params: RequestVariables
  /// STDIN; nil sends no STDIN stream at all (an authorizer).
  package var body: Blob?
  /// DATA; nil sends no DATA stream (all roles but the filter).
  package var data: Blob?
  package var framing: RecordFraming

  package init(
    id: UInt16 = 1, role: FastCGIRole = .responder, flags: UInt8 = 0, params: RequestVariables = .init(),
    body: Blob? = .bytes([]), data: Blob? = nil, framing: RecordFraming = .init()
  ) {
    self.id = id
    self.role = role
    self.flags = flags
    self.params = params
    self.body = body
    self.data = data
    self.framing = framing
  }
}

/// An HTTP/1 request.
package struct HTTPRequest: Hashable, Sendable {
  package var method: [UInt8]
  /// The request target; nil takes the check's path.
  ///
  /// A query of the probe is appended.
  package var target: [UInt8]?
  package var query: [UInt8]?
  package var version: [UInt8]
  /// Fields in order; Host, and Content-Length where there is a body, are added unless `base` is false.
  package var base: Bool
  package var fields: [Pair]
  /// Fields after those, each with the value that another field has in the latest whole response on the connection;
  /// a case whose target sent none is skipped.
  package var fieldsFromResponse: [Pair] = []
  package var body: Blob
  /// Send the body in chunks of this many bytes instead of with Content-Length.
  package var chunkByteCount: Int?

  package init(
    method: [UInt8] = Array("GET".utf8), target: [UInt8]? = nil, query: [UInt8]? = nil,
    version: [UInt8] = Array("HTTP/1.1".utf8), base: Bool = true, fields: [Pair] = [], body: Blob = .bytes([]),
    chunkByteCount: Int? = nil
  ) {
    self.method = method
    self.target = target
    self.query = query
    self.version = version
    self.base = base
    self.fields = fields
    self.body = body
    self.chunkByteCount = chunkByteCount
  }
}

/// One run of a CGI program.
package struct CGIRequest: Hashable, Sendable {
  package var method: [UInt8]
  package var query: [UInt8]?
  package var pathInfo: [UInt8]
  /// Meta-variables added to, or replacing, those RFC 3875 gives every request.
  package var pairs: [Pair]
  package var without: [[UInt8]]
  package var body: Blob
  /// CONTENT_LENGTH; nil takes the body's length where there is a body.
  package var contentLength: Int?
  /// Command-line arguments.
  ///
  /// RFC 3875 section 4.4: the search words of an indexed query.
  package var arguments: [[UInt8]]
  /// Standard input stays open after the body: its end does not come.
  package var holdsInput: Bool
  /// How long nothing comes between the two halves of the body; nil where it comes at once.
  package var inputRestMilliseconds: Int64?

  package init(
    method: [UInt8] = Array("GET".utf8), query: [UInt8]? = nil, pathInfo: [UInt8] = [], pairs: [Pair] = [],
    without: [[UInt8]] = [], body: Blob = .bytes([]), contentLength: Int? = nil, arguments: [[UInt8]] = [],
    holdsInput: Bool = false
  ) {
    self.method = method
    self.query = query
    self.pathInfo = pathInfo
    self.pairs = pairs
    self.without = without
    self.body = body
    self.contentLength = contentLength
    self.arguments = arguments
    self.holdsInput = holdsInput
  }
}

/// One call of a WSGI application.
package struct WSGIRequest: Hashable, Sendable {
  package var variables: RequestVariables
  package var body: Blob
  /// What the server is like that calls: names and values of the bridge's offers.
  package var server: [(name: String, value: String)]

  package init(
    variables: RequestVariables = .init(), body: Blob = .bytes([]), server: [(name: String, value: String)] = []
  ) {
    self.variables = variables
    self.body = body
    self.server = server
  }

  package static func == (left: WSGIRequest, right: WSGIRequest) -> Bool {
    left.variables == right.variables && left.body == right.body
      && left.server.elementsEqual(right.server) { $0 == $1 }
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(variables)
    hasher.combine(body)
  }
}

/// A request that says nothing of the interface it is made over.
package struct NeutralRequest: Hashable, Sendable {
  package var method: [UInt8]
  /// What follows the target's own path, as it stands in a URI.
  ///
  /// Gateways decode it to PATH_INFO.
  package var pathInfo: [UInt8]
  /// Nil leaves the target's own query as it is.
  package var query: [UInt8]?
  /// Header fields in order; where there are none on the wire they become meta-variables.
  package var fields: [Pair]
  /// Nil for no body at all, which is not the same as an empty one: that has a length, and it is 0.
  package var body: Blob?

  package init(
    method: [UInt8] = Array("GET".utf8), pathInfo: [UInt8] = [], query: [UInt8]? = nil, fields: [Pair] = [],
    body: Blob? = nil
  ) {
    self.method = method
    self.pathInfo = pathInfo
    self.query = query
    self.fields = fields
    self.body = body
  }
}
