// Secrets are replaced wherever a trace would show them, equal ones by equal tokens, and nothing else is.

import Conformance
import ConversationTesting
import Exchanges
import Inspection
import Testing
import WireBytes

@Suite struct RedactorTests {
  private static let secret = "s3cr3t-value"

  private func exchange(
    _ fields: [(String, String)] = [], response: [(String, String)] = [], target: String = "/", body: String = "",
    answer: String = "", errors: String = ""
  ) -> Exchange {
    let info = ConnectionInfo(id: 1, client: Endpoint("a:1"), server: Endpoint("b:2"))
    var exchange = Exchange(.http1, connection: info, index: 1)
    exchange.request.target = Array(target.utf8)
    for (name, value) in fields { exchange.request.fields.append(name: Array(name.utf8), value: Array(value.utf8)) }
    for (name, value) in response { exchange.response.fields.append(name: Array(name.utf8), value: Array(value.utf8)) }
    unsafe exchange.request.body.append(Array(body.utf8).span.bytes, limit: 1 << 20)
    unsafe exchange.response.body.append(Array(answer.utf8).span.bytes, limit: 1 << 20)
    unsafe exchange.errorStream.append(Array(errors.utf8).span.bytes, limit: 1 << 20)
    return exchange
  }

  /// Everything that a renderer could show of an exchange after it was redacted.
  private func shown(_ exchange: Exchange, _ redactor: Redactor = Redactor()) -> String {
    var exchange = exchange
    var findings: [Finding] = []
    redactor.redact(&exchange, &findings)
    var lines = [String(decoding: exchange.request.target, as: UTF8.self)]
    for fields in [exchange.request.fields, exchange.response.fields] {
      for index in fields.indices {
        lines.append(
          String(decoding: fields.name(index), as: UTF8.self) + ": "
            + String(decoding: fields.value(index), as: UTF8.self))
      }
    }
    lines += exchange.wireEvents.map(\.text)
    for content in [exchange.request.body, exchange.response.body, exchange.errorStream] {
      lines.append(String(decoding: content.retained, as: UTF8.self))
    }
    return lines.joined(separator: "\n")
  }

  @Test(arguments: [
    ("Cookie", "sid=\(secret)"), ("HTTP_COOKIE", "a=\(secret); sid=\(secret)"), ("cookie", secret),
    ("Set-Cookie", "sid=\(secret); Path=/; HttpOnly"), ("Authorization", "Bearer \(secret)"),
    ("REDIRECT_HTTP_AUTHORIZATION", "Basic \(secret)"), ("Proxy-Authorization", secret),
    ("HTTP_PROXY_AUTHORIZATION", "Digest username=\(secret)"), ("X-Api-Key", secret), ("PHP_AUTH_PW", secret),
    ("QUERY_STRING", "a=1&password=\(secret)&b=2"), ("Referer", "https://h/?access_token=\(secret)#x"),
    ("Location", "/login?token=\(secret)"), ("REQUEST_URI", "/x?API_KEY=\(secret)"), ("X-Note", "token[]=\(secret)"),
  ]) func fields(_ name: String, _ value: String) {
    #expect(!shown(exchange([(name, value)])).contains(Self.secret))
    #expect(!shown(exchange(response: [(name, value)])).contains(Self.secret))
  }

  @Test(arguments: [
    "user=x&password=\(secret)&b=2", "{\"password\": \"\(secret)\", \"a\": 1}", "{'token':'\(secret)'}",
    "login failed: passwd=\(secret), user=x", "secret : \(secret)\n", "api_key=\"\(secret)\"", "pwd=\(secret)",
  ]) func text(_ text: String) {
    #expect(!shown(exchange(body: text)).contains(Self.secret))
    #expect(!shown(exchange(answer: text)).contains(Self.secret))
    #expect(!shown(exchange(errors: text)).contains(Self.secret))
    #expect(!Redactor().redacted(text).contains(Self.secret))
  }

  @Test func aKnownSecretIsReplacedEverywhere() {
    let text = shown(
      exchange(
        [("Cookie", "sid=\(Self.secret)")], target: "/page/\(Self.secret)?password=\(Self.secret)",
        answer: "your session is \(Self.secret)!", errors: "session \(Self.secret) is new"))
    #expect(!text.contains(Self.secret))
    let tokens = Set(text.split { !"redacted-0123456789abcdef".contains($0) }.filter { $0.hasPrefix("redacted-") })
    #expect(tokens.count == 1, "equal values have equal tokens: \(text)")
  }

  @Test func recordsAreShownWithoutTheirBytes() {
    var exchange = exchange([("Cookie", "sid=\(Self.secret)")])
    let head = "record type=stdout id=1 content=99 padding=0"
    for bytes in [
      " \"Set-Cookie: sid=\(Self.secret.dropLast(2))…\"", " \"\(Self.secret.dropFirst(2)); path=\"/\"\"", "",
    ] {
      exchange.wireEvents.append(
        WireEvent(direction: .response, offset: 0, origin: Origin(time: Timestamp(nanoseconds: 0)), text: head + bytes))
    }
    let lines = shown(exchange).split(separator: "\n").filter { $0.hasPrefix("record") }
    #expect(lines == ["\(head) \"…\"", "\(head) \"…\"", "\(head)"])
  }

  @Test func whatIsNoSecretStays() {
    let fields = [
      ("Host", "h"), ("Accept", "text/html;q=0.9"), ("User-Agent", "curl/8"), ("X-Request-Id", "abc-123"),
      ("QUERY_STRING", "a=1&passage=2&tokens=3&q=password"), ("Content-Type", "text/plain; charset=utf-8"),
    ]
    let before = exchange(
      fields, target: "/a?b=c&author=me", body: "a=b&c=d", answer: "no password here", errors: "x: y")
    let text = shown(before)
    for (name, value) in fields { #expect(text.contains("\(name): \(value)")) }
    #expect(!text.contains("redacted"))
  }

  @Test func schemesNamesAndAttributesStay() {
    let text = shown(
      exchange(
        [("Authorization", "Bearer \(Self.secret)"), ("Cookie", "a=11111; b=22222")],
        response: [("Set-Cookie", "sid=\(Self.secret); Path=/; HttpOnly")]))
    #expect(text.contains("Authorization: Bearer redacted-"))
    #expect(text.contains("Cookie: a=redacted-") && text.contains("; b=redacted-"))
    #expect(text.contains("; Path=/; HttpOnly"))
  }

  @Test func namesThatTheUserAdds() {
    let redactor = Redactor(alsoNamed: ["X-Tenant", "pin"])
    let text = shown(
      exchange([("X-Tenant", Self.secret), ("HTTP_X_TENANT", Self.secret)], target: "/?pin=12345"), redactor)
    #expect(!text.contains(Self.secret) && !text.contains("12345"))
    #expect(shown(exchange(target: "/?pin=12345")).contains("12345"))
  }

  @Test func anotherRunHasOtherTokens() {
    let exchange = exchange([("Cookie", "sid=\(Self.secret)")])
    #expect(shown(exchange, Redactor()) != shown(exchange, Redactor()))
  }

  @Test func compressedBodiesAreLeftOut() {
    let coded = exchange(response: [("Content-Encoding", "gzip")], answer: "password=\(Self.secret)")
    #expect(!shown(coded).contains(Self.secret))
  }
}
