// HTTP/1 as a client speaks it: its requests and their bytes, what is owed, and how it shows that it is not what is spoken.

import Exchanges
import Expectations
import Fixtures
import Transports
import WireBytes

struct HTTP1Dialect: ClientDialect {
  let wireProtocol = WireProtocol.http1
  let name = "HTTP"
  let portName = "an HTTP port"
  let answered = Milestone.response(count: 1)
  let questionOfSilence: String? =
    "is it an HTTP server? A FastCGI server closes so, and one of https://"

  func plainRequest(query: [UInt8]?) -> Step.Verb { .httpRequest(HTTPRequest(query: query)) }

  func request(_ neutral: NeutralRequest, _ profile: TargetProfile) -> Step.Verb {
    let own = profile.query.isEmpty ? nil : bytes(profile.query)
    var request = HTTPRequest(
      method: neutral.method,
      target: neutral.pathInfo.isEmpty ? nil : bytes(profile.path) + neutral.pathInfo,
      query: neutral.query ?? own, fields: neutral.fields, body: neutral.body ?? .bytes([]))
    // An empty body is said to be one.
    if neutral.body?.count == 0 {
      request.fields.append(Pair(name: .bytes(bytes("Content-Length")), value: .bytes([0x30])))
    }
    return .httpRequest(request)
  }

  func makeDebts() -> any ConnectionDebts { HTTP1Debts() }
  func unfinishedRequest(_ number: UInt16) -> Step.Verb? { .wire(bytes("GET / HTTP/1.1\r\n")) }
  func explorer(_ profile: TargetProfile, seed: UInt64) -> (any RequestExplorer)? {
    HTTP1Explorer(profile, seed: seed)
  }
  func remark(on exchange: Exchange, _ profile: TargetProfile) -> String? {
    guard let status = exchange.response.status else { return nil }
    let path = WireText.escape(bytes(profile.path), limit: 80)
    switch status {
    case 301, 302, 303, 307, 308:
      let location = exchange.response.fields.firstField("location").map { WireText.escape(Array($0), limit: 120) }
      return
        "\(path) redirects to \(location ?? "nowhere") (\(status)): what answers there is not asked; check that address"
    case 401:
      return """
        \(path) asks for a login (401): give it in the address, as http://USER:PASSWORD@HOST/, or by \
        --header 'Authorization: …'
        """
    case 404: return "nothing is at \(path) (404): name a path that is there with --path"
    case 429, 503:
      return
        "the target does not answer so often (\(status)): --jobs 1 asks for one thing at a time, or raise its limit"
    default: return nil
    }
  }

  func isBegun(by answer: [UInt8]) -> Bool { answer.starts(with: bytes("HTTP/")) }

  /// Whether the answer is no text, or greets as servers do that speak first: SSH, mail, FTP, Redis.
  ///
  /// Other text may be a status line gone wrong, which is for the cases to judge.
  func isForeign(_ connection: PlayedConnection) -> Bool {
    let first = connection.firstBytes
    return first.contains { $0 < 0x20 && ![ASCII.tab, ASCII.lf, ASCII.cr].contains($0) }
      || Self.greetings.contains { first.starts(with: bytes($0)) }
  }

  private static let greetings = ["SSH-", "220 ", "220-", "+OK", "-ERR", "* OK"]

  // MARK: Bytes

  func encoded(_ verb: Step.Verb, for profile: TargetProfile) -> [UInt8]? {
    guard case .httpRequest(let request) = verb else { return nil }
    let crlf = bytes("\r\n")
    var target = request.target ?? bytes(profile.path)
    if let query = request.query { target += [0x3F] + query }
    var output = request.method + [0x20] + target + [0x20] + request.version + crlf
    let names = Set(request.fields.map { String(decoding: $0.name.bytes, as: UTF8.self).lowercased() })
    func append(_ name: String, _ value: String) { output += bytes("\(name): \(value)\r\n") }
    let own = Set(profile.fields.map { $0.name.lowercased() })
    if request.base, !names.union(own).contains("host") { append("Host", profile.target.address.host) }
    for field in profile.fields where request.base && !names.contains(field.name.lowercased()) {
      append(field.name, field.value)
    }
    for field in request.fields { output += field.name.bytes + bytes(": ") + field.value.bytes + crlf }
    let body = request.body.bytes
    if let size = request.chunkByteCount {
      if request.base { append("Transfer-Encoding", "chunked") }
      return output + crlf + chunked(body, size)
    }
    if request.base, !body.isEmpty, !names.contains("content-length") { append("Content-Length", "\(body.count)") }
    return output + crlf + body
  }

  private func chunked(_ body: [UInt8], _ size: Int) -> [UInt8] {
    var output: [UInt8] = []
    var rest = body[...]
    while !rest.isEmpty {
      let chunk = rest.prefix(max(size, 1))
      output += bytes(String(chunk.count, radix: 16) + "\r\n") + chunk + bytes("\r\n")
      rest = rest.dropFirst(chunk.count)
    }
    return output + bytes("0\r\n\r\n")
  }
}

/// What is owed on one HTTP/1 connection: a whole response to each request, beside what raw bytes brought before it.
struct HTTP1Debts: ConnectionDebts {
  /// How many whole responses there will have been when nothing is owed any more.
  private var due = 0
  private var responses = 0

  mutating func noteSent(_ verb: Step.Verb, at now: Timestamp) {
    if case .httpRequest = verb { due = max(due, responses) + 1 }
  }

  mutating func noteResponse() { responses += 1 }

  var isOwed: Bool { responses < due }
}
