// The CGI response inside FastCGI's STDOUT or a program's standard output, collected into an exchange.
//
// Decoding is CGIWire's; where the bytes come from is the caller's matter.

package import CGIWire
import WireBytes

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

  package init(retention: Retention) { self.retention = retention }

  /// Takes the next bytes of the output.
  package mutating func receive(
    _ content: RawSpan, _ exchange: inout Exchange, observer: Observer = { _, _ in }
  ) {
    facts.outputByteCount &+= UInt64(content.byteCount)
    if mayBeInTheMiddle, content.byteCount > 0 {
      mayBeInTheMiddle = false
      isInTheMiddle = !Self.beginsWithField(content)
    }
    if isInTheMiddle { return retention.take(content, of: &exchange.response) }
    decoder.receive(content) {
      Self.take($0, $1, &facts, &exchange, retention)
      observer($0, $1)
    }
  }

  /// Takes note of output that the capture lost.
  mutating func skip(_ byteCount: UInt64, _ exchange: inout Exchange) {
    facts.outputByteCount &+= byteCount
    if decoder.isInBody || isInTheMiddle { exchange.response.body.skip(byteCount) }
    guard !isInTheMiddle else { return }
    decoder.skip(byteCount: byteCount) { Self.take($0, $1, &facts, &exchange, retention) }
  }

  /// The capture lost output, not known how much, nor whether any.
  mutating func loseStep(_ exchange: inout Exchange) {
    exchange.response.body.skip(0)
    guard !decoder.isInBody, !isInTheMiddle else { return }
    decoder.skip(byteCount: 1) { Self.take($0, $1, &facts, &exchange, retention) }
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
      Self.take($0, $1, &facts, &exchange, retention)
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
    facts.startsWithStatusLine = head.startsWithStatusLine
    facts.locationIsRelative = head.location == .invalid
    exchange.response.isComplete = endIsKnown && exchange.response.hasHead
    // Rejected and empty requests have no CGI response to speak of.
    exchange.cgi = facts
  }

  private static func take(
    _ event: CGIResponseEvent, _ bytes: RawSpan, _ facts: inout CGIResponseFacts, _ exchange: inout Exchange,
    _ retention: Retention
  ) {
    switch event {
    case .statusLine(let line):
      exchange.response.reason.assign(bytes.extracting(line.reason))
    case .fieldLine(let line, let role):
      if line.end == .lf { facts.bareLineFeeds &+= 1 }
      let value = bytes.extracting(line.value)
      exchange.response.fields.append(name: bytes.extracting(line.name), value: value)
      if role == .status, value.byteCount > 4 {
        exchange.response.reason.assign(value.extracting(4..<value.byteCount))
      }
    case .headersEnd(let head):
      facts.headEnd = head.bodyOffset
      exchange.response.hasHead = true
      exchange.response.status = head.effectiveStatus
    case .content:
      retention.take(bytes, of: &exchange.response)
    case .end(let end):
      facts.form = end.form.map { CGIForm($0) }
    case .anomaly(let anomaly):
      note(anomaly, &facts)
      exchange.anomalies.append(anomaly, .response)
    case .foldedLine: facts.continuationLines += 1
    case .unparsedLine, .undecoded: break
    }
  }

  private static func note(_ anomaly: Anomaly, _ facts: inout CGIResponseFacts) {
    switch anomaly.kind {
    case .cgiInvalidStatus, .cgiInvalidStatusLine: facts.invalidStatus = true
    case .cgiInvalidLocation where anomaly.value != 0:
      facts.oddLocationByte = facts.oddLocationByte ?? UInt8(truncatingIfNeeded: anomaly.value)
    case .missingColon, .spaceBeforeColon, .emptyFieldName, .invalidFieldName: facts.malformedFieldLines += 1
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
