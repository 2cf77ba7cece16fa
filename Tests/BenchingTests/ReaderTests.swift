// Where answers end, for every interface, however their bytes are cut.

import Benching
import Exchanges
import FastCGIWire
import Testing
import WireBytes

/// Answers as a server sends them, and what a reader must say of them.
private enum Sample {
  static let body = Array("hello, world\n".utf8)
  static let cgi = Array("Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n".utf8) + body
  static let expectation = AnswerExpectation(status: 200, body: body, comparison: .content)

  /// A FastCGI answer: output in two records, one of the error stream between them, and END_REQUEST.
  static func fastCGI(id: UInt16 = 1, _ content: [UInt8] = cgi, status: FastCGIProtocolStatus = .requestComplete)
    -> [UInt8]
  {
    let encoder = FastCGIEncoder(padding: .aligned(to: 8))
    var output: [UInt8] = []
    encoder.appendRecord(.stdout, requestID: id, content: Array(content.prefix(20)), to: &output)
    encoder.appendRecord(.stderr, requestID: id, content: Array("a warning".utf8), to: &output)
    encoder.appendRecord(.stdout, requestID: id, content: Array(content.dropFirst(20)), to: &output)
    encoder.appendRecord(.stdout, requestID: id, to: &output)
    encoder.appendEndRequest(id, FastCGIEndRequestBody(appStatus: 0, protocolStatus: status), to: &output)
    return output
  }

  static func http(_ fields: String, _ body: [UInt8]) -> [UInt8] {
    Array("HTTP/1.1 200 OK\r\n\(fields)\r\n".utf8) + body
  }
  static let length = http("Content-Length: 13\r\n", body)
  static let chunked = http(
    "Transfer-Encoding: chunked\r\n", Array("5;x=1\r\nhello\r\n8\r\n, world\n\r\n0\r\nTrailer: a\r\n\r\n".utf8))
  static let interim = Array("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n".utf8) + length
  /// What the bridge tells of a call whose page comes in two items.
  static let wsgi = Array(
    """
    called type=function
    started arguments=2 status_type=str
    status 200%20OK
    field Content-Type text/plain
    returned type=list length=2
    sent
    item type=bytes +5
    hello
    item type=bytes +8
    , world\n
    ended
    done

    """.utf8)
  static let toClose = http("Connection: close\r\n", body)
}

/// What a reader says of bytes that come in pieces.
private func events(
  _ reader: any AnswerReader, _ bytes: [UInt8], pieces: Int, closes: Bool = false, slots: Int = 1
) -> [AnswerEvent] {
  var reader = reader
  var events: [AnswerEvent] = []
  reader.open()
  for slot in 0..<slots { reader.expectAnswer(slot: slot) }
  var rest = bytes[...]
  while !rest.isEmpty {
    let piece = Array(rest.prefix(pieces))
    rest = rest.dropFirst(pieces)
    unsafe reader.receive(piece.span.bytes, &events)
  }
  if closes { reader.close(&events) }
  return events
}

/// The events that are not merely more content.
private func essence(_ events: [AnswerEvent]) -> [AnswerEvent] { events.filter { $0.kind != .content } }

@Suite struct ReaderTests {
  private static let whole = [
    AnswerEvent(.fields), AnswerEvent(.end(status: 200, nil)),
  ]

  @Test("an answer ends in the same place however it is cut", arguments: [1, 2, 3, 7, 8, 9, 64, 10_000])
  func cuts(_ pieces: Int) {
    let expectation = Sample.expectation
    #expect(essence(events(FastCGIAnswerReader(slots: 1, expectation), Sample.fastCGI(), pieces: pieces)) == Self.whole)
    for answer in [Sample.length, Sample.chunked] {
      #expect(essence(events(HTTP1AnswerReader(expectation), answer, pieces: pieces)) == Self.whole)
    }
    #expect(essence(events(HTTP1AnswerReader(expectation), Sample.interim, pieces: pieces)) == Self.whole)
    #expect(
      essence(events(HTTP1AnswerReader(expectation), Sample.toClose, pieces: pieces, closes: true))
        == [AnswerEvent(.fields), AnswerEvent(.closing), AnswerEvent(.end(status: 200, nil))])
    #expect(essence(events(ClosedAnswerReader(expectation), Sample.cgi, pieces: pieces, closes: true)) == Self.whole)
    #expect(essence(events(WSGIAnswerReader(expectation), Sample.wsgi, pieces: pieces, closes: true)) == Self.whole)
  }

  @Test func answersFollowOneAnotherOnAConnection() {
    for (reader, answer) in [
      (FastCGIAnswerReader(slots: 1, Sample.expectation) as any AnswerReader, Sample.fastCGI()),
      (HTTP1AnswerReader(Sample.expectation), Sample.chunked), (HTTP1AnswerReader(Sample.expectation), Sample.length),
    ] {
      var reader = reader
      reader.open()
      for _ in 0..<3 {
        var events: [AnswerEvent] = []
        reader.expectAnswer(slot: 0)
        unsafe reader.receive(answer.span.bytes, &events)
        #expect(essence(events) == Self.whole)
      }
    }
  }

  @Test func aCallThatFailsIsAnErrorAndOneThatIsCutIsNoAnswer() {
    func end(_ lines: String) -> AnswerEvent? {
      events(WSGIAnswerReader(Sample.expectation), Array(lines.utf8), pieces: 3, closes: true).last
    }
    #expect(end("status 200%20OK\nraised within=iteration\ndone\n") == AnswerEvent(.end(status: 500, .status)))
    #expect(end("called\ndone\n") == AnswerEvent(.end(status: 0, .broken)))
    #expect(end("status 200%20OK\nsent\nitem +20\nhello") == AnswerEvent(.end(status: 200, .closed)))
    #expect(end("failed no%20module\n") == AnswerEvent(.end(status: 0, .closed)))
  }

  @Test func answersOfOneConnectionAreToldApart() {
    let first = Sample.fastCGI(id: 1)
    let second = Sample.fastCGI(id: 2)
    // Record by record, in turns.
    let cut = 8 + 20 + 4
    let mixed = first.prefix(cut) + second.prefix(cut) + second.dropFirst(cut) + first.dropFirst(cut)
    let seen = essence(events(FastCGIAnswerReader(slots: 2, Sample.expectation), Array(mixed), pieces: 11, slots: 2))
    #expect(seen.map(\.slot) == [1, 1, 0, 0])
    #expect(seen.filter { $0.kind == .end(status: 200, nil) }.count == 2)
  }

  @Test func whatIsNotTheAnswerIsAFailure() {
    let other = AnswerExpectation(status: 200, body: Array("hello, World\n".utf8), comparison: .content)
    let longer = AnswerExpectation(status: 200, body: Sample.body + [10], comparison: .length)
    let found = AnswerExpectation(status: 302, body: Sample.body, comparison: .none)
    for (expectation, failure) in [(other, FailureKind.otherAnswer), (longer, .otherAnswer), (found, .status)] {
      for (reader, answer) in [
        (HTTP1AnswerReader(expectation) as any AnswerReader, Sample.length),
        (FastCGIAnswerReader(slots: 1, expectation), Sample.fastCGI()),
        (ClosedAnswerReader(expectation), Sample.cgi), (WSGIAnswerReader(expectation), Sample.wsgi),
      ] {
        #expect(events(reader, answer, pieces: 5, closes: true).last == AnswerEvent(.end(status: 200, failure)))
      }
    }
    let same = AnswerExpectation(status: 200, body: Array("HELLO, world\n".utf8), comparison: .length)
    #expect(events(HTTP1AnswerReader(same), Sample.length, pieces: 5).last == AnswerEvent(.end(status: 200, nil)))
  }

  @Test func whatIsNoAnswerAtAllIsBroken() {
    let expectation = Sample.expectation
    // A record of a request that nobody began, a version that there is not, more than was asked for.
    #expect(events(FastCGIAnswerReader(slots: 1, expectation), Sample.fastCGI(id: 2), pieces: 99).last?.kind == .broken)
    let foreign = Array("HTTP/1.1 400 Bad".utf8)
    #expect(events(FastCGIAnswerReader(slots: 1, expectation), foreign, pieces: 99).last?.kind == .broken)
    #expect(events(HTTP1AnswerReader(expectation), Sample.length + [0x41], pieces: 99).last?.kind == .broken)
    let badChunk = Sample.http("Transfer-Encoding: chunked\r\n", Array("x\r\n".utf8))
    #expect(events(HTTP1AnswerReader(expectation), badChunk, pieces: 99).last?.kind == .broken)
    #expect(
      events(ClosedAnswerReader(expectation), Array("Content-Ty".utf8), pieces: 99, closes: true).last?.kind
        == .end(status: 200, .broken))
    #expect(
      events(FastCGIAnswerReader(slots: 1, expectation), Sample.fastCGI(status: .overloaded), pieces: 99).last?.kind
        == .end(status: 200, .rejected))
  }

  @Test func aBodyIsKeptWhereNothingIsKnownOfIt() {
    var reader = HTTP1AnswerReader(nil)
    var events: [AnswerEvent] = []
    reader.open()
    reader.expectAnswer(slot: 0)
    unsafe reader.receive(Sample.chunked.span.bytes, &events)
    #expect(reader.keptBody(slot: 0) == Sample.body)
  }

  @Test func noBytesMakeAReaderTrap() {
    var random = SeededGenerator(seed: 18)
    let whole = [Sample.fastCGI(), Sample.chunked, Sample.length, Sample.interim, Sample.cgi]
    for round in 0..<2000 {
      var bytes = whole[round % whole.count]
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
      }
      let pieces = Int.random(in: 1...80, using: &random)
      for reader in [
        FastCGIAnswerReader(slots: 2, Sample.expectation) as any AnswerReader, HTTP1AnswerReader(nil),
        HTTP1AnswerReader(Sample.expectation), ClosedAnswerReader(nil),
      ] {
        // What comes of it is nobody's matter, as long as it is not more than came.
        let seen = events(reader, bytes + bytes, pieces: pieces, closes: true)
        #expect(seen.count <= 8 * bytes.count)
      }
    }
  }
}
