// What a middleware is to the application below it: the lines of the known application, and when they come.
//
// Facts only. The order of lines says what was asked of the application below before something was given above.

import WSGIWire
import WireBytes

/// What is known of the application below.
struct WSGIInner: Sendable {
  private(set) var wasCalled = false
  private var calls = 0
  private var hasReturned = false
  /// Items that it gave since one was given above, and all of them.
  private var pending = 0
  private var items = 0
  /// Whether what it returned can be closed, how often it was, and whether its end came.
  private var isClosable = false
  private var closes = 0
  private var hasEnded = false
  private var hasRaised = false
  /// Whether it called start_response, and whether that was to carry an exception.
  private var hasStarted = false
  private var startsWithError = 0
  private var outerStartsWithError = 0
  private var isSent = false
  private var refusals = 0
  private var wroteByteCount = 0
  private var outerHasContent = false
  private var isLazy = false
  /// Whether close() of what it returns raises an exception.
  private var closeRaises = false
  private var place = ""

  mutating func takeOffer(_ statement: WSGIStatement) {
    guard statement.word(0).elementsEqual("inner".utf8) else { return }
    isClosable = !statement.word(1).elementsEqual("list".utf8)
    isLazy = statement.word(1).elementsEqual("lazy".utf8)
    closeRaises = statement.word(1).elementsEqual("close-raises".utf8)
  }

  /// Takes a line of the bridge, whatever it is about.
  mutating func take(_ line: WSGIStatement, at offset: StreamOffset, _ place: String, _ facts: inout WSGIFacts) {
    switch line.kind {
    case "inner-called": takeCall(line, at: offset, place, &facts)
    case "inner-missing": facts.note(.innerMissing, at: offset, text(line.word(0)), place: self.place)
    case "inner-type":
      let name = text(line.word(0))
      facts.note(.innerVariableType, at: offset, "\(name) of type \(line.text("type") ?? "")", place: self.place)
    case "inner-wide": facts.note(.innerWide, at: offset, text(line.word(0)), place: self.place)
    case "inner-without":
      let isInput = line.word(0).elementsEqual("wsgi.input".utf8)
      facts.note(isInput ? .innerInput : .innerErrors, at: offset, text(line.word(1)), place: self.place)
    case "inner-started":
      hasStarted = true
      if let type = line.text("write") { facts.note(.innerStart, at: offset, type, place: self.place) }
      guard line.text("given") != nil else { break }
      startsWithError += 1
      if isSent { facts.note(.innerNotRefused, at: offset, place: self.place) }
    case "inner-refused": refusals += 1
    case "inner-item":
      items += 1
      pending += 1
      if !hasReturned { facts.note(.innerGatheredInCall, at: offset, place: self.place) }
      if pending > 1, hasReturned { facts.note(.innerGathered, at: offset, "\(pending) items", place: self.place) }
    case "inner-ended": hasEnded = true
    case "inner-raised": hasRaised = true
    case "inner-closed": closes += 1
    case "inner-wrote": wroteByteCount += line.text("bytes").flatMap { Int($0) } ?? 0
    case "returned": hasReturned = true
    case "item":
      pending = 0
      outerHasContent = true
    case "write":
      outerHasContent = true
      pending = 0
      if items > 0, wroteByteCount == 0 { facts.note(.innerItemsWritten, at: offset, place: place) }
    case "started": if line.text("exc-info") != nil { outerStartsWithError += 1 }
    case "sent": isSent = true
    case "raised":
      if isLazy, wasCalled, !hasStarted, !hasRaised, line.text("within") == "call" {
        facts.note(.innerAssumed, at: offset, line.text("type") ?? "", place: place)
      }
    default: break
    }
  }

  private func text(_ word: [UInt8]) -> String { String(decoding: word, as: UTF8.self) }

  private mutating func takeCall(
    _ line: WSGIStatement, at offset: StreamOffset, _ place: String, _ facts: inout WSGIFacts
  ) {
    wasCalled = true
    calls += 1
    self.place = place
    if calls > 1 { facts.note(.innerCalledAgain, at: offset, place: place) }
    if let keywords = line.text("keywords") { facts.note(.innerKeywords, at: offset, keywords, place: place) }
    if let type = line.text("environ-type"), type != "dict" {
      facts.note(.innerEnviron, at: offset, type, place: place)
    }
    if line.text("callable") == "no" { facts.note(.innerStart, at: offset, "start_response", place: place) }
  }

  /// The call is over.
  mutating func finish(
    hasRaised outerHasRaised: Bool, wasStopped: Bool, at offset: StreamOffset, _ facts: inout WSGIFacts
  ) {
    guard wasCalled else { return }
    if isClosable, hasStarted || hasReturned, closes == 0, refusals == 0, !outerHasRaised || hasRaised && items > 0 {
      let observation: WSGIObservation = hasRaised ? .innerRaised : wasStopped ? .innerStopped : .innerEnded
      facts.note(observation, at: offset, place: place)
    }
    if startsWithError > 0, outerStartsWithError == 0 { facts.note(.innerErrorLost, at: offset, place: place) }
    if wroteByteCount > 0, !outerHasContent { facts.note(.innerWriteLost, at: offset, place: place) }
    // What the known application writes, and an exception of it, goes through a middleware: nobody holds it against that.
    if wroteByteCount > 0 { facts.forget(.writeUsed) }
    if hasRaised || refusals > 0 { facts.forget(.raised) }
    if closes > 0, hasRaised || closeRaises { facts.forget(.closeRaised) }
    if facts.first(.innerAssumed) != nil { facts.forget(.raised) }
  }
}
