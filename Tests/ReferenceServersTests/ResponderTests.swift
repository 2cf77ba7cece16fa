// What a sound responder does, requirement by requirement.

import FastCGIWire
import ReferenceServers
import Testing

@Suite struct ResponderTests {
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
      for type: UInt8 in [0, 12, 255] { $0.record(FastCGIRecordType(rawValue: type), 0, [1, 2, 3]) }
      // Known types that do not belong here: nothing to answer.
      for type: FastCGIRecordType in [.beginRequest, .params, .unknownType, .getValuesResult] { $0.record(type, 0) }
      $0.record(FastCGIRecordType(rawValue: 200), 3)
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
      $0.begin(1, role: FastCGIRole(rawValue: role), flags: 1)
      $0.params(1, query: "")
      $0.request(1, query: "probe=status&code=204")
    }
    #expect(conversation.ends(1).map(\.protocolStatus) == [.unknownRole, .requestComplete])
    #expect(conversation.records.first?.type == .endRequest)
    #expect(conversation.closing == nil)
  }

  @Test func aRejectionWithoutKeepConnCloses() {
    let conversation = talk { $0.begin(1, role: FastCGIRole(rawValue: 9)) }
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
    #expect(conversation.ends(1) == [FastCGIEndRequestBody(appStatus: 1, protocolStatus: .requestComplete)])
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
}
