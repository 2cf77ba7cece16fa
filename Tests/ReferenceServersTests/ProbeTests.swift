// What the probe application answers, behaviour by behaviour.

import ReferenceServers
import Testing

/// What an answer amounts to.
private struct Answer: Equatable {
  var output = ""
  var error = ""
  var pauses: [UInt64] = []
  var status: UInt32?
  var crashed = false
}

private func run(_ steps: [ProbeStep], limit: Int = 1 << 16) -> Answer {
  var script = ProbeScript(steps)
  var answer = Answer()
  while true {
    var bytes: [UInt8] = []
    let event = script.next(limit: limit, into: &bytes)
    #expect(bytes.count <= limit)
    switch event {
    case .output: answer.output += String(decoding: bytes, as: UTF8.self)
    case .error: answer.error += String(decoding: bytes, as: UTF8.self)
    case .pause(let milliseconds): answer.pauses.append(milliseconds)
    case .crashed:
      answer.crashed = true
      return answer
    case .ended(let status):
      answer.status = status
      return answer
    }
  }
}

private func answer(
  _ query: String, _ interface: ProbeInterface = .fastcgi, _ change: (inout ProbeRequest) -> Void = { _ in }
) -> Answer {
  var request = ProbeRequest(interface: interface, variables: [], query: ProbeQuery(query.utf8))
  change(&request)
  return run(ProbeApplication().answer(request))
}

private let plain = "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n"

@Suite struct ProbeTests {
  @Test(arguments: [
    ("probe=fields", "X-Probe: one\r\nX-Probe: two\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nfields\n"),
    ("probe=unread", "\r\nunread\n"), ("probe=exit&code=3", "\r\nexit 3\n"), ("probe=stderr&bytes=5", "\r\nstderr 5\n"),
    ("probe=stream&parts=3&delay=0", "\r\npart 1\npart 2\npart 3\n"), ("x=1&probe=sleep&y&ms=7", "\r\nslept 7\n"),
    ("probe=%65cho", "\r\ngatespec-probe 1\ninterface fastcgi\nbody 0\n"), ("", "body 0\n"),
  ]) func plainAnswers(_ query: String, _ end: String) {
    let answer = answer(query)
    #expect(answer.output.hasPrefix("Status: 200 OK\r\nContent-Type: text/plain\r\n"))
    #expect(answer.output.hasSuffix(end))
  }

  @Test func whatElseHappens() {
    #expect(answer("probe=stderr&bytes=5").error == "eeee\n")
    #expect(answer("probe=stderr&bytes=1").error == "\n")
    #expect(answer("probe=stderr&bytes=0").error == "")
    #expect(answer("probe=exit&code=938").status == 938)
    #expect(answer("probe=exit&code=4294967295").status == .max)
    #expect(answer("probe=fields").status == 0)
    #expect(answer("probe=sleep&ms=7").pauses == [7])
    #expect(answer("probe=stream&parts=3&delay=20").pauses == [20, 20, 20])
  }

  @Test(arguments: [1, 2, 3, 100]) func anAnswerIsTheSameInAnyPieces(_ limit: Int) {
    for query in ["probe=stream&parts=12&delay=3", "probe=stderr&bytes=9", "probe=fields", "probe=pattern&bytes=9"] {
      let steps = ProbeApplication().answer(
        ProbeRequest(interface: .fastcgi, variables: [], query: ProbeQuery(query.utf8)))
      #expect(run(steps, limit: limit) == run(steps))
    }
  }

  @Test func theStatusIsTheOneAskedFor() {
    #expect(answer("probe=status&code=404").output.hasPrefix("Status: 404 Probe\r\nContent-Type: text/plain\r\n\r\n"))
    #expect(answer("probe=status&code=404").output.hasSuffix("\r\n\r\nstatus 404\n"))
    for code in [100, 199, 204, 304] { #expect(answer("probe=status&code=\(code)").output.hasSuffix("\r\n\r\n")) }
  }

  @Test func redirects() {
    #expect(answer("probe=local-redirect&to=/a%3Fb=c").output == "Location: /a?b=c\r\n\r\n")
    #expect(answer("probe=client-redirect&to=http://h/").output == "Location: http://h/\r\n\r\n")
    #expect(
      answer("probe=document-redirect&to=http://h/").output
        == "Status: 302 Found\r\nLocation: http://h/\r\nContent-Type: text/plain\r\n\r\nmoved\n")
    // Nothing that a query holds can add a field.
    #expect(answer("probe=local-redirect&to=/%0d%0aX:1").output.hasPrefix("Status: 400 "))
  }

  @Test func bodiesAreReflectedWithTheirType() {
    let reflected = answer("probe=reflect") {
      $0.contentType = Array("image/png".utf8)
      $0.body = Array("body".utf8)
    }
    #expect(reflected.output == "Status: 200 OK\r\nContent-Type: image/png\r\n\r\nbody")
    #expect(answer("probe=reflect").output == "Status: 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n")
  }

  @Test func thePatternRepeatsAfter251Bytes() {
    var script = ProbeScript(
      ProbeApplication().answer(
        ProbeRequest(interface: .fastcgi, variables: [], query: ProbeQuery("probe=pattern&bytes=1000".utf8))))
    var bytes: [UInt8] = []
    while case .output = script.next(limit: 77, into: &bytes) {}
    #expect(Array(bytes.suffix(1000)) == (0..<1000).map { UInt8($0 % 251) })
  }

  @Test func crashesLeaveWhatTheyShould() {
    #expect(answer("probe=crash&at=start") == Answer(crashed: true))
    #expect(
      answer("probe=crash&at=fields")
        == Answer(output: "Status: 200 OK\r\nContent-Type: text/plain\r\n", crashed: true))
    #expect(answer("probe=crash&at=body").output.hasSuffix("Content-Length: 20\r\n\r\ncrash body"))
    #expect(answer("probe=crash&at=body").crashed)
  }

  @Test(arguments: [
    "probe=nothing", "probe=pattern", "probe=pattern&bytes=-1", "probe=pattern&bytes=99999999999999999999",
    "probe=status&code=99", "probe=status&code=1000", "probe=exit&code=4294967296", "probe=crash&at=noon",
    "probe=sleep&ms=3600001", "probe=local-redirect", "probe=finish&bytes=1", "probe=slow-reader",
    "probe=error&bytes=x",
  ]) func whatCannotBeDoneIsABadRequest(_ query: String) {
    let answer = answer(query)
    #expect(answer.output.hasPrefix("Status: 400 Bad Request\r\n"))
    #expect(answer.status == 0)
  }

  @Test func whatAnInterfaceLacksIsUnsupported() {
    for query in ["probe=exit&code=1", "probe=local-redirect&to=/", "probe=stderr&bytes=1"] {
      let answer = answer(query, .http)
      #expect(answer.output.hasPrefix("Status: 501 "))
      #expect(answer.output.hasSuffix("\r\n\r\nunsupported\n"))
      #expect(answer.error == "")
    }
  }

  @Test func whatEndsEarlyEndsAfterItsOutput() {
    let finished = answer("probe=finish&bytes=3&ms=20")
    #expect(finished.output.hasPrefix("Status: 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"))
    #expect(finished.output.hasSuffix("\r\n\r\n\u{0}\u{1}\u{2}"))
    #expect(finished.status == 0)
    #expect(finished.pauses.isEmpty)
    #expect(answer("probe=finish&bytes=3&ms=20", .cgi).output.hasPrefix("Status: 501 "))
  }

  @Test func anUncaughtErrorIsToldEverywhere() {
    let failed = answer("probe=error")
    #expect(failed.output.hasPrefix("Status: 500 Internal Server Error\r\n"))
    #expect(failed.output.contains("X-Probe: error\r\n"))
    #expect(failed.error == "uncaught error\n")
    #expect(failed.status == 1)
    #expect(answer("probe=error&bytes=70000").error.utf8.count == 70_000)
  }

  @Test(arguments: [(0, 0), (1, 5), (65_536, 5), (65_537, 10)]) func aSlowReaderPausesAfterEachPiece(
    _ count: UInt64, _ pause: UInt64
  ) {
    let slow = answer("probe=slow-reader&ms=5") { $0.bodyByteCount = count }
    #expect(slow.pauses == (pause == 0 ? [] : [pause]))
    #expect(slow.output.hasSuffix("\r\n\r\nread \(count)\n"))
  }

  @Test func theReportNamesEverything() {
    let cgi = answer("probe=echo", .cgi) {
      $0.arguments = [Array("a b".utf8), []]
      $0.variables = [
        ProbeVariable(name: Array("Z".utf8), value: [0, 0xFF]), ProbeVariable(name: Array("A=".utf8), value: []),
        ProbeVariable(name: Array("Z".utf8), value: Array("~second".utf8)),
      ]
      $0.bodyByteCount = 12
    }
    #expect(
      cgi.output == plain
        + "gatespec-probe 1\ninterface cgi\nargument 1 a%20b\nargument 2 \nparam A%3D \nparam Z %00%FF\n"
        + "param Z ~second\nbody 12\n")
    let http = answer("probe=echo", .http) {
      $0.variables = ["z", "a"].map { ProbeVariable(name: Array($0.utf8), value: [0x31]) }
    }
    #expect(http.output == plain + "gatespec-probe 1\ninterface http\nfield z 1\nfield a 1\nbody 0\n")
  }

  @Test func headHasNoBody() {
    for query in ["probe=echo", "probe=stream&parts=2&delay=0", "probe=pattern&bytes=9"] {
      #expect(answer(query) { $0.isHead = true }.output.hasSuffix("\r\n\r\n"))
    }
  }
}
