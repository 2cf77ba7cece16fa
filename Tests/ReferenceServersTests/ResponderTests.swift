// What a sound responder does, requirement by requirement.

import FastCGIWire
import ReferenceServers
import Testing

@Suite struct ResponderTests {
  private func talk(
    _ options: ResponderOptions = ResponderOptions(), _ write: (inout Client) -> Void
  ) -> Conversation {
    Conversation(FastCGIResponder(options), [.send(Client.make { write(&$0) }), .settle])
  }

  // MARK: Management

  @Test func queriesAreAnsweredWithWhatWasAskedAndIsKnown() {
    let conversation = talk {
      $0.encoder.appendGetValues(["X", "FCGI_MPXS_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS"], to: &$0.bytes)
      $0.encoder.appendGetValues([], to: &$0.bytes)
      $0.record(.getValues, 0, [200])
      $0.record(.getValues, 7, [0, 0])
    }
    #expect(
      conversation.records.map(\.content) == [
        Array("\u{0D}\u{02}FCGI_MAX_REQS64\u{0F}\u{01}FCGI_MPXS_CONNS1".utf8), [], [],
      ])
    #expect(conversation.records.allSatisfy { $0.type == .getValuesResult && $0.id == 0 })
    #expect(conversation.closing == nil)
  }

  @Test func unknownManagementTypesAreNamed() {
    let conversation = talk {
      for type: UInt8 in [0, 12, 255] { $0.record(RecordType(rawValue: type), 0, [1, 2, 3]) }
      // Known types that do not belong here: nothing to answer.
      for type: RecordType in [.beginRequest, .params, .unknownType, .getValuesResult] { $0.record(type, 0) }
      $0.record(RecordType(rawValue: 200), 3)
    }
    #expect(conversation.records.map(\.type) == [.unknownType, .unknownType, .unknownType])
    #expect(conversation.records.map(\.content) == [0, 12, 255].map { [$0] + Array(repeating: 0, count: 7) })
  }

  @Test func aQueryIsAnsweredWhileARequestIsBusy() {
    let conversation = Conversation(
      FastCGIResponder(),
      [
        .send(Client.make { $0.request(query: "probe=sleep&ms=500") }), .flush,
        .send(Client.make { $0.encoder.appendGetValues(["FCGI_MAX_CONNS"], to: &$0.bytes) }),
      ])
    #expect(conversation.records.map(\.type) == [.getValuesResult])
    #expect(conversation.responder.activeRequestCount == 1)
  }

  // MARK: Roles and rejections

  @Test(arguments: [0, 4, 0x0101, 65_535] as [UInt16]) func unknownRolesAreRejected(_ role: UInt16) {
    let conversation = talk {
      $0.begin(1, role: Role(rawValue: role), flags: 1)
      $0.params(1, query: "")
      $0.request(1, query: "probe=status&code=204")
    }
    #expect(conversation.ends(1).map(\.protocolStatus) == [.unknownRole, .requestComplete])
    #expect(conversation.records.first?.type == .endRequest)
    #expect(conversation.closing == nil)
  }

  @Test func aRejectionWithoutKeepConnCloses() {
    let conversation = talk { $0.begin(1, role: Role(rawValue: 9)) }
    #expect(conversation.ends(1).count == 1)
    #expect(conversation.closing == .close)
  }

  @Test func aShortBeginIsAnUnknownRole() {
    let conversation = talk { $0.record(.beginRequest, 1, [0, 1, 1]) }
    #expect(conversation.ends(1).map(\.protocolStatus) == [.unknownRole])
    let long = talk {
      $0.record(.beginRequest, 1, [0, 1, 1, 0, 0, 0, 0, 0, 9, 9])
      $0.params(query: "probe=fields")
      $0.stream(.stdin)
    }
    #expect(long.ends(1).map(\.protocolStatus) == [.requestComplete])
  }

  @Test func anAuthorizerAllowsAndPassesAVariableOn() {
    let conversation = talk {
      $0.begin(role: .authorizer)
      $0.params(query: "probe=echo", [("CONTENT_LENGTH", Array("5".utf8))])
    }
    let text = conversation.text(.stdout, 1)
    #expect(text.contains("\r\nVariable-PROBE: authorizer\r\n"))
    #expect(text.contains("role authorizer\n"))
    let denied = talk {
      $0.begin(role: .authorizer)
      $0.params(query: "probe=status&code=403")
    }
    #expect(denied.text(.stdout, 1).hasPrefix("Status: 403 Probe\r\nContent-Type: text/plain\r\n\r\n"))
  }

  @Test func aFilterWaitsForBothInputsAndCountsThem() {
    var conversation = Conversation(FastCGIResponder())
    conversation.send(
      Client.make {
        $0.begin(role: .filter)
        $0.params(query: "probe=echo", [("FCGI_DATA_LENGTH", Array("3".utf8))])
        $0.record(.data, 1, [1, 2, 3])
      })
    conversation.perform(.settle)
    #expect(conversation.output.isEmpty)
    conversation.send(
      Client.make {
        $0.record(.data, 1)
        $0.stream(.stdin, 1, [9])
      })
    conversation.perform(.settle)
    #expect(conversation.text(.stdout, 1).hasSuffix("body 1\ndata 3\n"))
  }

  @Test func aFilterThatReadsNothingWaitsForStdinOnly() {
    var conversation = Conversation(FastCGIResponder())
    conversation.send(
      Client.make {
        $0.begin(role: .filter)
        $0.params(query: "probe=unread")
      })
    conversation.perform(.settle)
    #expect(conversation.output.isEmpty)
    conversation.send(Client.make { $0.record(.stdin, 1) })
    conversation.perform(.settle)
    #expect(conversation.text(.stdout, 1).hasSuffix("unread\n"))
  }

  @Test func oneRequestAtATimeRejectsTheSecond() throws {
    let style = try #require(ResponderStyle.named("no-multiplexing"))
    let conversation = talk(style.options) {
      $0.begin(1, flags: 1)
      $0.begin(2, flags: 1)
      $0.params(1, query: "probe=fields")
      $0.params(2, query: "probe=fields")
      $0.stream(.stdin, 2)
      $0.stream(.stdin, 1)
      $0.request(2, query: "probe=fields")
      $0.encoder.appendGetValues(["FCGI_MPXS_CONNS"], to: &$0.bytes)
    }
    #expect(conversation.ends(1).map(\.protocolStatus) == [.requestComplete])
    // The third request came while the first was still being answered.
    #expect(conversation.ends(2).map(\.protocolStatus) == [.cannotMultiplex, .cannotMultiplex])
    #expect(conversation.stream(.stdout, 2).isEmpty)
    #expect(conversation.stream(.getValuesResult, 0).last == UInt8(ascii: "0"))
  }

  @Test func tooManyRequestsAndTooManyParamsAreOverload() {
    var options = ResponderOptions()
    options.maxRequests = 2
    options.paramsLimit = 100
    let conversation = talk(options) {
      for id: UInt16 in 1...3 { $0.begin(id, flags: 1) }
      $0.record(.params, 1, Array(repeating: 0, count: 60))
      $0.record(.params, 1, Array(repeating: 0, count: 60))
      $0.record(.params, 1)
      $0.request(1, query: "probe=fields")
    }
    #expect(conversation.ends(3).map(\.protocolStatus) == [.overloaded])
    #expect(conversation.ends(1).map(\.protocolStatus) == [.overloaded, .requestComplete])
  }

  // MARK: IDs, closing, abort

  @Test func recordsForInactiveIDsAreIgnored() {
    let conversation = talk {
      $0.record(.stdin, 9, [1])
      $0.record(.params, 9)
      $0.record(.abortRequest, 9)
      $0.record(.stdout, 9, [1])
      $0.record(.endRequest, 9, Array(repeating: 0, count: 8))
    }
    #expect(conversation.output.isEmpty)
    #expect(conversation.closing == nil)
  }

  @Test func undefinedFlagsDoNotKeepTheConnection() {
    #expect(talk { $0.request(query: "probe=fields", keeps: false) }.closing == .close)
    #expect(talk { $0.request(query: "probe=fields", keeps: true) }.closing == nil)
    let odd = talk {
      $0.begin(flags: 0xFE)
      $0.params(query: "")
      $0.stream(.stdin)
    }
    #expect(odd.closing == .close)
  }

  @Test func aConnectionClosesAfterTheLastOfItsRequests() {
    let conversation = talk {
      $0.request(1, query: "probe=sleep&ms=10", keeps: true)
      $0.request(2, query: "probe=fields", keeps: false)
    }
    #expect(conversation.ends(1).count == 1)
    #expect(conversation.ends(2).count == 1)
    #expect(conversation.closing == .close)
  }

  @Test func anAbortEndsItsRequestAtOnceAndNoOther() {
    var conversation = Conversation(FastCGIResponder())
    conversation.send(
      Client.make {
        $0.request(1, query: "probe=sleep&ms=60000")
        $0.request(2, query: "probe=sleep&ms=10")
      })
    conversation.perform(.flush)
    conversation.send(
      Client.make {
        $0.record(.abortRequest, 1, [1, 2])
        $0.record(.abortRequest, 1)
      })
    #expect(conversation.ends(1) == [EndRequestBody(appStatus: 1, protocolStatus: .requestComplete)])
    #expect(conversation.records.map(\.type) == [.stdout, .endRequest])
    conversation.perform(.settle)
    #expect(conversation.text(.stdout, 2).hasSuffix("slept 10\n"))
    #expect(conversation.ends(1).count == 1)
    #expect(conversation.closing == nil)
  }

  @Test func aSecondBeginForAnActiveIDMergesNothing() {
    let conversation = talk {
      $0.begin(1, flags: 1)
      $0.params(1, query: "probe=echo", isEnded: false)
      $0.begin(1, flags: 1)
      $0.params(1, query: "probe=fields")
      $0.stream(.stdin, 1)
    }
    #expect(conversation.ends(1).count == 1)
    #expect(conversation.stream(.stdout, 1).isEmpty)
    #expect(conversation.closing == nil)
  }

  @Test func aHalfClosedPeerGetsItsAnswer() {
    let conversation = Conversation(
      FastCGIResponder(),
      [
        .send(
          Client.make {
            $0.request(1, query: "probe=sleep&ms=10")
            $0.begin(2, flags: 1)
          }), .end, .settle,
      ])
    #expect(conversation.text(.stdout, 1).hasSuffix("slept 10\n"))
    #expect(conversation.ends(2).count == 1)
    #expect(conversation.closing == .close)
    #expect(Conversation(FastCGIResponder(), [.end]).closing == .close)
  }

  @Test(arguments: [Array("GET / HTTP/1.1\r\n\r\n".utf8), [2, 1, 0, 1, 0, 8, 0, 0], [0x16, 3, 1, 2, 0, 1, 0, 1]])
  func otherBytesCloseTheConnection(_ bytes: [UInt8]) {
    let conversation = Conversation(FastCGIResponder(), [.send(bytes)])
    #expect(conversation.closing == .close)
    #expect(conversation.output.isEmpty)
  }

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
    #expect(conversation.ends(1) == [EndRequestBody(appStatus: 1, protocolStatus: .requestComplete)])
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
      return [conversation.stream(.stdout, 1), conversation.stream(.endRequest, 1)]
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
