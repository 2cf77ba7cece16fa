// What a sound responder makes of its input streams, and how its output looks in each style.

import FastCGIWire
import ReferenceServers
import Testing

@Suite struct ResponderStreamTests {
  // MARK: Inputs

  @Test func nothingIsAnsweredBeforeParamsAreComplete() {
    var conversation = Conversation(FastCGIResponder())
    conversation.send(
      Client.make {
        $0.begin()
        $0.params(query: "probe=unread", isEnded: false)
        $0.stream(.stdin)
      })
    conversation.perform(.settle)
    #expect(conversation.output.isEmpty)
    conversation.send(Client.make { $0.record(.params, 1) })
    conversation.perform(.settle)
    #expect(conversation.text(.stdout, 1).hasSuffix("unread\n"))
  }

  @Test func aCutPairIsNotUsed() {
    let conversation = talk {
      $0.begin(flags: 1)
      $0.record(.params, 1, [1, 1, 0x41, 0x42, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x41])
      $0.record(.params, 1)
      $0.stream(.stdin)
    }
    #expect(conversation.text(.stdout, 1).hasPrefix("Status: 400 Bad Request\r\n"))
    #expect(!conversation.stream(.stderr, 1).isEmpty)
    #expect(conversation.ends(1) == [FastCGIEndRequestBody(appStatus: 1, protocolStatus: .requestComplete)])
  }

  @Test(arguments: [("4", 5), ("6", 5), ("abc", 5), ("99999999999999999999999", 5), ("1", 0)])
  func aBodyOfAnotherLengthIsRefused(_ declared: String, _ count: Int) {
    let conversation = talk {
      $0.begin()
      $0.params(query: "probe=reflect", [("CONTENT_LENGTH", Array(declared.utf8))])
      $0.stream(.stdin, 1, Array(repeating: 1, count: count))
    }
    #expect(conversation.text(.stdout, 1).hasPrefix("Status: 400 Bad Request\r\n"))
    #expect(conversation.ends(1).first?.appStatus == 1)
  }

  @Test func aBodyThatIsNotKeptMayBeLarge() {
    var options = ResponderOptions()
    options.bodyLimit = 1000
    let body = [UInt8](repeating: 7, count: 5000)
    let counted = talk(options) { $0.request(query: "probe=echo", body: body) }
    #expect(counted.text(.stdout, 1).hasSuffix("body 5000\n"))
    let kept = talk(options) { $0.request(query: "probe=reflect", body: body) }
    #expect(kept.text(.stdout, 1).hasPrefix("Status: 413 "))
    // What one request kept is given back for the next.
    var series = Conversation(FastCGIResponder(options))
    for _ in 0..<3 {
      series.send(Client.make { $0.request(query: "probe=reflect", body: Array(repeating: 1, count: 900)) })
      series.perform(.settle)
    }
    #expect(series.ends(1).map(\.appStatus) == [0, 0, 0])
  }

  // MARK: Styles and output

  @Test(arguments: ResponderStyle.all.map(\.name)) func everyStyleSaysTheSame(_ name: String) throws {
    let style = try #require(ResponderStyle.named(name))
    func answer(_ options: ResponderOptions) -> [[UInt8]] {
      let conversation = talk(options) {
        $0.request(query: "probe=reflect", body: Array(0...255) + Array(repeating: 0x61, count: 3000))
      }
      #expect(conversation.records.allSatisfy { $0.content.count <= options.recordByteCount || $0.type == .endRequest })
      let output = conversation.stream(.stdout, 1).replacing([0x0D, 0x0A], with: [0x0A])
      return [output, conversation.stream(.endRequest, 1)]
    }
    #expect(answer(style.options) == answer(ResponderOptions()))
  }

  @Test func stylesShowOnTheWire() throws {
    func sent(_ name: String) throws -> [Record] {
      talk(try #require(ResponderStyle.named(name)).options) { $0.request(query: "probe=fields") }.records
    }
    #expect(try sent("padded").allSatisfy { $0.header.paddingLength == 255 })
    #expect(try sent("standard").allSatisfy { $0.header.recordByteCount % 8 == 0 })
    #expect(try sent("minimal").allSatisfy { $0.header.paddingLength == 0 })
    #expect(try sent("chatty").filter { $0.type == .stderr }.map(\.content) == [[]])
    #expect(try sent("one-byte-records").allSatisfy { $0.content.count <= 1 || $0.type == .endRequest })
    #expect(try sent("standard").allSatisfy { $0.type != .stderr })
  }

  @Test func outputsOfTwoRequestsInterleave() {
    let conversation = talk {
      $0.request(1, query: "probe=pattern&bytes=100000")
      $0.request(2, query: "probe=pattern&bytes=100000")
    }
    let order = conversation.records.map(\.id)
    #expect(zip(order, order.dropFirst()).filter { $0 != $1 }.count > 8)
    let expected = (0..<100_000).map { UInt8($0 % 251) }
    for id: UInt16 in [1, 2] { #expect(conversation.stream(.stdout, id).suffix(100_000) == expected[...]) }
  }

  @Test func largeOutputComesInTurns() {
    var responder = FastCGIResponder()
    let request = Client.make { $0.request(query: "probe=pattern&bytes=9000000000000") }
    var actions = unsafe responder.receive(request.span.bytes)
    for _ in 0..<4 {
      guard case .startTimer(0, let timer)? = actions.last else {
        Issue.record("no turn was asked for")
        return
      }
      actions = responder.timerFired(timer)
      guard case .send(let bytes)? = actions.first else {
        Issue.record("nothing was sent")
        return
      }
      #expect(bytes.count < 512 << 10)
    }
  }
}
