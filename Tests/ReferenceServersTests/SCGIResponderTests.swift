// The reference SCGI server in memory: the probe behind SCGI, one request for each connection.

import ReferenceServers
import SCGIWire
import Testing
import WireBytes

@Suite struct SCGIResponderTests {
  private static func request(_ query: String, body: String = "") -> [UInt8] {
    var bytes: [UInt8] = []
    let headers = [("REQUEST_METHOD", body.isEmpty ? "GET" : "POST"), ("QUERY_STRING", query)]
    SCGIEncoder.appendRequest(
      headers: headers.map { (Array($0.0.utf8), Array($0.1.utf8)) }, body: body.utf8, to: &bytes)
    return bytes
  }

  /// A connection to the ordinary one.
  private static func connect() -> any Responder {
    guard case .connections(let start) = SCGIStyle.all[0].service else { preconditionFailure("it is no server") }
    return start(ServerStart()).connect()
  }

  /// What comes of these bytes, given in pieces: all that is sent, and the actions that are no output.
  private static func answer(_ bytes: [UInt8], piece: Int = .max) -> (text: String, others: [ResponderAction]) {
    var responder = Self.connect()
    var (output, others, queue) = ([UInt8](), [ResponderAction](), [ResponderAction]())
    for start in stride(from: 0, to: bytes.count, by: min(piece, bytes.count)) {
      let piece = Array(bytes[start...].prefix(piece))
      unsafe queue += responder.receive(piece.span.bytes)
    }
    while !queue.isEmpty {
      let action = queue.removeFirst()
      if case .send(let bytes) = action { output += bytes } else { others.append(action) }
      if case .startTimer(_, let timer) = action { queue += responder.timerFired(timer) }
    }
    return (String(decoding: output, as: UTF8.self), others)
  }

  @Test("however it is cut, a request is answered by the probe, and the connection closed", arguments: [1, 7, 4_096])
  func probe(piece: Int) {
    let echo = Self.answer(Self.request("probe=echo"), piece: piece)
    #expect(echo.text.hasPrefix("Status: 200 OK\r\nContent-Type: text/plain\r\n\r\ngatespec-probe 1\ninterface scgi\n"))
    #expect(echo.text.contains("param SCGI 1\n"))
    #expect(echo.others == [.close])
    let body = Self.answer(Self.request("probe=reflect", body: "a body"), piece: piece)
    #expect(body.text.hasSuffix("\r\n\r\na body"))
  }

  @Test("pauses are waited for, and what is no answer over SCGI is said") func pauses() {
    let slept = Self.answer(Self.request("probe=sleep&ms=30"))
    #expect(slept.text.hasSuffix("slept 30\n"))
    #expect(slept.others == [.startTimer(milliseconds: 30, ResponderTimer(number: 1)), .close])
    #expect(Self.answer(Self.request("probe=stderr&bytes=3")).text.hasPrefix("Status: 501 "))
    #expect(Self.answer(Self.request("probe=pattern&bytes=700000")).text.utf8.count > 700_000)
  }

  @Test("what is no SCGI, or too much, closes the connection without a word")
  func malformed() {
    for text in ["GET / HTTP/1.1\r\n\r\n", "999999999:CONTENT_LENGTH", "12:abc"] {
      let (answer, others) = Self.answer(Array(text.utf8))
      #expect(answer.isEmpty)
      #expect(others == (text == "12:abc" ? [] : [.close]), "\(text)")
    }
    var cut = Self.connect()
    let request = Array(Self.request("probe=echo", body: "abc").dropLast())
    #expect(unsafe cut.receive(request.span.bytes).isEmpty)
    #expect(cut.receiveEnd() == [.close])
  }
}
