// nginx in front of uWSGI, gunicorn and php-fpm, captured: what is recognised behind it, and which client's exchange
// each exchange with a backend belongs to.
//
// The clients' side is held against nginx's log in InspectionTests; findings are ConformanceTests'.

import Exchanges
import Inspection
import Testing
import WireBytes

@Suite struct BackendCaptureTests {
  /// Server's port, protocol, exchanges and connections behind nginx, in a capture.
  private static let backends: [(slug: String, servers: [String])] = [
    ("uwsgi", ["uwsgi 127.0.0.1:3031 20/20"]), ("scgi", ["scgi 127.0.0.1:4000 20/20"]),
    // Two requests more than clients made: nginx repeated one, whose worker was killed on a kept connection.
    ("gunicorn", ["http 127.0.0.1:8000 22/5"]),
    (
      "every-backend",
      [
        "fastcgi 127.0.0.1:9000 2/1", "http 127.0.0.1:8000 2/1", "scgi 127.0.0.1:4000 2/2",
        "uwsgi 127.0.0.1:3031 2/2",
      ]
    ),
  ]

  @Test("protocols are recognised by their bytes, and counted", arguments: backends.map(\.slug))
  func recognised(slug: String) throws {
    let expected = try #require(Self.backends.first { $0.slug == slug }).servers
    let front = try LadderTests.frontServer(slug)
    var counts: [String: (exchanges: Int, connections: Set<UInt64>)] = [:]
    for (exchange, _) in try LadderTests.exchanges(slug) where exchange.connection.server.description != front {
      let key = "\(exchange.wireProtocol.rawValue) \(exchange.connection.server)"
      counts[key, default: (0, [])].exchanges += 1
      counts[key, default: (0, [])].connections.insert(exchange.connection.id)
      #expect(exchange.wireProtocol != .uwsgi && exchange.wireProtocol != .scgi || exchange.index == 1)
    }
    let seen = counts.map { "\($0) \($1.exchanges)/\($1.connections.count)" }.sorted()
    #expect(seen == expected)
  }

  @Test("every request of a client's is linked to the one that it caused", arguments: backends.map(\.slug))
  func linked(slug: String) throws {
    let front = try LadderTests.frontServer(slug)
    var backs: Set<String> = []
    for (exchange, link) in try LadderTests.exchanges(slug) where exchange.connection.server.description == front {
      let target = WireText.escape(exchange.request.target)
      guard target != "/static.txt" else {
        #expect(link == nil)
        continue
      }
      let back = try #require(link?.back, "\(target)")
      #expect(back.request.target == exchange.request.target)
      #expect(back.request.method == exchange.request.method)
      #expect(back.request.body.byteCount == exchange.request.body.byteCount)
      #expect(backs.insert("\(back.connection.id).\(back.index)").inserted, "\(target) has one of its own")
      // Gateway protocols are told the client's port; HTTP is not.
      let likeness = back.wireProtocol == .http1 ? "gateway address" : "client port"
      let choice = slug == "gunicorn" && target.hasSuffix("at=start") ? "last of 2 tries" : "only candidate"
      #expect(link?.reason == "same URI, method and \(likeness), nested in time; \(choice)", "\(target)")
    }
    #expect(!backs.isEmpty)
  }

  /// The header fields of the second request, as the variables that nginx makes of them.
  @Test(arguments: ["uwsgi", "scgi"]) func fieldsAreVariables(slug: String) throws {
    let all = try LadderTests.exchanges(slug).map(\.exchange)
    let back = try #require(
      all.first { $0.wireProtocol.rawValue == slug && WireText.escape($0.request.target).contains("extra") })
    let fields = back.request.fields
    let values = ["HTTP_X_NOTE", "HTTP_COOKIE", "HTTP_ACCEPT_LANGUAGE", "HTTP_PROXY", "QUERY_STRING", "PATH_INFO"].map {
      name in
      fields.indices.first { fields.name($0).elementsEqual(name.utf8) }.map { WireText.escape(fields.value($0)) }
    }
    #expect(
      values == [
        "one", "a=1; b=2", "de, en;q=0.5", "http://192.0.2.1/", "probe=echo", "/\(slug)/extra/path",
      ])
    // The chunked upload has a length, because nginx has read it before.
    let chunked = try #require(all.first { $0.wireProtocol.rawValue == slug && $0.request.method == Array("PUT".utf8) })
    #expect(chunked.variableBlock?.contentLength == 5000)
    #expect(chunked.variableBlock?.requestIsWhole == true)
    #expect(chunked.variableBlock?.surplus == nil)
  }

  @Test func whatEndsBeforeItsTime() throws {
    func endings(_ slug: String) throws -> [String] {
      let front = try LadderTests.frontServer(slug)
      return try LadderTests.exchanges(slug).map(\.exchange).filter {
        $0.connection.server.description != front && $0.ending != .complete
      }.map { "\($0.ending.rawValue) \($0.response.status ?? 0) \($0.response.body.byteCount)" }.sorted()
    }
    #expect(try endings("uwsgi") == ["client-closed 200 10", "server-closed 0 0", "server-closed 200 10"])
    // CGI's response ends with the connection, wherever that is.
    #expect(try endings("scgi") == ["client-closed 200 10", "server-closed 0 0"])
    #expect(
      try endings("gunicorn") == [
        "client-closed 200 0", "server-closed 0 0", "server-closed 0 0", "server-closed 200 10",
      ])
  }
}
