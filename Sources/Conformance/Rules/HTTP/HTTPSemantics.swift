// RFC 9110: what the fields and the status of a message oblige to.
//
// Only what the exchange itself shows; whether a resource could have been served otherwise is not guessed.

import Exchanges
import HTTP1Wire
import WireBytes

extension RuleCatalog {
  static let httpSemantics: [Rule] = joined([
    [Rule.Subject.server, .client].map { subject in
      httpMessage(
        "H-9110-2.2-1", subject, summary: "Targets and field values are what their grammar allows.",
        explanation:
          "Recipients cut, replace or refuse them: what a filter saw is not what the application gets."
      ) { exchange, _, findings in
        let range = subject == .server ? exchange.response.range : exchange.request.range
        for (kind, message) in malformedBytes {
          guard let anomaly = exchange.anomalies.first(kind, subject.direction) else { continue }
          findings.report(message, subject.direction, at: anomaly.range.lowerBound)
        }
        if subject == .server, exchange.wireProtocol == .http1, exchange.response.hasHead,
          let message = malformedField(exchange.response.fields)
        {
          findings.report(message, .response, at: range.lowerBound)
        }
      }
    },
    [Rule.Subject.server, .client].map { subject in
      Rule(
        "H-9110-5.3-3", subject, summary: "A field that is no list stands once.",
        explanation: "Recipients take the first, the last or both joined: each sees another value.",
        exchange: { exchange, findings in
          let isCGI = subject == .server && endedCGIResponse(exchange)?.headEnd != nil
          let isCall = subject == .server && exchange.wsgi.map { $0.isDone && !$0.isServersAnswer } ?? false
          guard exchange.http1 != nil && (exchange.wireProtocol == .http1 || subject == .server) || isCGI || isCall
          else { return }
          let fields = subject == .server ? exchange.response.fields : exchange.request.fields
          let range = subject == .server ? exchange.response.range : exchange.request.range
          let isHTTP = subject == .server && exchange.wireProtocol == .http1
          let names = isCGI ? singleFieldsOfHTTP : isHTTP ? singleFieldsBesideDate : singleFields
          for name in names where fields.countFields(name) > 1 {
            findings.report(
              "\(fields.countFields(name)) \(name) fields", subject.direction, at: range.lowerBound)
          }
        })
    },
    [
      httpResponse(
        "H-9110-5.6.7-2", summary: "Dates have the form Sun, 06 Nov 1994 08:49:37 GMT.",
        explanation:
          "Recipients that cannot read a date take the page for stale, or cache it for ever."
      ) { exchange, _, _, findings in
        for name in ["date", "last-modified"] as [StaticString] {
          guard let value = exchange.response.fields.firstField(name), !HTTPGrammar.isDate(value), !isSpacedDate(value)
          else {
            continue
          }
          findings.report(
            "\(name): \(WireText.escape(value, limit: 60))", .response,
            at: exchange.response.range.lowerBound)
        }
      },
      http(
        "H-9110-7.1-1", .client, summary: "The target * goes with OPTIONS only.",
        explanation:
          "It names the server as a whole; for another method there is nothing to act on."
      ) { exchange, _, findings in
        guard exchange.request.target == [0x2A],
          !exchange.request.method.elementsEqual("OPTIONS".utf8)
        else { return }
        findings.report(
          "\(WireText.escape(exchange.request.method, limit: 20)) *", .request,
          at: exchange.request.range.lowerBound)
      },
      httpResponse(
        "H-9110-7.8-2", summary: "A response 101 names the new protocol in Upgrade.",
        explanation: "The client cannot know what the bytes that follow are."
      ) { exchange, _, status, findings in
        guard status == 101, exchange.response.fields.countFields("upgrade") == 0 else { return }
        findings.report("101 without Upgrade", .response, at: exchange.response.range.lowerBound)
      },
      httpResponse(
        "H-9110-7.8-3", summary: "A server changes to a protocol that the client offered.",
        explanation: "The client goes on in one protocol and the server in another."
      ) { exchange, facts, status, findings in
        guard status == 101, facts.hasRequest, exchange.request.fields.droppedCount == 0 else { return }
        let offered = exchange.request.fields.listElements("upgrade").map {
          $0.map(ASCII.lowercased)
        }
        for chosen in exchange.response.fields.listElements("upgrade") {
          guard !offered.contains(chosen.map(ASCII.lowercased)) else { continue }
          findings.report(
            "101 to \(WireText.escape(chosen, limit: 40)), which was not offered", .response,
            at: exchange.response.range.lowerBound)
        }
      },
      httpResponse(
        "H-9110-7.8-4", summary: "A response 426 names the protocol to change to in Upgrade.",
        explanation: "The client is told to change and not to what."
      ) { exchange, _, status, findings in
        guard status == 426, exchange.response.fields.countFields("upgrade") == 0 else { return }
        findings.report("426 without Upgrade", .response, at: exchange.response.range.lowerBound)
      },
    ],
    [Rule.Subject.server, .client].map { subject in
      http(
        "H-9110-7.8-5", subject, summary: "Upgrade is named in Connection.",
        explanation: "Otherwise a gateway passes it on to a server that it does not concern."
      ) { exchange, _, findings in
        let fields = subject == .server ? exchange.response.fields : exchange.request.fields
        guard fields.countFields("upgrade") > 0, fields.droppedCount == 0,
          !fields.listContains("upgrade", in: "connection")
        else { return }
        let range = subject == .server ? exchange.response.range : exchange.request.range
        findings.report(
          "Upgrade without Connection: Upgrade", subject.direction, at: range.lowerBound)
      }
    },
    [
      http(
        "H-9110-8.6-4", .server, summary: "No Content-Length stands in a 1xx or 204 response.",
        explanation:
          "A recipient that believes it waits for a body, or takes the next response for it."
      ) { exchange, _, findings in
        guard !exchange.request.method.isCONNECT,
          let anomaly = exchange.anomalies.first(.contentLengthNotAllowed, .response)
        else { return }
        findings.report(
          "Content-Length where there is no body", .response, at: anomaly.range.lowerBound)
      },
      httpResponse(
        "H-9110-8.8.3-1", summary: "An ETag is text in double quotes, W/ before it or not.",
        explanation:
          "Caches compare it byte by byte; without quotes some drop it, and nothing is revalidated."
      ) { exchange, _, _, findings in
        guard let tag = exchange.response.fields.firstField("etag"), !isEntityTag(tag) else {
          return
        }
        findings.report(
          "ETag: \(WireText.escape(tag, limit: 60))", .response,
          at: exchange.response.range.lowerBound)
      },
      httpConnection(
        "H-9110-9.3.2-1", .server, summary: "A response to HEAD has no body.",
        explanation:
          "The client takes its bytes for the next response: the connection is out of step.",
        exchange: { exchange, findings in
          guard let surplus = exchange.http1?.responseSurplus, exchange.request.method.isHEAD else { return }
          findings.report("bytes after a response to HEAD", .response, at: surplus)
        }
      ) { _, facts, findings in
        guard let stray = facts.stray, stray.answersHead else { return }
        findings.report("bytes after a response to HEAD", .response, at: stray.offset)
      },
      httpResponse(
        "H-9110-10.2.1-1", summary: "A response 405 lists the methods in Allow.",
        explanation: "The client is told that its method is wrong and not which ones are right."
      ) { exchange, _, status, findings in
        guard status == 405, exchange.response.fields.countFields("allow") == 0 else { return }
        findings.report("405 without Allow", .response, at: exchange.response.range.lowerBound)
      },
      httpResponse(
        "H-9110-11.6.1-1", summary: "A response 401 asks for credentials in WWW-Authenticate.",
        explanation: "A browser shows the error page and never asks for a password."
      ) { exchange, _, status, findings in
        guard status == 401, exchange.response.fields.countFields("www-authenticate") == 0 else {
          return
        }
        findings.report(
          "401 without WWW-Authenticate", .response, at: exchange.response.range.lowerBound)
      },
      http(
        "H-9110-15-1", .server, summary: "A status code is three digits, 100 to 599.",
        explanation: "Clients take others for 500, and gateways for a broken response."
      ) { exchange, _, findings in
        guard let anomaly = exchange.anomalies.first(.invalidStatus, .response) else { return }
        findings.report(
          anomaly.value == 0 ? "a status that is no number" : "status \(anomaly.value)", .response,
          at: anomaly.range.lowerBound)
      },
      http(
        "H-9110-15.2-1", .server, summary: "A client of HTTP/1.0 gets no interim response.",
        explanation: "It takes the 1xx for the answer, and the answer for garbage."
      ) { exchange, facts, findings in
        guard let version = facts.requestVersion, version.isOld, facts.interimResponses > 0 else {
          return
        }
        findings.report(
          "a 1xx response to an HTTP/1.0 request", .response, at: exchange.response.range.lowerBound
        )
      },
      http(
        "H-9110-15.2-3", .server, summary: "A final response follows an interim one.",
        explanation: "The client was told to wait and then left alone."
      ) { exchange, facts, findings in
        guard facts.interimResponses > 0, !exchange.response.hasHead,
          exchange.ending == .serverClosed
        else { return }
        findings.report(
          "closed after a 1xx response", .response, at: exchange.response.range.upperBound)
      },
      Rule(
        "H-9110-15.3.6-1", .server, summary: "A response 205 has no body.",
        explanation:
          "The client resets its form and leaves the body in the connection, or shows it.",
        exchange: { exchange, findings in
          guard exchange.http1 != nil || endedCGIResponse(exchange) != nil, exchange.response.status == 205,
            exchange.response.body.byteCount > 0
          else { return }
          findings.report(
            "205 with \(exchange.response.body.byteCount) bytes", .response,
            at: exchange.cgi?.places.body ?? exchange.response.range.lowerBound)
        }),
      httpResponse(
        "H-9110-15.3.7.1-1", summary: "A response 206 says in Content-Range which part it is.",
        explanation:
          "The client cannot know where the bytes belong, and the file it puts together is broken."
      ) { exchange, _, status, findings in
        guard status == 206, exchange.response.fields.countFields("content-range") == 0 else {
          return
        }
        let type = exchange.response.fields.listElements("content-type").first
        guard type?.equalsIgnoringCase("multipart/byteranges") != true else { return }
        findings.report(
          "206 without Content-Range", .response, at: exchange.response.range.lowerBound)
      },
      httpResponse(
        "H-9110-15.4-1", summary: "A redirect says in Location where to.",
        explanation: "A browser stays where it is and shows an empty page."
      ) { exchange, _, status, findings in
        guard [301, 302, 303, 307, 308].contains(status),
          exchange.response.fields.countFields("location") == 0
        else {
          return
        }
        findings.report(
          "\(status) without Location", .response, at: exchange.response.range.lowerBound)
      },
    ],
  ])

  /// What of the bytes of a message no grammar allows.
  private static let malformedBytes: [(AnomalyKind, String)] = [
    (.controlByteInValue, "a control byte in a field value"),
    (.invalidTargetByte, "a byte in the target that has to be percent-encoded"),
  ]

  /// Fields whose value is no list, of which a second one contradicts the first or is lost.
  private static let singleFields: [StaticString] = [
    "Host", "Content-Type", "Date", "ETag", "Last-Modified", "Location", "Age", "Expires",
    "If-Modified-Since",
    "Authorization", "Content-Range", "Retry-After",
  ]

  /// The same without those that CGI gives a meaning: of them CGI-6.3-2 speaks.
  private static let singleFieldsOfHTTP: [StaticString] = singleFields.filter { name in
    !["Content-Type", "Location"].contains("\(name)")
  }

  /// The same without Date: of an HTTP response's H-9110-6.6.1-6 speaks.
  private static let singleFieldsBesideDate: [StaticString] = singleFields.filter { "\($0)" != "Date" }

  /// Spec: RFC 9110 section 8.8.3.
  private static func isEntityTag(_ value: ArraySlice<UInt8>) -> Bool {
    let tag = value.starts(with: "W/".utf8) ? value.dropFirst(2) : value
    guard tag.count >= 2, tag.first == 0x22, tag.last == 0x22 else { return false }
    return tag.dropFirst().dropLast().allSatisfy { $0 == 0x21 || $0 >= 0x23 && $0 != 0x7F }
  }
}
