// One call of the reference middleware, round the known application: both sides in the order in which they happen.
//
// What it does wrong is its policy's matter.

import WireBytes

/// What a middleware asks itself where a fault, or a style, may want another answer.
struct WSGIMiddlewarePolicy: Sendable {
  /// How it goes through what the application below gives.
  enum Passing: Sendable {
    /// What the application below returns is returned as it is.
    case returned
    /// An iterable of its own gives each item on.
    case each
    /// All is read before anything is returned; or before anything is given.
    case gatheredInCall, gathered
    /// Two items at a time.
    case pairs
    /// All is read, and given to write().
    case written
  }

  var passing = Passing.each
  /// close() is passed on when the body was read, after an exception, and where the server stops early.
  var closesAtEnd = true
  var closesAfterError = true
  var closesEarly = true
  /// exc_info is passed on.
  var passesError = true
  /// What the server raises for it goes through.
  var raisesRefusal = true
  /// start_response gives what the server's gives.
  var givesWrite = true
  /// A start_response that comes with the first item is waited for.
  var awaitsStart = true
  /// An exception of the application below goes through.
  var passesExceptions = true
  /// What is written by write() goes through.
  var passesWrites = true
  /// Facts of the call below, instead of the sound ones.
  var calls: [(String, String)] = [("arguments", "2"), ("environ-type", "dict"), ("callable", "yes")]
  /// What is told of environ.
  var environ: [WSGIFrame] = []
  /// How often the application below is called.
  var callCount = 1
}

/// One call.
struct WSGIMiddlewareReference {
  private let asked: WSGIAsked
  private let policy: WSGIMiddlewarePolicy
  private let how: String

  init(_ asked: WSGIAsked, _ policy: WSGIMiddlewarePolicy) {
    self.asked = asked
    self.policy = policy
    how = asked.offers["inner"] ?? "list"
  }

  private static let place = ("at", "mw.py:7")

  /// What is told of it.
  var frames: [WSGIFrame] {
    var story: [WSGIFrame] = []
    if let count = asked.number("beside") {
      story.append(WSGIFrame("beside", [], [("calls", "\(count)"), ("different", "0")]))
    }
    story.append(WSGIFrame("called", [], [("type", "mw.Middleware")]))
    for _ in 0..<policy.callCount {
      story.append(WSGIFrame("inner-called", [], policy.calls + [Self.place]))
    }
    story += policy.environ
    if how == "raise-early" {
      story.append(WSGIFrame("inner-raised", [], [("type", "Late")]))
      return story + exception("call") + [WSGIFrame("done")]
    }
    if how == "lazy", !policy.awaitsStart {
      return story + [
        WSGIFrame("raised", [], [("within", "call"), ("type", "AttributeError"), Self.place, ("message", "status")]),
        WSGIFrame("done"),
      ]
    }
    if how != "lazy" { story += begin() }
    story += written()
    story += passed()
    story.append(WSGIFrame("done"))
    return story
  }

  // MARK: The head

  private var status: String {
    switch how {
    case "no-content": "204 No Content"
    case "not-modified": "304 Not Modified"
    default: "200 OK"
    }
  }

  private func start(_ status: String, hasError: Bool = false) -> [WSGIFrame] {
    var facts = [
      ("arguments", hasError ? "3" : "2"), ("within", "call"), ("status-type", "str"), ("headers-type", "list"),
    ]
    if hasError { facts.append(("exc-info", "exception")) }
    var frames = [WSGIFrame("started", [], facts + [Self.place]), WSGIFrame("status", [status])]
    if how != "no-content", how != "not-modified" {
      frames.append(WSGIFrame("field", ["Content-Type", "text/plain; charset=utf-8"]))
    }
    frames.append(WSGIFrame("field", ["X-Inner", "yes"]))
    if how == "cookies" { frames += ["a=1", "b=2"].map { WSGIFrame("field", ["Set-Cookie", $0]) } }
    if how == "length" {
      frames.append(WSGIFrame("field", ["Content-Length", "\(parts.reduce(0) { $0 + $1.count })"]))
    }
    if how == "echo" { frames.append(WSGIFrame("field", ["Content-Length", "\(asked.read.count)"])) }
    return frames
  }

  private var innerStarted: WSGIFrame {
    WSGIFrame("inner-started", [], policy.givesWrite ? [] : [("write", "NoneType")])
  }

  private func begin() -> [WSGIFrame] {
    var frames: [WSGIFrame] = []
    if how == "echo" {
      if !asked.read.isEmpty {
        frames.append(
          WSGIFrame(
            "read", [], [("how", "read"), ("asked", "\(asked.read.count)"), ("got", "\(asked.read.count)"), Self.place])
        )
      }
      frames.append(WSGIFrame("inner-body", [], [("bytes", "\(asked.read.count)")]))
    }
    frames += start(status) + [innerStarted]
    if how == "replaced" {
      var again = start("500 Replaced", hasError: policy.passesError)
      if !policy.passesError { again = [] }
      frames += again + [given(innerStarted)]
    }
    return frames
  }

  private func given(_ frame: WSGIFrame) -> WSGIFrame {
    var frame = frame
    frame.set("given", "yes")
    return frame
  }

  // MARK: The body

  private var parts: [[UInt8]] {
    switch how {
    case "write", "no-content", "not-modified": return []
    case "write-then-items": return [Array("and an item\n".utf8)]
    case "echo": return [asked.read]
    default:
      return (1...max(1, asked.number("inner-parts") ?? 3)).map { Array("part \($0) of the known application\n".utf8) }
    }
  }

  private func written() -> [WSGIFrame] {
    guard how == "write" || how == "write-then-items" else { return [] }
    var frames: [WSGIFrame] = []
    for number in 1...max(1, asked.number("inner-parts") ?? 3) {
      let part = Array("part \(number) of the known application\n".utf8)
      frames.append(WSGIFrame("inner-wrote", [], [("bytes", "\(part.count)")]))
      guard policy.passesWrites else { continue }
      if number == 1 { frames.append(WSGIFrame("sent")) }
      frames.append(WSGIFrame("write", [], [("type", "bytes"), ("within", "call"), Self.place], payload: part))
    }
    return frames
  }

  private func exception(_ within: String) -> [WSGIFrame] {
    guard policy.passesExceptions else { return [] }
    return [WSGIFrame("raised", [], [("within", within), ("type", "inner.Late"), Self.place, ("message", "part")])]
  }

  private var isClosable: Bool { how != "list" }

  /// What the middleware returns, and what the server makes of it.
  private func passed() -> [WSGIFrame] {
    let returned = WSGIFrame(
      "returned", [], [("type", policy.passing == .returned ? "inner.Parts" : "generator"), Self.place])
    var frames: [WSGIFrame] = []
    var isSent = (how == "write" || how == "write-then-items") && policy.passesWrites
    var isReturned = false
    func give(_ part: [UInt8], _ kind: String = "item") {
      if !part.isEmpty, !isSent {
        frames.append(WSGIFrame("sent"))
        isSent = true
      }
      let facts = [("type", "bytes")] + (kind == "write" ? [("within", isReturned ? "iteration" : "call")] : [])
      frames.append(WSGIFrame(kind, [], facts + [Self.place], payload: part))
    }
    func close(_ isWanted: Bool) {
      guard isClosable else { return }
      if isWanted { frames += [WSGIFrame("inner-closed"), WSGIFrame("closed")] }
    }
    let limit = asked.number("stop-after") ?? .max
    if policy.passing != .gatheredInCall, policy.passing != .written {
      frames.append(returned)
      isReturned = true
    }
    if how == "lazy" { frames += start(status) + [innerStarted] }
    var held: [[UInt8]] = []
    var count = 0
    for (number, part) in parts.enumerated() {
      if count >= limit {
        frames.append(WSGIFrame("stopped", ["\(count)"]))
        close(policy.closesEarly)
        return frames
      }
      if how == "raise-late", number == min(1, parts.count - 1) {
        frames.append(WSGIFrame("inner-raised", [], [("type", "Late")]))
        frames += exception("iteration")
        close(policy.closesAfterError)
        return frames
      }
      if how == "replaced-late", number == 1 {
        frames += start("500 Late", hasError: true)
        if isSent {
          frames.append(WSGIFrame("refused", [], [("type", "inner.Late")]))
          if policy.raisesRefusal {
            frames.append(WSGIFrame("inner-refused", [], [("type", "inner.Late"), ("given", "yes")]))
            frames += exception("iteration")
            close(policy.closesAfterError)
            return frames
          }
        }
        frames.append(given(innerStarted))
      }
      if isClosable { frames.append(WSGIFrame("inner-item", [], [("bytes", "\(part.count)")])) }
      switch policy.passing {
      case .returned, .each:
        give(part)
        count += 1
      case .pairs:
        held.append(part)
        if held.count == 2 || number == parts.count - 1 {
          give(Array(held.joined()))
          held = []
          count += 1
        }
      case .gathered, .gatheredInCall: held.append(part)
      case .written: give(part, "write")
      }
    }
    if isClosable { frames.append(WSGIFrame("inner-ended")) }
    if !isReturned { frames.append(returned) }
    if !held.isEmpty { give(Array(held.joined())) }
    frames.append(WSGIFrame("ended"))
    close(policy.closesAtEnd)
    if !isSent { frames.append(WSGIFrame("sent")) }
    return frames
  }
}
