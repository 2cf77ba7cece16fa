// The narrow waist, output side: one request and its response, whatever the protocol.
//
// Values that conversations fill and rules, expectations and renderers read. Nothing here decodes or judges.

package import WireBytes

/// How an exchange came to its end.
package enum Ending: String, Hashable, Sendable {
  /// The response was complete; the request too, unless the server answered without waiting for the rest of it.
  case complete
  /// The client aborted it by the protocol's own means.
  case aborted
  /// The client's side closed or reset the connection before the end.
  case clientClosed = "client-closed"
  /// The server's side closed or reset the connection before the end.
  case serverClosed = "server-closed"
  /// The capture, or what is known of the connection, ended first.
  case unfinished
  /// Bytes were lost by the capture, or no end could be found among them, and so how it ended could not be told.
  case lost
}

/// The moments of an exchange that a person asks about.
///
/// Nil where it was not seen.
package struct Timeline: Hashable, Sendable {
  /// The connection was opened; only for its first exchange.
  package var connectStart: Timestamp?
  /// The handshake was complete; only for the connection's first exchange.
  package var connected: Timestamp?
  package var requestStart: Timestamp?
  /// The last byte of the request (of those that arrived before the exchange ended).
  package var requestEnd: Timestamp?
  package var responseStart: Timestamp?
  /// The last byte of the response's body, or of its head where there is no body.
  package var bodyEnd: Timestamp?
  /// The last byte of the exchange; where it has no end of its own, the close that ended it.
  package var end: Timestamp?
  /// The client's side closed or reset the connection before the end.
  package var clientLeft: Timestamp?
  /// The longest pause inside the response's body that is a stall; nil where there was none.
  package var longestPause: Pause?

  /// A silence between two parts of a body.
  package struct Pause: Hashable, Sendable {
    package var nanoseconds: Int64
    /// Bytes of the body that had come before it.
    package var byteCount: UInt64

    package init(nanoseconds: Int64, byteCount: UInt64) {
      self.nanoseconds = nanoseconds
      self.byteCount = byteCount
    }
  }

  package init() {}
}

/// What the client asked for.
package struct Request: Hashable, Sendable {
  /// REQUEST_METHOD, or the method of the request line.
  ///
  /// Bytes as they came.
  package var method: [UInt8] = []
  /// The request target: of the request line; for a gateway protocol REQUEST_URI, or SCRIPT_NAME, PATH_INFO and the query.
  package var target: [UInt8] = []
  /// The Host field, HTTP_HOST, or SERVER_NAME.
  package var host: [UInt8] = []
  /// Header fields (HTTP) or meta-variables (FastCGI, CGI), in order.
  package var fields = FieldList()
  package var body = Content()
  /// Stream positions of the request's first byte and of the byte after its last.
  package var range: Range<StreamOffset> = 0..<0

  package init() {}

  /// An empty request in the memory of one that is of no use any more.
  fileprivate init(inRoomOf other: inout Request) {
    method.takeRoom(of: &other.method)
    target.takeRoom(of: &other.target)
    host.takeRoom(of: &other.host)
    fields.takeRoom(of: &other.fields)
  }
}

/// What the server answered.
package struct Response: Hashable, Sendable {
  /// Status code; nil when there was none (a CGI document response without Status counts as 200).
  package var status: UInt16?
  package var reason: [UInt8] = []
  package var fields = FieldList()
  package var body = Content()
  /// Stream positions of the response's first byte and of the byte after its last.
  package var range: Range<StreamOffset> = 0..<0
  /// Whether the whole header block was seen.
  package var hasHead = false
  /// Whether the body came to its proper end.
  package var isComplete = false

  package init() {}

  /// An empty response in the memory of one that is of no use any more.
  fileprivate init(inRoomOf other: inout Response) {
    reason.takeRoom(of: &other.reason)
    fields.takeRoom(of: &other.fields)
  }
}

/// One request and its response.
package struct Exchange: Hashable, Sendable {
  package var wireProtocol: WireProtocol
  package var connection: ConnectionInfo
  /// Number of the exchange on its connection, from 1, in the order the requests began.
  package var index: Int
  package var request = Request()
  package var response = Response()
  /// The error stream (FCGI_STDERR, or a program's standard error).
  package var errorStream = Content()
  package var timeline = Timeline()
  package var ending = Ending.unfinished
  package var anomalies = AnomalyLog()
  /// Bytes that the capture lost while this exchange was open.
  package var gapByteCount: UInt64 = 0
  /// Bytes that the server still sent after the client's side had closed.
  package var bytesAfterClientClose: UInt64 = 0
  /// Whether the beginning of the exchange was not seen.
  package var startedInTheMiddle = false
  /// First and last packet; 0...0 where there are no packets.
  package var packets: ClosedRange<UInt64> = 0...0
  /// Wire events kept by the retention, and how many more there were.
  package var wireEvents: [WireEvent] = []
  package var droppedWireEvents: UInt64 = 0
  /// What only FastCGI has.
  package var fastCGI: FastCGIFacts?
  /// What only HTTP/1 has; of an SCGI or uwsgi exchange whose response is an HTTP message, that of the response.
  package var http1: HTTP1Facts?
  /// What only SCGI and uwsgi have.
  package var variableBlock: VariableBlockFacts?
  /// The CGI response inside FastCGI, SCGI, uwsgi or CGI.
  package var cgi: CGIResponseFacts?
  /// What only a CGI process has.
  package var process: ProcessFacts?
  /// What only WSGI has.
  package var wsgi: WSGIFacts?

  package init(_ wireProtocol: WireProtocol, connection: ConnectionInfo, index: Int) {
    self.wireProtocol = wireProtocol
    self.connection = connection
    self.index = index
  }

  /// An exchange of nobody, for a place where none is.
  static func placeholder(_ wireProtocol: WireProtocol) -> Exchange {
    Exchange(
      wireProtocol, connection: ConnectionInfo(id: 0, client: .named(""), server: .named("")), index: 0)
  }

  /// The exchange, leaving an empty one behind.
  ///
  /// A large value with ten arrays: handing it on by a swap costs a fraction of a copy and the release of the original.
  package mutating func takeOut() -> Exchange {
    var taken = Exchange(wireProtocol, connection: connection, index: index)
    swap(&taken, &self)
    return taken
  }

  /// Begins another exchange in the place of one that is over, in the memory that its lists had.
  ///
  /// Making and freeing them costs more than filling them; so does a whole new exchange, of which most is facts that are
  /// nil.
  mutating func renew(_ wireProtocol: WireProtocol, connection: ConnectionInfo, index: Int) {
    self.wireProtocol = wireProtocol
    self.connection = connection
    self.index = index
    request = Request(inRoomOf: &request)
    response = Response(inRoomOf: &response)
    errorStream = Content()
    timeline = Timeline()
    ending = .unfinished
    anomalies = AnomalyLog()
    gapByteCount = 0
    bytesAfterClientClose = 0
    startedInTheMiddle = false
    packets = 0...0
    wireEvents = []
    droppedWireEvents = 0
    (fastCGI, http1, variableBlock, cgi, process, wsgi) = (nil, nil, nil, nil, nil, nil)
  }

  /// Lets go of the bytes of bodies and of the log: where it lies may stay idle for long.
  mutating func forgetContents() {
    request.body.forgetBytes()
    response.body.forgetBytes()
    errorStream.forgetBytes()
    wireEvents = []
  }

  /// Takes note that the next part of the response's body arrives; to be called before it is counted.
  @inline(__always)
  package mutating func noteBody(at time: Timestamp) {
    if let last = timeline.bodyEnd ?? timeline.responseStart,
      time.nanoseconds(since: last) >= Self.stallNanoseconds
    {
      notePause(of: time.nanoseconds(since: last))
    }
    timeline.bodyEnd = time
  }

  private mutating func notePause(of nanoseconds: Int64) {
    guard nanoseconds > timeline.longestPause?.nanoseconds ?? 0 else { return }
    timeline.longestPause = Timeline.Pause(nanoseconds: nanoseconds, byteCount: response.body.byteCount)
  }

  /// Extends the range of packets to `packet`.
  @inline(__always)
  package mutating func note(packet: UInt64) {
    guard packet != 0 else { return }
    packets = packets.lowerBound == 0 ? packet...packet : packets.lowerBound...max(packets.upperBound, packet)
  }
}
