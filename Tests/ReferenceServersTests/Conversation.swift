// A responder driven in memory: bytes in, records out, timers fired in the order of their simulated time.

import FastCGIWire
import ReferenceServers
import WireBytes

/// One step of a client.
enum ClientStep: Hashable, Sendable {
  case send([UInt8])
  /// Lets output flow until the responder only waits for time.
  case flush
  /// Lets all timers fire.
  case settle
  /// Ends the client's side.
  case end
}

/// A record as it came.
struct Record: Hashable, Sendable, CustomStringConvertible {
  var header: FastCGIRecordHeader
  var content: [UInt8] = []

  var type: FastCGIRecordType { header.type }
  var id: UInt16 { header.requestID }
  var description: String { "\(type.name) \(id) \"\(WireText.escape(content, limit: 300))\"" }
}

/// The records in `bytes`; nil when they are not all records.
func records(_ bytes: [UInt8]) -> [Record]? {
  var decoder = FastCGIRecordDecoder()
  var records: [Record] = []
  var isSound = true
  unsafe decoder.receive(bytes.span.bytes) { event, span in
    switch event {
    case .began(let header, _): records.append(Record(header: header))
    case .content: records[records.count - 1].content += span.copied()
    case .anomaly(let anomaly): if anomaly.kind == .lostSynchronisation { isSound = false }
    case .ended: break
    case .missing, .resynchronised: isSound = false
    }
  }
  return isSound && decoder.isAtBoundary ? records : nil
}

/// A conversation with a responder, in simulated time.
struct Conversation {
  private(set) var responder: FastCGIResponder
  private(set) var output: [UInt8] = []
  /// How the responder closed; nil while it has not.
  private(set) var closing: ResponderAction?
  private(set) var now: UInt64 = 0
  private var timers: [(due: UInt64, timer: ResponderTimer)] = []
  /// What happened besides the bytes, for comparing: timers, closes, and how far the output was when.
  private(set) var transcript: [String] = []
  /// What passed in both directions, with its time in milliseconds; no bytes where the client ended its side.
  private(set) var pieces: [(direction: Direction, bytes: [UInt8], time: UInt64)] = []

  init(_ responder: FastCGIResponder) { self.responder = responder }

  /// A whole conversation.
  init(_ responder: FastCGIResponder, _ steps: [ClientStep], piece: Int = .max) {
    self.init(responder)
    for step in steps { perform(step, piece: piece) }
  }

  mutating func perform(_ step: ClientStep, piece: Int = .max) {
    switch step {
    case .send(let bytes): send(bytes, piece: piece)
    case .flush: fireTimers(before: now + 1)
    case .settle: fireTimers(before: .max)
    case .end:
      pieces.append((.request, [], now))
      take(responder.receiveEnd())
    }
  }

  mutating func send(_ bytes: [UInt8], piece: Int = .max) {
    var start = 0
    while start < bytes.count {
      let end = start + min(piece, bytes.count - start)
      pieces.append((.request, Array(bytes[start..<end]), now))
      take(unsafe responder.receive(bytes[start..<end].span.bytes))
      start = end
    }
  }

  private mutating func fireTimers(before limit: UInt64) {
    while let next = nextTimer(before: limit) { fire(next) }
    transcript.append("\(output.count) bytes by \(now) ms")
  }

  private func nextTimer(before limit: UInt64) -> Int? {
    timers.indices.min { timers[$0].due < timers[$1].due }.flatMap { timers[$0].due < limit ? $0 : nil }
  }

  private mutating func fire(_ index: Int) {
    let (due, timer) = timers.remove(at: index)
    now = max(now, due)
    take(responder.timerFired(timer))
  }

  private mutating func take(_ actions: [ResponderAction]) {
    for action in actions {
      precondition(closing == nil, "a responder does nothing after it closed")
      switch action {
      case .send(let bytes):
        output += bytes
        pieces.append((.response, bytes, now))
      case .startTimer(let milliseconds, let timer):
        timers.append((now + milliseconds, timer))
        transcript.append("timer \(timer.number) +\(milliseconds)")
      case .close, .reset:
        closing = action
        timers = []
        transcript.append("\(action) after \(output.count)")
      }
    }
  }

  /// What came out, as records; none when it is not all records.
  var records: [Record] { ReferenceServersTests.records(output) ?? [] }

  /// The joined content of one stream of one request.
  func stream(_ type: FastCGIRecordType, _ id: UInt16) -> [UInt8] {
    records.filter { $0.type == type && $0.id == id }.flatMap(\.content)
  }

  func text(_ type: FastCGIRecordType, _ id: UInt16) -> String { String(decoding: stream(type, id), as: UTF8.self) }

  /// The ends of one request.
  func ends(_ id: UInt16) -> [FastCGIEndRequestBody] {
    records.filter { $0.type == .endRequest && $0.id == id }.compactMap {
      unsafe FastCGIEndRequestBody($0.content.span.bytes)
    }
  }
}

/// A conversation of one burst from the client, and then time for everything.
func talk(_ options: ResponderOptions = ResponderOptions(), _ write: (inout Client) -> Void) -> Conversation {
  Conversation(FastCGIResponder(options), [.send(Client.make { write(&$0) }), .settle])
}

/// Writes what a web server sends.
struct Client {
  var encoder = FastCGIEncoder()
  var bytes: [UInt8] = []

  static func make(_ encoder: FastCGIEncoder = FastCGIEncoder(), _ write: (inout Client) -> Void) -> [UInt8] {
    var client = Client(encoder: encoder)
    write(&client)
    return client.bytes
  }

  mutating func begin(_ id: UInt16 = 1, role: FastCGIRole = .responder, flags: UInt8 = 0) {
    encoder.appendBeginRequest(id, role: role, flags: flags, to: &bytes)
  }

  mutating func record(_ type: FastCGIRecordType, _ id: UInt16, _ content: [UInt8] = []) {
    encoder.appendRecord(type, requestID: id, content: content, to: &bytes)
  }

  mutating func params(
    _ id: UInt16 = 1, query: String, _ more: [(String, [UInt8])] = [], framing: FastCGIStreamFraming = .largest,
    isEnded: Bool = true
  ) {
    var content: [UInt8] = []
    FastCGINameValueEncoder.append(name: "QUERY_STRING", value: query, to: &content)
    for (name, value) in more { FastCGINameValueEncoder.append(name: name.utf8, value: value, to: &content) }
    encoder.appendStream(.params, requestID: id, content: content, framing: framing, isEnded: isEnded, to: &bytes)
  }

  mutating func stream(
    _ type: FastCGIRecordType, _ id: UInt16 = 1, _ content: [UInt8] = [], framing: FastCGIStreamFraming = .largest
  ) {
    encoder.appendStream(type, requestID: id, content: content, framing: framing, to: &bytes)
  }

  /// A whole request to a responder; its body's length is declared.
  mutating func request(
    _ id: UInt16 = 1, query: String, keeps: Bool = true, _ more: [(String, [UInt8])] = [], body: [UInt8] = [],
    framing: FastCGIStreamFraming = .largest
  ) {
    begin(id, flags: keeps ? 1 : 0)
    let length = body.isEmpty ? [] : [("CONTENT_LENGTH", Array("\(body.count)".utf8))]
    params(id, query: query, length + more, framing: framing)
    stream(.stdin, id, body, framing: framing)
  }
}
