// What a user gives for the target alone stands in no report, wherever it was quoted.

import Conformance
import Exchanges
import Expectations
import Fixtures
import Testing
import Transports
import WireBytes

@testable import Drivers

@Suite struct SecretsTests {
  private static let secret = "c2VjcmV0\"x"

  private static var report: CheckReport {
    let event = WireEvent(
      direction: .request, offset: 0, origin: Origin(time: .zero),
      text: "field name=Authorization value=\"Basic \(WireText.escape(Array(secret.utf8)))\"")
    let testCase = Case(
      id: "http1/t/one", wireProtocol: .http1, summary: "", requirements: ["H1-9112-3-1"], steps: [], expectations: [])
    var result = CaseResult(
      testCase: testCase, verdict: .fail, cause: .trouble("asked with \(secret.dropLast(2))"),
      findings: [
        Finding(requirement: "H1-9112-3-1", verdict: .fail, message: "got \(WireText.escape(Array(secret.utf8))) back")
      ],
      evidence: [ConnectionEvidence(number: 1, events: [event], closing: "")], rerun: "")
    result.targetSays = ["hello \(WireText.escape(Array(secret.utf8)))"]
    return CheckReport(target: "http://127.0.0.1/", started: .zero, results: [result])
  }

  @Test func nothingQuotesIt() throws {
    let hidden = Self.report.hiding([Self.secret])
    let result = try #require(hidden.results.first)
    let texts = [result.evidence[0].events[0].text, result.targetSays[0], result.findings[0].message]
    for text in texts { #expect(text.contains("…") && !text.contains("c2Vj"), "\(text)") }
    // Half of it is something else.
    #expect(result.reason.contains("c2VjcmV0"))
  }

  @Test func withoutSecretsNothingChanges() {
    #expect(Self.report.hiding([""]).results.first?.evidence.first?.events.first?.text.contains("c2Vj") == true)
  }

  @Test(
    "a first answer that is no ordinary one is explained",
    arguments: [
      (301, "redirects to https://a/"), (401, "asks for a login"), (404, "nothing is at /x"), (429, "so often"),
    ])
  func remarks(status: Int, words: String) throws {
    let profile = TargetProfile(target: try Target("http://127.0.0.1/x"))
    let info = ConnectionInfo(id: 1, client: .named("c"), server: .named("s"))
    var exchange = Exchange(.http1, connection: info, index: 1)
    exchange.response.status = UInt16(status)
    exchange.response.fields.append(name: Array("Location".utf8), value: Array("https://a/".utf8))
    #expect(HTTP1Dialect().remark(on: exchange, profile)?.contains(words) == true)
    exchange.response.status = 200
    #expect(HTTP1Dialect().remark(on: exchange, profile) == nil)
  }

  @Test(
    "a Unix socket has a host that servers take", arguments: ["http+unix:///run/a.sock:/x", "http://localhost:80/x"])
  func hosts(target: String) throws {
    let profile = TargetProfile(target: try Target(target))
    let plain = try #require(HTTP1Dialect().encoded(.httpRequest(HTTPRequest()), for: profile))
    let host = target.hasPrefix("http+unix") ? "localhost" : "localhost:80"
    #expect(String(decoding: plain, as: UTF8.self) == "GET /x HTTP/1.1\r\nHost: \(host)\r\n\r\n")
  }

  @Test func fieldsOfTheUserAreSentOnce() throws {
    var profile = TargetProfile(target: try Target("http://127.0.0.1/x"))
    profile.fields = [("Authorization", "Basic abc"), ("Host", "other")]
    let own = HTTPRequest(fields: [Pair(name: .bytes(bytes("authorization")), value: .bytes(bytes("own")))])
    let plain = try #require(HTTP1Dialect().encoded(.httpRequest(HTTPRequest()), for: profile))
    #expect(
      String(decoding: plain, as: UTF8.self) == "GET /x HTTP/1.1\r\nAuthorization: Basic abc\r\nHost: other\r\n\r\n")
    let sent = try #require(HTTP1Dialect().encoded(.httpRequest(own), for: profile))
    #expect(String(decoding: sent, as: UTF8.self) == "GET /x HTTP/1.1\r\nHost: other\r\nauthorization: own\r\n\r\n")
  }
}
