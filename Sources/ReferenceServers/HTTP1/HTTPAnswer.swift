// An answer of the reference HTTP server: what it says, how it is framed, its bytes.

internal import HTTP1Wire
internal import WireBytes

/// An answer before it is written.
struct HTTPAnswer: Sendable {
  /// How the end of the body is told.
  enum Framing: Hashable, Sendable {
    case length, chunked
    case untilClose
    /// Nothing is said of it.
    case unsaid
  }

  var version = "HTTP/1.1"
  var head: ProbeHead
  var body: [UInt8]
  var framing = Framing.length
  var trailers: [ProbeHead.Field] = []
  /// Whether the body's bytes are sent, or only told of.
  var sendsBody = true
  /// The connection ends behind it, which the head says.
  var closes = false
  /// The connection ends behind it, whatever the head says.
  var closesUnsaid = false
  /// The program that makes it ends before it is whole, perhaps before it has a head.
  var isCut = false
  var hasHead = true

  var code: Int { head.code ?? 200 }

  init(_ head: ProbeHead, _ body: [UInt8] = []) {
    self.head = head
    self.body = body
  }

  /// A page of plain text.
  init(_ code: Int, _ reason: String, _ text: String) {
    var head = ProbeHead(code: code, reason: reason)
    head.append("Content-Type", "text/plain")
    self.init(head, Array(text.utf8))
  }

  /// The answer that refuses a request.
  static func refusal(_ code: Int) -> HTTPAnswer {
    let reasons = [
      400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 411: "Length Required",
      412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long", 417: "Expectation Failed",
      421: "Misdirected Request", 431: "Request Header Fields Too Large", 501: "Not Implemented",
      505: "HTTP Version Not Supported",
    ]
    let reason = reasons[code, default: "Refused"]
    return HTTPAnswer(code, reason, "\(reason.lowercased())\n")
  }

  /// What an application's steps say.
  init(_ steps: [ProbeStep]) {
    self.init(ProbeHead(code: nil))
    hasHead = false
    for case .head(let given) in steps { (head, hasHead) = (given, true) }
    var script = ProbeScript(steps) { _ in [] }
    var piece: [UInt8] = []
    while true {
      piece.removeAll(keepingCapacity: true)
      switch script.next(limit: 65_536, into: &piece) {
      case .output: body += piece
      case .error, .pause: break
      case .crashed:
        isCut = true
        return
      case .ended: return
      }
    }
  }

  /// Whether a response of that status can have a body.
  var mayHaveBody: Bool { code >= 200 && code != 204 && code != 304 }

  // MARK: Fields

  func has(_ name: String) -> Bool { head.fields.contains { $0.name.lowercased() == name.lowercased() } }

  mutating func remove(_ name: String) { head.fields.removeAll { $0.name.lowercased() == name.lowercased() } }

  /// Gives the field that value, in its place or behind the others.
  mutating func set(_ name: String, _ value: String) {
    if let index = head.fields.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) {
      head.fields[index].value = Array(value.utf8)
    } else {
      head.append(name, value)
    }
  }

  // MARK: Bytes

  /// The bytes of the head.
  var headBytes: [UInt8] { head.cgiBytes(statusLine: "\(version) \(code) \(head.reason)") }

  /// The bytes of the body as it is framed.
  var bodyBytes: [UInt8] {
    guard mayHaveBody, sendsBody else { return [] }
    guard framing == .chunked else { return body }
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: body.count, by: 4_096) {
      let chunk = body[start...].prefix(4_096)
      bytes += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)
    }
    guard !isCut else { return bytes }
    bytes += Array("0\r\n".utf8)
    for trailer in trailers { bytes += Array("\(trailer.name): ".utf8) + trailer.value + Array("\r\n".utf8) }
    return bytes + Array("\r\n".utf8)
  }
}
