// The reference for WSGI: what the bridge would tell of an application, or of a middleware, without Python.
//
// Pure: the lines of a call in, the lines that tell of it out. How an application is wrong is its policy's matter.

import WSGIWire
import WireBytes

/// What a reference for WSGI asks itself where a fault, or a style, may want another answer.
struct WSGIPolicy: Sendable {
  /// How the application gives its body.
  enum Form: Sendable { case list, generator, object, write, parts }

  /// A middleware round the known application, not an application.
  var isMiddleware = false
  var form = Form.list
  /// Content-Length is there.
  var saysLength = false
  /// What a middleware does to what goes through it.
  var middleware = WSGIMiddlewarePolicy()
  /// Changes what the application receives, and its answer.
  var receives: @Sendable (inout [ProbeVariable]) -> Void = { _ in }
  var answers: @Sendable ([ProbeVariable], inout [ProbeStep]) -> Void = { _, _ in }
  /// Whether a call never comes to its end.
  var hangs: @Sendable (WSGIAsked) -> Bool = { _ in false }
  /// Changes what is told of the call.
  var tells: @Sendable (WSGIAsked, inout [WSGIFrame]) -> Void = { _, _ in }
}

/// A connection to the reference.
struct WSGIResponder: Responder {
  private let policy: WSGIPolicy
  private var decoder = WSGIDecoder()
  private var asked = WSGIAsked()
  private var isInBody = false
  private var isOver = false

  init(_ policy: WSGIPolicy) { self.policy = policy }

  mutating func receive(_ bytes: RawSpan) -> [ResponderAction] {
    guard !isOver else { return [] }
    var statements: [WSGIStatement] = []
    var body: [UInt8] = []
    decoder.receive(bytes) { event, piece in
      switch event {
      case .line: statements.append(WSGIStatement(piece))
      case .content: body.append(contentsOf: piece)
      case .contentEnd, .undecoded, .anomaly: break
      }
    }
    asked.body += body
    for statement in statements {
      switch statement.kind {
      case "variable":
        asked.variables.append(ProbeVariable(name: statement.word(0), value: statement.word(1)))
      case "offer":
        let (name, value) = (statement.word(0), statement.word(1))
        asked.offers[String(decoding: name, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
      case "call":
        isOver = true
        guard !policy.hangs(asked) else { return [.send(WSGIFrame.bytes([WSGIFrame("called")]))] }
        return [.send(WSGIFrame.bytes(answer())), .close]
      default: break
      }
    }
    return []
  }

  mutating func receiveEnd() -> [ResponderAction] {
    isOver = true
    return [.close]
  }

  mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction] { [] }

  private func answer() -> [WSGIFrame] {
    var frames =
      policy.isMiddleware
      ? WSGIMiddlewareReference(asked, policy.middleware).frames : WSGIApplicationReference(asked, policy).frames
    policy.tells(asked, &frames)
    return frames
  }
}

/// One call of the reference application: the probe.
struct WSGIApplicationReference {
  private let asked: WSGIAsked
  private let policy: WSGIPolicy

  init(_ asked: WSGIAsked, _ policy: WSGIPolicy) {
    self.asked = asked
    self.policy = policy
  }

  private static let place = ("at", "app.py:12")

  /// What is told of it.
  var frames: [WSGIFrame] {
    var frames: [WSGIFrame] = []
    if let count = asked.number("beside") {
      frames.append(WSGIFrame("beside", [], [("calls", "\(count)"), ("different", "0")]))
    }
    frames.append(WSGIFrame("called", [], [("type", "function")]))
    var variables = asked.variables
    policy.receives(&variables)
    var request = ProbeRequest(interface: .wsgi, metaVariables: variables)
    let usesBody = ProbeApplication().bodyUse(of: request.query) != .none
    if usesBody, let trouble = read(&frames) {
      return frames + [trouble, WSGIFrame("done")]
    }
    request.declaredLength = nil
    request.body = asked.read
    request.bodyByteCount = UInt64(asked.read.count)
    var steps = ProbeApplication().answer(request)
    policy.answers(variables, &steps)
    return frames + respond(steps)
  }

  /// Tells of the body's reads; gives what is raised where it cannot be read.
  private func read(_ frames: inout [WSGIFrame]) -> WSGIFrame? {
    guard let declared = asked.declared, declared > 0 else { return nil }
    var left = asked.read.count
    let most = asked.number("short-reads") ?? 65_536
    while left > 0, frames.count < 64 {
      let got = min(left, max(most, 1))
      frames.append(
        WSGIFrame("read", [], [("how", "read"), ("asked", "\(left)"), ("got", "\(got)"), Self.place]))
      left -= got
    }
    guard asked.offers["input-fails"] != nil else { return nil }
    return WSGIFrame(
      "raised", [], [("within", "call"), ("type", "OSError"), Self.place, ("message", "the client has left")])
  }

  private func respond(_ steps: [ProbeStep]) -> [WSGIFrame] {
    var head = ProbeHead(code: 200)
    var parts: [[UInt8]] = []
    var errors: [UInt8] = []
    var dies = false
    for step in steps {
      switch step {
      case .head(let given): head = given
      case .output(let content): content.append(from: 0, count: Int(content.byteCount), to: &parts)
      case .error(let content): content.append(from: 0, count: Int(content.byteCount), to: &errors)
      case .parts(let first, let last, _) where last >= first && last - first < 10_000:
        for part in first...last { parts.append(Array("part \(part)\n".utf8)) }
      case .crash: dies = true
      case .parts, .pause, .end: break
      }
    }
    if policy.form == .parts {
      parts = parts.flatMap { [[], Array($0.prefix($0.count / 2)), Array($0.dropFirst($0.count / 2))] }
    }
    if policy.saysLength, head.code.map({ $0 >= 200 && $0 != 204 && $0 != 304 }) ?? false, !asked.isHead,
      !head.fields.contains(where: { $0.name == "Content-Length" })
    {
      head.append("Content-Length", "\(parts.reduce(0) { $0 + $1.count })")
    }
    var frames: [WSGIFrame] = []
    if !errors.isEmpty {
      frames.append(WSGIFrame("errors", [], [("how", "write"), ("type", "str"), Self.place], payload: errors))
    }
    if dies, parts.isEmpty { return [] }
    if steps.isEmpty {
      // A function that comes to its end without an answer.
      return frames + [
        WSGIFrame("returned", [], [("type", "NoneType"), ("iterable", "no"), Self.place]), WSGIFrame("done"),
      ]
    }
    let start = self.start(head)
    let returned = WSGIFrame(
      "returned", [], [("type", type)] + (policy.form == .list ? [("length", "\(parts.count)")] : []) + [Self.place])
    var writes: [WSGIFrame] = []
    if policy.form == .write {
      writes = parts.enumerated().map {
        WSGIFrame("write", [], [("type", "bytes"), ("within", "call"), Self.place], payload: $1)
      }
      if !writes.isEmpty { writes.insert(WSGIFrame("sent"), at: 0) }
      parts = []
    }
    frames += policy.form == .generator ? [returned] + start : start + writes + [returned]
    frames += items(parts, isSent: !writes.isEmpty)
    if dies { return frames.filter { !["ended", "done", "closed"].contains($0.kind) } }
    return frames
  }

  /// The iterable's items as far as the server takes them, and the end.
  private func items(_ parts: [[UInt8]], isSent: Bool) -> [WSGIFrame] {
    var frames: [WSGIFrame] = []
    var isSent = isSent
    let limit = asked.number("stop-after") ?? .max
    for part in parts.prefix(limit) {
      if !part.isEmpty, !isSent {
        frames.append(WSGIFrame("sent"))
        isSent = true
      }
      frames.append(WSGIFrame("item", [], [("type", "bytes"), Self.place], payload: part))
    }
    frames.append(parts.count < limit ? WSGIFrame("ended") : WSGIFrame("stopped", ["\(limit)"]))
    if policy.form == .generator || policy.form == .object || policy.form == .parts {
      frames += [WSGIFrame](repeating: WSGIFrame("closed"), count: asked.has("close-twice") ? 2 : 1)
    }
    if !isSent { frames.append(WSGIFrame("sent")) }
    return frames + [WSGIFrame("done")]
  }

  private var type: String {
    switch policy.form {
    case .list, .write: "list"
    case .generator: "generator"
    case .object, .parts: "app.Parts"
    }
  }

  private func start(_ head: ProbeHead) -> [WSGIFrame] {
    let within = policy.form == .generator ? "iteration" : "call"
    var frames = [
      WSGIFrame(
        "started", [],
        [
          ("arguments", "2"), ("within", within), ("status-type", "str"), ("headers-type", "list"), Self.place,
        ]),
      WSGIFrame("status", ["\(head.code ?? 200) \(head.reason)"]),
    ]
    for field in head.fields {
      var frame = WSGIFrame("field", [field.name])
      // Native strings: each byte is a character of ISO-8859-1.
      let value = String(String.UnicodeScalarView(field.value.map { Unicode.Scalar($0) }))
      frame.set(word: 1, value)
      frames.append(frame)
    }
    return frames
  }
}

extension ProbeContent {
  /// Appends the whole content as one part.
  fileprivate func append(from offset: UInt64, count: Int, to parts: inout [[UInt8]]) {
    var bytes: [UInt8] = []
    append(from: offset, count: count, to: &bytes)
    parts.append(bytes)
  }
}
