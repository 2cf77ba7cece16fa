// The CGI response inside FastCGI's STDOUT or a program's standard output, collected into an exchange.
//
// Decoding is CGIWire's; where the bytes come from is the caller's matter.

package import CGIWire
package import WireBytes

/// Collects one CGI response.
package struct CGIResponseCollector: Sendable {
  /// Sees every event of the response as it is decoded; for logs.
  package typealias Observer = (CGIResponseEvent, RawSpan) -> Void

  private let retention: Retention
  private var decoder = CGIResponseDecoder()
  private var facts = CGIResponseFacts()
  private var isEnded = false
  /// Whether this is the beginning of a response is to be told from the first bytes, or was told: it is not.
  private var mayBeInTheMiddle = false
  private var isInTheMiddle = false
  private var places = OutputPlaces()

  package init(retention: Retention) { self.retention = retention }

  /// Begins another response in the place of one that is over.
  mutating func renew() {
    decoder = CGIResponseDecoder()
    facts = CGIResponseFacts()
    isEnded = false
    mayBeInTheMiddle = false
    isInTheMiddle = false
    places = OutputPlaces()
  }

  /// The memory that the collector takes besides itself, in bytes.
  var heldByteCount: Int { decoder.heldByteCount }

  /// Takes the next bytes of the output.
  ///
  /// - Parameter offset: Where they stand in the response's stream, which may have more in it than the output.
  package mutating func receive(
    _ content: RawSpan, at offset: StreamOffset, _ exchange: inout Exchange,
    observer: Observer = { _, _ in }
  ) {
    facts.outputByteCount &+= UInt64(content.byteCount)
    if mayBeInTheMiddle, content.byteCount > 0 {
      mayBeInTheMiddle = false
      isInTheMiddle = !Self.beginsWithField(content)
    }
    if isInTheMiddle { return retention.take(content, of: &exchange.response) }
    places.begin(decoder, at: offset)
    decoder.receive(content) {
      Self.take($0, $1, &facts, &exchange, retention, &places)
      observer($0, $1)
    }
    places.end(decoder)
  }

  /// Takes note of output that the capture lost.
  mutating func skip(_ byteCount: UInt64, _ exchange: inout Exchange) {
    facts.outputByteCount &+= byteCount
    if decoder.isInBody || isInTheMiddle { exchange.response.body.skip(byteCount) }
    guard !isInTheMiddle else { return }
    decoder.skip(byteCount: byteCount) { Self.take($0, $1, &facts, &exchange, retention, &places) }
  }

  /// The capture lost output, not known how much, nor whether any.
  mutating func loseStep(_ exchange: inout Exchange) {
    exchange.response.body.skip(0)
    guard !decoder.isInBody, !isInTheMiddle else { return }
    decoder.skip(byteCount: 1) { Self.take($0, $1, &facts, &exchange, retention, &places) }
  }

  /// The observation may have begun inside this response: unless it begins with a well-known field, it is taken for a
  /// body.
  mutating func joinInTheMiddle() { mayBeInTheMiddle = true }

  private static func beginsWithField(_ content: RawSpan) -> Bool {
    let names: [StaticString] = [
      "Status:", "Content-Type:", "Location:", "X-Powered-By:", "Set-Cookie:", "Cache-Control:", "Expires:", "Date:",
    ]
    return names.contains { name in
      let count = name.utf8CodeUnitCount
      return content.byteCount >= count && content.extracting(first: count).equalsIgnoringCase(name)
    }
  }

  /// The output is over.
  package mutating func end(_ exchange: inout Exchange, observer: Observer = { _, _ in }) {
    guard !isEnded else { return }
    isEnded = true
    guard !isInTheMiddle else { return }
    decoder.end {
      Self.take($0, $1, &facts, &exchange, retention, &places)
      observer($0, $1)
    }
  }

  /// The exchange is over: what was collected becomes its response.
  ///
  /// - Parameter endIsKnown: The response came to its proper end, if only by the end of the request.
  package mutating func finish(_ exchange: inout Exchange, endIsKnown: Bool) {
    end(&exchange)
    let head = decoder.head
    facts.statusFields = Int(head.statusFieldCount)
    facts.contentTypeFields = Int(head.contentTypeFieldCount)
    facts.locationFields = Int(head.locationFieldCount)
    facts.extensionFields = Int(head.extensionFieldCount)
    facts.otherFields = Int(head.otherFieldCount)
    facts.startsWithStatusLine = head.startsWithStatusLine
    facts.location = head.location
    exchange.response.isComplete = endIsKnown && exchange.response.hasHead
    // Rejected and empty requests have no CGI response to speak of.
    exchange.cgi = facts
  }

  private static func take(
    _ event: CGIResponseEvent, _ bytes: RawSpan, _ facts: inout CGIResponseFacts, _ exchange: inout Exchange,
    _ retention: Retention, _ places: inout OutputPlaces
  ) {
    switch event {
    case .statusLine(let line):
      places.enterLine(line.offset)
      exchange.response.reason.assign(bytes.extracting(line.reason))
    case .fieldLine(let line, let role):
      places.enterLine(line.offset)
      let value = bytes.extracting(line.value)
      exchange.response.fields.append(name: bytes.extracting(line.name), value: value)
      if role == .status, value.byteCount > 4 {
        exchange.response.reason.assign(value.extracting(4..<value.byteCount))
      }
      if !value.isEmpty { facts.noteField(bytes.extracting(line.name), role, at: places.line) }
    case .headersEnd(let head):
      facts.headEnd = head.bodyOffset
      facts.places.headEnd = places.of(head.offset)
      exchange.response.hasHead = true
      exchange.response.status = head.effectiveStatus
    case .content(let offset):
      if facts.places.body == nil { facts.places.body = places.of(offset) }
      retention.take(bytes, of: &exchange.response)
    case .end(let end):
      facts.form = end.form.map { CGIForm($0) }
    case .anomaly(let anomaly):
      facts.note(anomaly, at: places.line)
      exchange.anomalies.append(anomaly, .response)
    case .foldedLine(let line):
      places.enterLine(line.offset)
      facts.continuationLines += 1
      facts.places.continuation = facts.places.continuation ?? places.line
    case .unparsedLine(let line):
      places.enterLine(line.offset)
    case .undecoded:
      break
    }
  }
}

/// Where lines of the output stand in the stream that carries it.
///
/// The output may be cut into records, so that its offsets and the stream's grow apart. A line is found by the piece
/// that it began in, however the pieces were cut.
private struct OutputPlaces: Sendable {
  /// Where the piece that is being read begins in the output.
  private var pieceStart: StreamOffset = 0
  /// What is to be added to an offset in the output to get that in the stream: for this piece, and for the piece in
  /// which the first line that ends in this one began.
  private var shift: StreamOffset = 0
  private var firstLineShift: StreamOffset = 0
  /// Where the latest line begins in the stream.
  private(set) var line: StreamOffset = 0

  /// The next piece stands at `offset` in the stream.
  mutating func begin(_ decoder: borrowing CGIResponseDecoder, at offset: StreamOffset) {
    pieceStart = decoder.offset
    shift = offset &- pieceStart
    if decoder.pendingByteCount == 0 { firstLineShift = shift }
  }

  /// The piece was read.
  mutating func end(_ decoder: borrowing CGIResponseDecoder) {
    let pending = decoder.pendingByteCount
    if pending > 0, decoder.offset &- pending >= pieceStart { firstLineShift = shift }
  }

  /// Where in the stream what begins at `offset` of the output stands.
  func of(_ offset: StreamOffset) -> StreamOffset { offset &+ (offset >= pieceStart ? shift : firstLineShift) }

  /// A line begins at `offset` of the output.
  mutating func enterLine(_ offset: StreamOffset) { line = of(offset) }
}

extension CGIResponseFacts {
  /// Takes note of a field that has a value, whose line begins at `place`.
  fileprivate mutating func noteField(_ name: RawSpan, _ role: CGIFieldRole, at place: StreamOffset) {
    guard role != .location else {
      places.location = places.location ?? place
      return
    }
    places.besideLocation = places.besideLocation ?? place
    guard role == .other else { return }
    if name.equalsIgnoringCase("Content-Length") {
      contentLengthFields += 1
      places.contentLength = places.contentLength ?? place
    } else if places.connectionField == nil, Self.concernsConnection(name) {
      places.connectionField = place
    }
  }

  /// Names of fields that concern the connection between client and server.
  ///
  /// Spec: RFC 9110 section 7.6.1.
  package static let connectionFields: [StaticString] = [
    "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
  ]

  private static func concernsConnection(_ name: RawSpan) -> Bool {
    switch name.byteCount {
    case 2: name.equalsIgnoringCase("TE")
    case 7: name.equalsIgnoringCase("Trailer") || name.equalsIgnoringCase("Upgrade")
    case 10: name.equalsIgnoringCase("Connection") || name.equalsIgnoringCase("Keep-Alive")
    case 16: name.equalsIgnoringCase("Proxy-Connection")
    case 17: name.equalsIgnoringCase("Transfer-Encoding")
    default: false
    }
  }

  /// Takes note of what is odd about the line that begins at `place`.
  fileprivate mutating func note(_ anomaly: Anomaly, at place: StreamOffset) {
    switch anomaly.kind {
    case .cgiInvalidStatus, .cgiInvalidStatusLine: places.invalidStatus = places.invalidStatus ?? place
    case .cgiMissingReason: places.statusWithoutSpace = places.statusWithoutSpace ?? place
    case .cgiDuplicateStatus, .cgiDuplicateContentType, .cgiDuplicateLocation:
      places.repeated = places.repeated ?? place
    case .cgiInvalidLocation where anomaly.value != 0:
      oddLocationByte = oddLocationByte ?? UInt8(truncatingIfNeeded: anomaly.value)
    case .missingColon, .spaceBeforeColon, .emptyFieldName, .invalidFieldName:
      malformedFieldLines += 1
      places.malformed = places.malformed ?? place
    case .controlByteInValue, .bareCR:
      guard controlByte == nil else { return }
      controlByte = anomaly.kind == .bareCR ? ASCII.cr : UInt8(truncatingIfNeeded: anomaly.value)
      places.controlByte = place
    default: break
    }
  }
}

extension CGIForm {
  init(_ form: CGIResponseForm) {
    switch form {
    case .document: self = .document
    case .localRedirect: self = .localRedirect
    case .clientRedirect: self = .clientRedirect
    case .clientRedirectWithDocument: self = .clientRedirectWithDocument
    case .invalid: self = .invalid
    }
  }
}
