// What is said where something else is spoken than was asked for, and that every target can be played.

import Drivers
import Exchanges
import Testing
import Transports

@Suite struct ProtocolMismatchTests {
  /// What is said of a target whose answer to a plain request begins so.
  private static func message(_ target: String, _ answer: [UInt8], isClosed: Bool = false) throws -> String? {
    var connection = PlayedConnection()
    connection.firstBytes = answer
    connection.closedByServer = isClosed
    var played = PlayedCase()
    played.connections = [1: connection]
    return played.mismatch(try Target(target), PhaseTimeouts())?.message
  }

  @Test func anotherProtocolIsCalledByItsName() throws {
    let http = Array("HTTP/1.1 400 Bad Request\r\n".utf8)
    #expect(
      try Self.message("fastcgi://127.0.0.1:9000/", http)
        == "127.0.0.1:9000 answers with HTTP: that is HTTP on a FastCGI port; use http://127.0.0.1:9000")
    #expect(
      try Self.message("http://127.0.0.1:80/", [1, 6, 0, 1])
        == "127.0.0.1:80 answers with FastCGI: that is FastCGI on an HTTP port; use fastcgi://127.0.0.1:80")
    #expect(try Self.message("http://127.0.0.1:80/", http) == nil)
    #expect(
      try Self.message("uwsgi://127.0.0.1:3031/", [1, 6, 0, 1])
        == "127.0.0.1:3031 answers with FastCGI: that is FastCGI on a uwsgi port; use fastcgi://127.0.0.1:3031")
  }

  @Test func anAnswerOverSCGIAndUWSGIMayBeginAsOneOfHTTPDoes() throws {
    #expect(try Self.message("scgi://127.0.0.1:4000/", Array("HTTP/1.1 200 OK\r\n".utf8)) == nil)
    #expect(try Self.message("uwsgi://127.0.0.1:3031/", Array("HTTP/1.1 200 OK\r\n".utf8)) == nil)
    #expect(try Self.message("scgi://127.0.0.1:4000/", Array("Status: 200 OK\r\n".utf8)) == nil)
  }

  @Test("what no header begins with is foreign", arguments: ["scgi", "uwsgi"])
  func foreign(scheme: String) throws {
    for answer in [[0x15, 3, 1, 0, 2], Array("SSH-2.0-OpenSSH\r\n".utf8)] {
      #expect(try Self.message("\(scheme)://127.0.0.1:4000/", answer)?.contains("does not speak") == true)
    }
  }

  @Test(
    "what greets first, or is no text, is not HTTP",
    arguments: ["SSH-2.0-OpenSSH\r\n", "220 mail ESMTP\r\n", "\u{15}\u{3}\u{1}", "+OK\r\n"])
  func notHTTP(answer: String) throws {
    #expect(try Self.message("http://127.0.0.1:80/", Array(answer.utf8))?.contains("does not speak HTTP") == true)
  }

  @Test("a status line gone wrong is for the cases", arguments: ["200 OK\r\n", "ICY 200 OK\r\n", "<p>old\r\n"])
  func faultyHTTP(answer: String) throws {
    #expect(try Self.message("http://127.0.0.1:80/", Array(answer.utf8)) == nil)
  }

  @Test func aCloseAndASilenceAskWhatIsThere() throws {
    let fastCGI = try #require(try Self.message("fastcgi://127.0.0.1:9000/", [], isClosed: true))
    #expect(
      fastCGI.hasSuffix("is it a fastcgi server, and may this address connect (php-fpm's listen.allowed_clients)?"))
    let http = try #require(try Self.message("http://127.0.0.1:80/", [], isClosed: true))
    #expect(http.hasSuffix("is it an HTTP server? A FastCGI server closes so, and one of https://"))
    #expect(try Self.message("http://127.0.0.1:80/", [])?.contains("never answered (5000 ms)") == true)
  }

  @Test("a program that was started speaks CGI as well as it can", arguments: [[], [1], Array("HTTP/1.1".utf8)])
  func programs(answer: [UInt8]) throws {
    for isClosed in [true, false] { #expect(try Self.message("cgi:/bin/true", answer, isClosed: isClosed) == nil) }
  }

  @Test func everySchemeIsPlayed() throws {
    let targets = [
      "fastcgi": "//127.0.0.1:9000/", "fastcgi+unix": "///run/x.sock", "http": "//127.0.0.1:80/",
      "https": "//127.0.0.1:443/",
      "http+unix": "///run/x.sock", "cgi": "/bin/true", "scgi": "//127.0.0.1:4000/", "scgi+unix": "///run/x.sock",
      "uwsgi": "//127.0.0.1:3031/", "uwsgi+unix": "///run/x.sock", "wsgi": "app:application",
    ]
    #expect(Set(targets.keys) == Set(WireProtocol.allCases.flatMap(\.traits.schemes)))
    for (scheme, rest) in targets {
      let profile = TargetProfile(target: try Target("\(scheme):\(rest)"))
      #expect(profile.player.canHold == profile.target.wireProtocol.traits.hasByteStream)
    }
  }
}
