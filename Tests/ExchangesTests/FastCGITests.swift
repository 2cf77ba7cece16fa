// The FastCGI conversation: several requests at once, aborts, late records, losses, ends.

import ConversationTesting
import Exchanges
import FastCGIWire
import Testing
import WireBytes

@Suite struct FastCGITests {
  typealias Steps = FastCGISteps
  static let request: [UInt8] = Steps.begin() + Steps.stream(.stdin, 1, "")
  static let kept: [UInt8] = Steps.begin(keep: true) + Steps.stream(.stdin, 1, "")

  static let cases: [ConversationCase] = [
    ConversationCase(
      name: "one request", script: Script([.client(request), .server(Steps.page()), .serverEnd, .clientEnd]),
      lines: ["1 GET /a.php 200 0/5 complete"]),
    ConversationCase(
      name: "two at once",
      script: Script([
        .client(kept + Steps.begin(2, keep: true, [("REQUEST_METHOD", "PUT"), ("SCRIPT_NAME", "/b")])),
        .server(Steps.stream(.stdout, 1, "Status: 201 Made\r\n\r\none", ended: false)),
        .server(Steps.stream(.stdout, 2, "Status: 404 No\r\n\r\n", ended: false)),
        .client(Steps.stream(.stdin, 2, "data")), .server(Steps.stream(.stdout, 1, "more") + Steps.end(1)),
        .server(Steps.stream(.stdout, 2, "two") + Steps.end(2)), .clientEnd,
      ]), lines: ["1 GET /a.php 201 0/7 complete", "2 PUT /b 404 4/3 complete"]),
    ConversationCase(
      name: "an ID used again",
      script: Script([.client(kept), .server(Steps.page()), .client(kept), .server(Steps.page()), .clientEnd]),
      lines: ["1 GET /a.php 200 0/5 complete", "2 GET /a.php 200 0/5 complete"]),
    ConversationCase(
      name: "abort", script: Script([.client(Steps.begin() + Steps.abort()), .server(Steps.end()), .serverEnd]),
      lines: ["1 GET /a.php - 0/0 aborted A"]),
    ConversationCase(
      name: "closed without an end",
      script: Script([.client(request), .server(Steps.stream(.stdout, 1, "Status: 200\r\n\r\nx")), .serverEnd]),
      lines: ["1 GET /a.php 200 0/1 server-closed"]),
    ConversationCase(
      name: "reset", script: Script([.client(request), .serverReset]), lines: ["1 GET /a.php - 0/0 server-closed"]),
    ConversationCase(
      name: "the client leaves and the server closes after it",
      script: Script([
        .client(request), .clientEnd, .server(Steps.stream(.stdout, 1, "A: b\r\n", ended: false)), .serverEnd,
      ]),
      lines: ["1 GET /a.php - 0/0 client-closed A"]),
    ConversationCase(
      name: "a half-closed request is served",
      script: Script([.client(request), .clientEnd, .server(Steps.page()), .serverEnd]),
      lines: ["1 GET /a.php 200 0/5 complete"]),
    ConversationCase(
      name: "lost bytes inside PARAMS",
      script: Script([
        .client(Array(kept[..<60])), .lost(.request, 10), .client(Array(kept[70...])), .server(Steps.page()),
        .client(kept), .server(Steps.page()), .clientEnd,
      ]), lines: ["1 GET - 200 0/5 complete G", "2 GET /a.php 200 0/5 complete"]),
    ConversationCase(
      name: "lost bytes inside STDOUT's body",
      script: Script([
        .client(request), .server(Array(Steps.page()[..<37])), .lost(.response, 2), .server(Array(Steps.page()[39...])),
        .serverEnd,
      ]), lines: ["1 GET /a.php 200 0/5 complete G"]),
    ConversationCase(
      name: "lost bytes inside STDOUT's fields",
      script: Script([
        .client(request), .server(Array(Steps.page()[..<20])), .lost(.response, 5), .server(Array(Steps.page()[25...])),
        .serverEnd,
      ]), lines: ["1 GET /a.php - 0/0 complete G"]),
    ConversationCase(
      name: "lost records between requests",
      script: Script([
        .client(kept), .server(Array(Steps.page()[..<8])), .lost(.response, 500), .client(kept), .server(Steps.page()),
        .clientEnd,
      ]), lines: ["1 GET /a.php - 0/0 lost G", "2 GET /a.php 200 0/5 complete"]),
    ConversationCase(
      name: "joined inside a body",
      script: Script(
        joined: true,
        [
          .server(Steps.stream(.stdout, 1, "end: of a page") + Steps.end(1)), .client(kept), .server(Steps.page()),
          .clientEnd,
        ]), lines: ["1 - - - 0/14 complete M", "2 GET /a.php 200 0/5 complete"]),
    ConversationCase(
      name: "joined before a response",
      script: Script(joined: true, [.server(Steps.page()), .client(kept), .server(Steps.page()), .clientEnd]),
      lines: ["1 - - 200 0/5 complete M", "2 GET /a.php 200 0/5 complete"]),
  ]

  @Test("exchanges", arguments: cases) func exchanges(_ row: ConversationCase) {
    #expect(row.script.play().lines == row.lines)
    guard !row.script.joinedInTheMiddle else { return }
    for length in [1, 5, 9] { #expect(row.script.play(piecesOf: length).lines == row.lines, "pieces of \(length)") }
  }

  @Test func pairsAfterAHoleInPARAMSAreNotInvented() {
    let exchange = Self.cases.first { $0.name == "lost bytes inside PARAMS" }?.script.play().exchanges.first
    #expect(exchange?.request.fields.count == 1)
    #expect(exchange?.fastCGI?.truncatedPair == nil)
  }

  @Test func lateRecordsBelongToTheConnection() {
    let late = Steps.stream(.stdout, 1, "late", ended: false)
    let outcome = Script([.client(Self.kept), .server(Steps.page() + late + Steps.end()), .clientEnd]).play()
    #expect(outcome.exchanges.map(\.response.body.byteCount) == [5])
    #expect(outcome.summary?.fastCGI?.fromServer.afterEnd.count == 1)
    #expect(outcome.summary?.fastCGI?.fromServer.repeatedEnd.count == 1)
    #expect(outcome.summary?.fastCGI?.fromServer.afterEnd.first?.offset == UInt64(Steps.page().count))
  }

  @Test func recordsForWhatWasNeverBegunAreNoted() {
    let outcome = Script([
      .client(Self.kept), .server(Steps.stream(.stdout, 9, "x", ended: false) + Steps.page()), .clientEnd,
    ]).play()
    #expect(outcome.summary?.fastCGI?.fromServer.neverBegun.first?.requestID == 9)
    #expect(outcome.exchanges.count == 1)
  }

  @Test func errorsBeforeTheFieldsAreNoted() {
    let early = Script([.client(Self.request), .server(Steps.stream(.stderr, 1, "oops") + Steps.page())]).play()
    #expect(early.exchanges.first?.fastCGI?.errorBeforeFields == 0)
    let late = Script([
      .client(Self.request),
      .server(Steps.stream(.stdout, 1, "A: b\r\n\r\n", ended: false) + Steps.stream(.stderr, 1, "oops") + Steps.end()),
    ]).play()
    #expect(late.exchanges.first?.fastCGI?.errorBeforeFields == nil)
    #expect(late.exchanges.first?.errorStream.byteCount == 4)
  }
}
