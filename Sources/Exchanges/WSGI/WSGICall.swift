// One call of an application, as the bridge's lines tell of it: what the response becomes, and what was observed.
//
// Facts only. What a middleware is to the application below is WSGIInner's.

import HTTP1Wire
import WSGIWire
import WireBytes

/// What is known of a call so far.
struct WSGICall: Sendable {
  /// One call of start_response, until it is known whether it counts.
  private struct Start: Sendable {
    var isAgain = false
    var hasError = false
    var status: [UInt8] = []
    var statusIsText = true
    var fields = FieldList()
  }

  var facts = WSGIFacts()
  var isHead = false
  private var inner = WSGIInner()
  private var start: Start?
  private var hasHead = false
  private var isSent = false
  /// What the iterable's len() said, and how many items it gave.
  private var length: Int?
  /// The type of what start_response raised, until it leaves the application.
  private var refused: String?
  private var hasRaised = false
  private var hasEnded = false
  private var wasStopped = false

  /// The memory that it takes besides itself, in bytes.
  var heldByteCount: Int { facts.notes.count &* MemoryLayout<WSGINote>.stride }

  mutating func takeOffer(_ statement: WSGIStatement) { inner.takeOffer(statement) }

  /// Takes a line of the bridge.
  ///
  /// - Parameter byteCount: How many bytes follow it.
  /// - Returns: What they are.
  mutating func take(
    _ line: WSGIStatement, _ byteCount: UInt64, at offset: StreamOffset, of exchange: inout Exchange
  ) -> WSGIContent {
    let place = line.text("at") ?? ""
    if line.kind != "status", line.kind != "field", start != nil {
      commit(isRefused: line.kind == "refused", &exchange)
    }
    inner.take(line, at: offset, place, &facts)
    switch line.kind {
    case "failed": facts.failure = String(decoding: line.word(0), as: UTF8.self)
    case "called": facts.wasCalled = true
    case "started": takeStart(line, at: offset, place)
    case "status": takeStatus(line.word(0), at: offset, place)
    case "field": takeField(line, at: offset)
    case "refused": refused = line.text("type") ?? ""
    case "sent":
      isSent = true
      exchange.timeline.bodyEnd = exchange.timeline.bodyEnd ?? exchange.timeline.responseStart
    case "write": return takeWrite(line, at: offset, place)
    case "returned":
      length = line.text("length").flatMap { Int($0) }
      guard line.text("iterable") == "no" else { break }
      facts.note(
        facts.writes > 0 ? .notIterableAfterWrite : .notIterable, at: offset, line.text("type") ?? "", place: place)
    case "item": return takeItem(line, isEmpty: byteCount == 0, at: offset, place)
    case "ended":
      hasEnded = true
      if let length, length != facts.items {
        facts.note(.lengthDiffers, at: offset, "\(length) instead of \(facts.items)")
      }
    case "stopped": wasStopped = true
    case "closed": facts.closes += 1
    case "raised": takeError(line, at: offset, place)
    case "read": takeRead(line, at: offset, place)
    case "touched":
      let name = "\(line.text("object") ?? "").\(line.text("name") ?? "")()"
      facts.note(line.text("name") == "close" ? .streamClosed : .streamMethod, at: offset, name, place: place)
    case "errors":
      if let type = line.text("type"), type != "str" { facts.note(.errorsType, at: offset, type, place: place) }
      return .errors
    case "beside":
      guard let different = line.text("different").flatMap({ Int($0) }), different > 0 else { break }
      let error = line.text("raised").map { ", \($0) raised" } ?? ""
      facts.note(.differsBeside, at: offset, "\(different) of \(line.text("calls") ?? "")\(error)")
    case "done":
      facts.isDone = true
      noteEnd(at: offset)
    default: break
    }
    return .other
  }

  // MARK: start_response

  private mutating func takeStart(_ line: WSGIStatement, at offset: StreamOffset, _ place: String) {
    var next = Start()
    next.isAgain = facts.starts > 0
    facts.starts += 1
    if let keywords = line.text("keywords") {
      facts.note(.startKeywords, at: offset, keywords, place: place)
    } else if let count = line.text("arguments"), count != "2", count != "3" {
      facts.note(.startArguments, at: offset, count, place: place)
    }
    let statusType = line.text("status-type") ?? "str"
    next.statusIsText = statusType == "str"
    if statusType != "str" { facts.note(.statusType, at: offset, statusType, place: place) }
    if let type = line.text("headers-type"), type != "list" { facts.note(.headersType, at: offset, type, place: place) }
    if let error = line.text("exc-info") {
      next.hasError = true
      if error != "exception" { facts.note(.errorTuple, at: offset, error, place: place) }
    } else if next.isAgain {
      facts.note(.startedAgain, at: offset, place: place)
    }
    latestPlace = place
    start = next
  }

  /// Where start_response was called last: its fields have no place of their own.
  private var latestPlace = ""

  private mutating func takeStatus(_ status: [UInt8], at offset: StreamOffset, _ place: String) {
    start?.status = status
    guard start?.statusIsText == true else { return }
    let text = String(decoding: status, as: UTF8.self)
    if text.unicodeScalars.contains(where: { $0.value > 0xFF }) {
      facts.note(.notLatin1, at: offset, "status \(text)", place: latestPlace)
    }
    if status.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      return facts.note(.statusControl, at: offset, text, place: latestPlace)
    }
    let digits = status.prefix { ASCII.isDigit($0) }
    let rest = status.dropFirst(digits.count)
    let isSound =
      digits.count == 3 && digits.first != 0x30 && rest.first == ASCII.space && rest.count > 1
      && rest.dropFirst().first != ASCII.space && rest.last != ASCII.space
    if !isSound { facts.note(.statusForm, at: offset, text, place: latestPlace) }
  }

  private mutating func takeField(_ line: WSGIStatement, at offset: StreamOffset) {
    let (name, value) = (line.word(0), line.word(1))
    unsafe start?.fields.append(name: Self.latin1(name).span.bytes, value: Self.latin1(value).span.bytes)
    let place = latestPlace
    if let item = line.text("item") { facts.note(.fieldItem, at: offset, item, place: place) }
    if let size = line.text("size") { facts.note(.fieldItem, at: offset, "tuple of \(size)", place: place) }
    let shown = String(decoding: name, as: UTF8.self)
    if let type = line.text("name-type") { facts.note(.fieldType, at: offset, "name of type \(type)", place: place) }
    if let type = line.text("value-type") {
      facts.note(.fieldType, at: offset, "value of \(shown) of type \(type)", place: place)
    }
    guard line.text("size") == nil, line.text("item") == nil || line.text("item") == "list" else { return }
    if line.text("name-type") == nil { checkName(name, shown, at: offset) }
    guard line.text("value-type") == nil else { return }
    if String(decoding: value, as: UTF8.self).unicodeScalars.contains(where: { $0.value > 0xFF }) {
      facts.note(.notLatin1, at: offset, "value of \(shown)", place: place)
    }
    // A tab is white space to HTTP, and nobody is harmed by one.
    if value.contains(where: { $0 < 0x20 && $0 != ASCII.tab || $0 == 0x7F }) {
      facts.note(.fieldControl, at: offset, shown, place: place)
    }
  }

  private mutating func checkName(_ name: [UInt8], _ shown: String, at offset: StreamOffset) {
    if String(decoding: name, as: UTF8.self).unicodeScalars.contains(where: { $0.value > 0xFF }) {
      facts.note(.notLatin1, at: offset, "name \(shown)", place: latestPlace)
    } else if name.isEmpty || !name.allSatisfy({ ASCII.isTokenByte($0) }) {
      facts.note(.fieldName, at: offset, shown, place: latestPlace)
    } else if name.equalsIgnoringCase("Transfer-Encoding".utf8) {
      facts.note(.transferEncoding, at: offset, place: latestPlace)
    } else if Self.hopByHop.contains(where: { name.equalsIgnoringCase($0.utf8) }) {
      facts.note(.hopByHop, at: offset, shown, place: latestPlace)
    }
  }

  /// Fields of a connection, which are the server's.
  ///
  /// Spec: RFC 2616 section 13.5.1, to which PEP 3333 refers.
  private static let hopByHop = [
    "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Trailers", "Upgrade",
  ]

  /// Text as it goes over the wire: ISO-8859-1 where that has its characters, else as it came.
  private static func latin1(_ text: [UInt8]) -> [UInt8] {
    let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
    guard scalars.allSatisfy({ $0.value <= 0xFF }) else { return text }
    return scalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }

  /// The latest call of start_response is over: its head counts, unless it was refused or is one too many.
  private mutating func commit(isRefused: Bool, _ exchange: inout Exchange) {
    guard let start else { return }
    self.start = nil
    guard !isRefused, !start.isAgain || start.hasError, !isSent else { return }
    hasHead = true
    exchange.response.fields = start.fields
    exchange.response.hasHead = true
    let digits = start.status.prefix { ASCII.isDigit($0) }
    exchange.response.status = digits.count == 3 ? UInt16(String(decoding: digits, as: UTF8.self)) : nil
    exchange.response.reason = Self.latin1(Array(start.status.dropFirst(digits.count + 1)))
  }

  // MARK: The body

  private mutating func takeWrite(_ line: WSGIStatement, at offset: StreamOffset, _ place: String) -> WSGIContent {
    facts.writes += 1
    facts.note(.writeUsed, at: offset, place: place)
    if let type = line.text("type"), type != "bytes" { facts.note(.writeType, at: offset, type, place: place) }
    if line.text("within") == "iteration" { facts.note(.writeInIteration, at: offset, place: place) }
    return bodyContent
  }

  private mutating func takeItem(
    _ line: WSGIStatement, isEmpty: Bool, at offset: StreamOffset, _ place: String
  ) -> WSGIContent {
    facts.items += 1
    if let type = line.text("type"), type != "bytes" { facts.note(.itemType, at: offset, type, place: place) }
    if facts.starts == 0, !isEmpty { facts.note(.bodyBeforeStart, at: offset, place: place) }
    return bodyContent
  }

  private var bodyContent: WSGIContent { !hasHead ? .other : isHead ? .withheld : .body }

  private mutating func takeRead(_ line: WSGIStatement, at offset: StreamOffset, _ place: String) {
    facts.readByteCount &+= line.text("got").flatMap { UInt64($0) } ?? 0
    if let past = line.text("past") {
      facts.note(.readPast, at: offset, "\(line.text("asked") ?? "") bytes, \(past) more than are left", place: place)
    }
  }

  // MARK: Errors and the end

  private mutating func takeError(_ line: WSGIStatement, at offset: StreamOffset, _ place: String) {
    let type = line.text("type") ?? ""
    let within = line.text("within") ?? ""
    if refused != nil {
      // What start_response raised, or what became of it, has left the application.
      refused = nil
      hasRaised = true
      return
    }
    let message = line.text("message") ?? ""
    let words = message.isEmpty ? type : "\(type): \(message)"
    if within == "close" {
      return facts.note(wasStopped ? .earlyCloseRaised : .closeRaised, at: offset, words, place: place)
    }
    hasRaised = true
    if within == "call", type == "TypeError", place.isEmpty, facts.starts == 0 {
      return facts.note(.refusesTwoArguments, at: offset, message)
    }
    facts.note(.raised, at: offset, words, place: place)
  }

  private mutating func noteEnd(at offset: StreamOffset) {
    if refused != nil { facts.note(.errorTrapped, at: offset, refused ?? "", place: latestPlace) }
    if facts.starts == 0, !hasRaised, facts.first(.bodyBeforeStart) == nil, hasEnded {
      facts.note(.neverStarted, at: offset)
    }
    inner.finish(hasRaised: hasRaised, wasStopped: wasStopped, at: offset, &facts)
  }

  /// The call is over, or nothing more is known of it: the exchange gets its response.
  mutating func finish(_ exchange: inout Exchange, isClosedByServer: Bool) {
    if start != nil { commit(isRefused: false, &exchange) }
    if facts.wasCalled, !facts.isDone, isClosedByServer {
      facts.note(.vanished, at: exchange.response.range.upperBound)
    }
    facts.hasInner = inner.wasCalled
    if facts.isDone, !isSent, hasRaised || !hasHead {
      // A strict server answers in place of an application that gave nothing.
      facts.isServersAnswer = true
      exchange.response.hasHead = true
      exchange.response.status = 500
      exchange.response.reason = Array("Internal Server Error".utf8)
      exchange.response.fields = FieldList()
      exchange.response.isComplete = true
    } else {
      exchange.response.isComplete = facts.isDone && hasHead && !hasRaised
    }
    exchange.wsgi = facts
  }
}
