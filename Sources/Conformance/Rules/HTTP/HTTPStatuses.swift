// RFC 9110 and RFC 9112: what a status, a version, a challenge, a range and a trailer oblige to, beside what HTTPSemantics
// says.
//
// Only what the messages of a connection show; a page that nobody asked for twice is compared with nothing.

import Exchanges
import HTTP1Wire
import WireBytes

extension RuleCatalog {
  /// A rule over the challenges of a response.
  private static func challenge(
    _ requirement: RequirementID, _ problem: HTTPGrammar.ChallengeProblem, _ message: String, summary: String,
    explanation: String
  ) -> Rule {
    httpResponse(requirement, summary: summary, explanation: explanation) { exchange, _, _, findings in
      let fields = exchange.response.fields
      guard fields.countFields("www-authenticate") > 0 else { return }
      for index in fields.indices where fields.name(index).equalsIgnoringCase("www-authenticate") {
        guard HTTPGrammar.challengeProblems(fields.value(index)).contains(problem) else { continue }
        findings.report(message, .response, at: exchange.response.range.lowerBound)
      }
    }
  }

  /// A rule that an error says what it is, for statuses of one class.
  private static func explained(_ requirement: RequirementID, _ kind: UInt16) -> Rule {
    httpResponse(
      requirement, summary: "A response \(kind)xx has a body that explains it.",
      explanation: "A person sees an empty page and does not know whether anything came."
    ) { exchange, facts, status, findings in
      guard status / 100 == kind, facts.hasRequest, !exchange.request.method.isHEAD, !exchange.request.method.isCONNECT,
        exchange.response.isComplete, exchange.response.body.byteCount == 0
      else { return }
      findings.report("\(status) without a body", .response, at: exchange.response.range.lowerBound)
    }
  }

  /// Whether a response has several parts.
  private static func isMultipart(_ exchange: Exchange) -> Bool {
    exchange.response.status == 206
      && exchange.response.fields.listElements("content-type").first?.equalsIgnoringCase("multipart/byteranges") == true
  }

  /// Fields whose values are lists of tokens.
  private static let tokenFields: [StaticString] = [
    "Accept-Ranges", "Allow", "Connection", "Content-Encoding", "Trailer", "Vary",
  ]

  /// What is wrong with the grammar of a response's fields; nil where nothing is.
  static func malformedField(_ fields: FieldList) -> String? {
    var message: String?
    fields.forEach { name, value in
      let isRight: (ArraySlice<UInt8>) -> Bool
      if tokenFields.contains(where: { name.equalsIgnoringCase($0) }) {
        isRight = HTTPGrammar.isTokenList
      } else if name.equalsIgnoringCase("content-range") {
        isRight = HTTPGrammar.isContentRange
      } else if name.equalsIgnoringCase("age") {
        isRight = { HTTPGrammar.number($0) != nil }
      } else {
        return
      }
      let value = value.copied()[...]
      guard message == nil, !isRight(value) else { return }
      message = "\(WireText.escape(name.copied(), limit: 40)): \(WireText.escape(value, limit: 60))"
    }
    return message
  }

  static let httpStatuses: [Rule] = joined([
    [
      challenge(
        "H-9110-5.6.3-2", .spaceAroundEquals, "white space around an equals sign in WWW-Authenticate",
        summary: "No white space stands around the equals sign of a parameter.",
        explanation: "It is taken for historical reasons only; strict clients refuse the challenge."),
      challenge(
        "H-9110-11.2-1", .repeatedParameter, "a parameter twice in a challenge",
        summary: "A parameter stands once in a challenge.",
        explanation: "Clients take the first or the last, and log in to different realms."),
      challenge(
        "H-9110-11.5-1", .unquotedRealm, "realm without quotes", summary: "The realm of a challenge is in quotes.",
        explanation: "Some clients never ask for a password then."),
      explained("H-9110-15.5-1", 4),
      explained("H-9110-15.6-1", 5),
      httpResponse(
        "H-9110-6.2-2", summary: "A response says HTTP/1.1 or HTTP/1.0.",
        explanation: "There is no other version of this form. Usually the client's is written back."
      ) { exchange, facts, _, findings in
        guard let version = facts.responseVersion, (version.major, version.minor) > (1, 1) || version.major < 1 else {
          return
        }
        findings.report(
          "HTTP/\(version.major).\(version.minor)", .response, at: exchange.response.range.lowerBound)
      },
      httpResponse(
        "H1-9112-7.4-3", summary: "A response has no transfer coding but chunked that TE did not ask for.",
        explanation: "The client cannot read the body, whatever it would do with a Content-Encoding."
      ) { exchange, facts, _, findings in
        guard facts.hasRequest, exchange.request.fields.droppedCount == 0,
          exchange.response.fields.countFields("transfer-encoding") > 0
        else { return }
        let others = exchange.response.fields.listElements("transfer-encoding")
          .filter { HTTPGrammar.isToken($0) && !$0.equalsIgnoringCase("chunked") }
        guard !others.isEmpty else { return }
        let asked = Set(exchange.request.fields.listElements("te").map { $0.map { ASCII.lowercased($0) } })
        guard let coding = others.first(where: { !asked.contains($0.map { ASCII.lowercased($0) }) }) else { return }
        findings.report(
          "Transfer-Encoding: \(WireText.escape(coding, limit: 40))", .response,
          at: exchange.response.range.lowerBound)
      },
      httpResponse(
        "H-9110-7.8-6", summary: "Upgrade of an HTTP/1.0 client is passed over.",
        explanation: "It came from a gateway that does not know what it passed on."
      ) { exchange, facts, status, findings in
        guard status == 101, let version = facts.requestVersion, version.isOld else { return }
        findings.report("101 to an HTTP/1.0 request", .response, at: exchange.response.range.lowerBound)
      },
      httpResponse(
        "H-9110-7.8-7", summary: "100 comes before 101 where the client waits for it.",
        explanation: "The body of the request is still held back, and is then read as the new protocol's first bytes."
      ) { exchange, facts, status, findings in
        guard status == 101, facts.hasRequest, facts.interimResponses == 0,
          exchange.request.fields.listContains("100-continue", in: "expect")
        else { return }
        findings.report("101 without 100", .response, at: exchange.response.range.lowerBound)
      },
      http(
        "H-9110-8.6-5", .server, summary: "No Content-Length stands in a 2xx response to CONNECT.",
        explanation: "A client that believes it waits for a body in the tunnel."
      ) { exchange, _, findings in
        guard exchange.request.method.isCONNECT,
          let anomaly = exchange.anomalies.first(.contentLengthNotAllowed, .response)
        else { return }
        findings.report("Content-Length in answer to CONNECT", .response, at: anomaly.range.lowerBound)
      },
      httpResponse(
        "H-9110-9.3.3-1", summary: "A 201 that answers POST says in Location what was made.",
        explanation: "The client cannot find it, and makes another one."
      ) { exchange, facts, status, findings in
        guard status == 201, facts.hasRequest, exchange.request.method.elementsEqual("POST".utf8),
          exchange.response.fields.countFields("location") == 0
        else { return }
        findings.report("201 without Location", .response, at: exchange.response.range.lowerBound)
      },
      httpResponse(
        "H-9110-12.5.3-2", summary: "A 415 that is not about a coding has no Accept-Encoding.",
        explanation: "The client takes away a coding that it never used, and asks again in vain."
      ) { exchange, facts, status, findings in
        guard status == 415, facts.hasRequest, exchange.request.fields.droppedCount == 0,
          exchange.request.fields.countFields("content-encoding") == 0,
          exchange.response.fields.countFields("accept-encoding") > 0
        else { return }
        findings.report("415 with Accept-Encoding", .response, at: exchange.response.range.lowerBound)
      },
      httpResponse(
        "H-9110-15.3.7.2-1", summary: "The type of a 206 of several parts names their boundary.",
        explanation: "The client cannot tell one part from the next."
      ) { exchange, _, _, findings in
        guard isMultipart(exchange), let type = exchange.response.fields.firstField("content-type") else { return }
        let hasBoundary = HTTPGrammar.parts(type, between: 0x3B).contains {
          $0.prefix(9).equalsIgnoringCase("boundary=".utf8) && $0.count > 9
        }
        if !hasBoundary {
          findings.report("multipart/byteranges without boundary", .response, at: exchange.response.range.lowerBound)
        }
      },
      httpResponse(
        "H-9110-15.3.7.2-2", summary: "A 206 of several parts has no Content-Range of its own.",
        explanation: "A client that looks there first takes all parts for one."
      ) { exchange, _, _, findings in
        guard isMultipart(exchange), exchange.response.fields.countFields("content-range") > 0 else { return }
        findings.report(
          "multipart/byteranges with Content-Range", .response, at: exchange.response.range.lowerBound)
      },
      httpResponse(
        "H-9110-15.3.7.2-4", summary: "One range that was asked for is not sent as several parts.",
        explanation: "Clients that ask for one part often cannot read several."
      ) { exchange, facts, _, findings in
        guard isMultipart(exchange), facts.hasRequest, let range = exchange.request.fields.firstField("range"),
          exchange.request.fields.countFields("range") == 1, !range.contains(0x2C)
        else { return }
        findings.report("multipart/byteranges for one range", .response, at: exchange.response.range.lowerBound)
      },
      httpResponse(
        "H-9110-15.5.17-1", summary: "A response 416 says in Content-Range how long the page is.",
        explanation: "The client cannot know what part it could have asked for."
      ) { exchange, _, status, findings in
        guard status == 416, exchange.response.fields.countFields("content-range") == 0,
          exchange.request.fields.firstField("range")?.prefix(6).equalsIgnoringCase("bytes=".utf8) == true
        else { return }
        findings.report("416 without Content-Range", .response, at: exchange.response.range.lowerBound)
      },
      httpConnection(
        "H-9110-6.6.1-2", .server, summary: "Every response 2xx, 3xx and 4xx has a Date.",
        explanation: """
          Caches compute the age of a page by it. A connection on which other responses have one shows that the server has a \
          clock: errors that it makes itself are the usual exception.
          """
      ) { _, facts, findings in
        guard facts.hasDate, let offset = facts.undated else { return }
        findings.report("a response without Date, where others have one", .response, at: offset)
      },
      httpConnection(
        "H1-9112-9.2-1", .server, summary: "A request has one final response.",
        explanation: "The client takes the second one for the answer to its next request: all that follows is wrong."
      ) { _, facts, findings in
        guard let offset = facts.unasked else { return }
        findings.report("a response that nobody asked for", .response, at: offset)
      },
      httpAnomaly(
        "H1-9112-6.1-9", .client, [(.transferEncodingInOldVersion, "Transfer-Encoding in an HTTP/1.0 request")],
        summary: "A request of HTTP/1.0 has no Transfer-Encoding.",
        explanation: "A server that knows only HTTP/1.0 takes the chunks for the next request."),
      http(
        "H1-9112-3.2-5", .client, summary: "Host is the authority of the target.",
        explanation: "One recipient serves the one, another the other: that is how caches are poisoned."
      ) { exchange, facts, findings in
        guard facts.requestHeadIsWhole, let authority = HTTPGrammar.authority(exchange.request.target[...]),
          let host = exchange.request.fields.firstField("host")
        else { return }
        let name = authority.lastIndex(of: 0x40).map { authority[($0 + 1)...] } ?? authority
        guard !name.equalsIgnoringCase(host) else { return }
        findings.report(
          "Host is \(WireText.escape(host, limit: 60)), the target's authority \(WireText.escape(name, limit: 60))",
          .request, at: exchange.request.range.lowerBound)
      },
    ],
    [Rule.Subject.server, .client].map { subject in
      http(
        "H-9110-6.5.1-1", subject, summary: "No trailer frames, routes or controls the message.",
        explanation: "Recipients that merge trailers obey it after all was decided; others never see it."
      ) { _, facts, findings in
        let trailers = subject == .server ? facts.responseTrailers : facts.requestTrailers
        guard let offset = trailers.forbidden else { return }
        findings.report("a trailer that has to stand in the head", subject.direction, at: offset)
      }
    },
    [Rule.Subject.server, .client].map { subject in
      http(
        "H-9110-6.6.2-1", subject, summary: "Trailer announces the trailers.",
        explanation: "A recipient that has to keep room for them, or to pass them on, learns of them too late."
      ) { _, facts, findings in
        let trailers = subject == .server ? facts.responseTrailers : facts.requestTrailers
        guard let offset = trailers.unannounced else { return }
        findings.report("a trailer that Trailer does not name", subject.direction, at: offset)
      }
    },
  ])
}
