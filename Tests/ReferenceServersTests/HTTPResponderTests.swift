// The reference HTTP server in memory: what it answers to requests, however their bytes are cut.

import ReferenceServers
import Testing
import WireBytes

@Suite struct HTTPResponderTests {
  /// What comes of these bytes, given in pieces: all that is sent, and whether the connection is closed.
  private static func answer(_ text: String, piece: Int = .max) -> (text: String, isClosed: Bool) {
    var responder = HTTPResponder()
    var (output, isClosed) = ([UInt8](), false)
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: min(piece, bytes.count)) {
      let piece = Array(bytes[start...].prefix(piece))
      for action in unsafe responder.receive(piece.span.bytes) {
        if case .send(let bytes) = action { output += bytes }
        if action == .close { isClosed = true }
      }
    }
    return (String(decoding: output, as: UTF8.self), isClosed)
  }

  /// The statuses in their order; a body may stand right before a status line.
  private static func statuses(_ text: String) -> [String] {
    text.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: true).map { String($0.prefix(3)) }
      .filter { Int($0) != nil }
  }

  private static let conversation =
    "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
    + "POST /?probe=reflect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    + "3;a=\"b;c\"\r\nbod\r\n1\r\ny\r\n0\r\nX-Trailer: c\r\n\r\n"
    + "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nBREW / HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    + "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test(
    "however they are cut, requests are answered in order until one asks for the close", arguments: [1, 2, 7, 4_096])
  func cut(piece: Int) {
    let answer = Self.answer(Self.conversation, piece: piece)
    #expect(Self.statuses(answer.text) == ["200", "200", "200", "501", "404"])
    #expect(answer.text.contains("\r\n\r\nbodyHTTP/1.1 200"))
    #expect(answer.isClosed)
    #expect(answer.text == Self.answer(Self.conversation).text)
  }

  @Test(
    "what two readers might read in two ways is refused, and the connection closed",
    arguments: [
      ("GET / HTTP/1.1\r\n\r\n", "400"), ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400"),
      ("GET / HTTP/1.1\nHost: a\n\n", "400"), ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
      ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"), ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", "400"),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", "501"),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", "400"),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", "400"),
    ])
  func refused(request: String, status: String) {
    let answer = Self.answer(request + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(Self.statuses(answer.text) == [status])
    #expect(answer.isClosed)
  }

  @Test(
    "conditions and ranges are heeded",
    arguments: [
      ("If-None-Match: *", "304"), ("If-Match: \"other\"", "412"), ("If-None-Match: \"other\"", "200"),
      ("If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT", "200"),
      ("If-Modified-Since: Fri, 01 Jan 2038 00:00:00 GMT", "304"), ("If-Modified-Since: soon", "200"),
      ("If-Unmodified-Since: Sun Nov  6 08:49:37 1994", "412"), ("Range: bytes=0-0", "206"), ("Range: bytes=-1", "206"),
      ("Range: bytes=99999-", "416"), ("Range: lines=0-1", "200"), ("Range: bytes=0-0\r\nIf-Range: \"other\"", "200"),
    ])
  func conditional(field: String, status: String) {
    let answer = Self.answer("GET / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n")
    #expect(Self.statuses(answer.text) == [status])
  }

  @Test func asksForABodyThatIsHeldBack() {
    let head = "POST /?probe=reflect HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    #expect(Self.statuses(Self.answer(head).text) == ["100"])
    #expect(Self.statuses(Self.answer(head + "body").text) == ["200"])
    #expect(Self.statuses(Self.answer(head + "body", piece: head.utf8.count).text) == ["100", "200"])
  }

  @Test func everyFaultAndEveryStyleHasANameOfItsOwn() {
    let names = HTTPFault.all.map(\.name) + HTTPStyle.all.map(\.name)
    #expect(Set(names).count == names.count)
  }
}
