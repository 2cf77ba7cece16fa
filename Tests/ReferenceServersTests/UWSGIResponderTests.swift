// The reference uwsgi server in memory: the probe behind uwsgi, one request for each connection.

import ReferenceServers
import Testing
import WireBytes

@Suite struct UWSGIResponderTests {
  /// A packet with these variables.
  private static func packet(_ variables: [(String, String)], modifier: UInt8 = 0, body: String = "") -> [UInt8] {
    var block: [UInt8] = []
    for text in variables.flatMap({ [$0.0, $0.1] }) {
      block += [UInt8(text.utf8.count & 0xFF), UInt8(text.utf8.count >> 8)] + Array(text.utf8)
    }
    return [modifier, UInt8(block.count & 0xFF), UInt8(block.count >> 8), 0] + block + Array(body.utf8)
  }

  /// What the style of that name sends for these bytes, given in pieces, and whether it then closes.
  private static func answer(
    _ bytes: [UInt8], _ name: String = "uwsgi-standard", piece: Int = .max
  ) throws -> (output: [UInt8], isClosed: Bool) {
    let style = try #require(UWSGIStyle.all.first { $0.name == name })
    guard case .connections(let start) = style.service else { preconditionFailure("it accepts no connections") }
    var responder = start(ServerStart()).connect()
    var (output, queue, isClosed) = ([UInt8](), [ResponderAction](), false)
    for start in stride(from: 0, to: bytes.count, by: min(piece, bytes.count)) {
      let piece = Array(bytes[start...].prefix(piece))
      unsafe queue += responder.receive(piece.span.bytes)
    }
    while !queue.isEmpty {
      switch queue.removeFirst() {
      case .send(let bytes): output += bytes
      case .startTimer(_, let timer): queue += responder.timerFired(timer)
      case .close: isClosed = true
      case .reset: Issue.record("it resets the connection")
      }
    }
    return (output, isClosed)
  }

  @Test("however it is cut, a request is answered by the probe, and that is all", arguments: [1, 3, 7, 4_096])
  func probe(piece: Int) throws {
    let echo = try Self.answer(Self.packet([("REQUEST_METHOD", "GET"), ("QUERY_STRING", "probe=echo")]), piece: piece)
    let text = String(decoding: echo.output, as: UTF8.self)
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"))
    #expect(text.contains("interface uwsgi\nparam QUERY_STRING "))
    #expect(echo.isClosed)
    let variables = [("REQUEST_METHOD", "POST"), ("QUERY_STRING", "probe=reflect"), ("CONTENT_LENGTH", "6")]
    let reflected = try Self.answer(Self.packet(variables, body: "a body"), piece: piece)
    #expect(reflected.output.suffix(10).elementsEqual("\r\n\r\na body".utf8))
  }

  @Test("with modifier 30 the script's name is taken out of the path") func managedPath() throws {
    let variables = [("SCRIPT_NAME", "/app"), ("PATH_INFO", "/app/page"), ("QUERY_STRING", "probe=echo")]
    let answer = try Self.answer(Self.packet(variables, modifier: 30))
    #expect(String(decoding: answer.output, as: UTF8.self).contains("param PATH_INFO %2Fpage\n"))
  }

  @Test("a ping is answered by a pong, a packet to be echoed by itself") func pings() throws {
    #expect(try Self.answer([100, 0, 0, 0]).output == [100, 0, 0, 1])
    #expect(try Self.answer([101, 2, 0, 0, 7, 8]).output == [101, 2, 0, 0, 7, 8])
    #expect(try Self.answer([100, 0, 0, 0], "uwsgi-old").output.isEmpty)
  }

  @Test(
    "what is no request closes the connection without a word",
    arguments: [
      [250, 0, 0, 0], [0, 4, 0, 0, 1, 0, 65, 9], [0, 5, 0, 0, 0, 0, 1, 0, 65], [0, 3, 0, 0, 99, 0, 65],
      [0, 1, 0, 0, 5],
    ] as [[UInt8]])
  func malformed(bytes: [UInt8]) throws {
    let answer = try Self.answer(bytes)
    #expect(answer.output.isEmpty && answer.isClosed)
  }
}
