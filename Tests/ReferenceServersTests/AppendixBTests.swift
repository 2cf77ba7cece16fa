// The four conversations of the specification's appendix B, byte for byte, with the probe's answers.

import FastCGIWire
import ReferenceServers
import Testing

@Suite struct AppendixBTests {
  /// Records without padding, as the appendix shows them.
  private var options: ResponderOptions {
    var options = ResponderOptions()
    options.encoder.padding = .none
    return options
  }

  private func record(_ type: UInt8, _ id: UInt8, _ content: String = "") -> [UInt8] {
    [1, type, 0, id, UInt8(content.utf8.count >> 8), UInt8(content.utf8.count & 255), 0, 0] + Array(content.utf8)
  }

  private func end(_ id: UInt8, _ status: [UInt8] = [0, 0, 0, 0]) -> [UInt8] {
    [1, 3, 0, id, 0, 8, 0, 0] + status + [0, 0, 0, 0]
  }

  private let plainHead = "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n"

  @Test func aRequestWithoutABody() {
    var conversation = Conversation(FastCGIResponder(options))
    conversation.send([1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    conversation.send(record(4, 1, "\u{0B}\u{02}SERVER_PORT80\u{0B}\u{0E}SERVER_ADDR199.170.183.42"))
    conversation.send(record(4, 1) + record(5, 1))
    conversation.perform(.settle)
    let report = """
      gatespec-probe 1
      interface fastcgi
      role responder
      param SERVER_ADDR 199.170.183.42
      param SERVER_PORT 80
      body 0

      """
    #expect(conversation.output == record(6, 1, plainHead) + record(6, 1, report) + record(6, 1) + end(1))
    #expect(conversation.closing == .close)
  }

  @Test func paramsCutInsideAPairAndABody() {
    var conversation = Conversation(FastCGIResponder(options))
    conversation.send([1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
    conversation.send(record(4, 1, "\u{0B}\u{02}SERVER_PORT80\u{0B}\u{0E}SER"))
    conversation.send(record(4, 1, "VER_ADDR199.170.183.42\u{0C}\u{0D}QUERY_STRINGprobe=reflect"))
    conversation.send(record(4, 1) + record(5, 1, "quantity=100&item=3047936") + record(5, 1))
    conversation.perform(.settle)
    #expect(
      conversation.output
        == record(6, 1, "Status: 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n")
        + record(6, 1, "quantity=100&item=3047936") + record(6, 1) + end(1))
    #expect(conversation.closing == nil)
  }

  @Test func errorTextAndAnApplicationStatus() {
    var conversation = Conversation(FastCGIResponder(options))
    conversation.send([1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    conversation.send(record(4, 1, "\u{0C}\u{13}QUERY_STRINGprobe=exit&code=938"))
    conversation.send(record(4, 1) + record(5, 1))
    conversation.perform(.settle)
    #expect(
      conversation.output
        == record(6, 1, plainHead) + record(6, 1, "exit 938\n") + record(6, 1) + end(1, [0, 0, 3, 0xAA]))

    var second = Conversation(FastCGIResponder(options))
    second.send([1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    second.send(record(4, 1, "\u{0C}\u{14}QUERY_STRINGprobe=stderr&bytes=4"))
    second.send(record(4, 1) + record(5, 1))
    second.perform(.settle)
    #expect(
      second.output
        == record(7, 1, "eee\n") + record(6, 1, plainHead) + record(6, 1, "stderr 4\n") + record(6, 1) + record(7, 1)
        + end(1))
  }

  @Test func twoRequestsOfWhichTheSecondEndsFirst() {
    var conversation = Conversation(FastCGIResponder(options))
    conversation.send([1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
    conversation.send(record(4, 1, "\u{0C}\u{11}QUERY_STRINGprobe=sleep&ms=50"))
    conversation.send(record(4, 1))
    conversation.send([1, 1, 0, 2, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
    conversation.send(record(4, 2, "\u{0C}\u{0C}QUERY_STRINGprobe=fields"))
    conversation.send(record(5, 1))
    conversation.send(record(4, 2) + record(5, 2))
    conversation.perform(.settle)
    let fields =
      "Status: 200 OK\r\nContent-Type: text/plain\r\nX-Probe: one\r\nX-Probe: two\r\nSet-Cookie: a=1\r\n"
      + "Set-Cookie: b=2\r\n\r\n"
    #expect(
      conversation.output
        == record(6, 2, fields) + record(6, 2, "fields\n") + record(6, 2) + end(2)
        + record(6, 1, plainHead) + record(6, 1, "slept 50\n") + record(6, 1) + end(1))
    #expect(conversation.now == 50)
    #expect(conversation.closing == nil)
  }
}
