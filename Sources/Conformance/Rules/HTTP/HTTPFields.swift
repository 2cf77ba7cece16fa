// RFC 9110: what stands in the fields of a message, whatever its status.
//
// Grammars are HTTPGrammar's; which fields a status asks for is in HTTPSemantics and HTTPStatuses.

import Exchanges
import HTTP1Wire
import WireBytes

extension RuleCatalog {
  /// A rule over the fields of the messages that either side sends.
  private static func fields(
    _ requirement: RequirementID, summary: String, explanation: String,
    check: @escaping @Sendable (FieldList) -> String?
  ) -> [Rule] {
    [Rule.Subject.server, .client].map { subject in
      http(requirement, subject, summary: summary, explanation: explanation) { exchange, _, findings in
        let isServer = subject == .server
        guard let message = check(isServer ? exchange.response.fields : exchange.request.fields) else { return }
        let range = isServer ? exchange.response.range : exchange.request.range
        findings.report(message, subject.direction, at: range.lowerBound)
      }
    }
  }

  /// A rule over the first value of a field of a response.
  private static func value(
    _ requirement: RequirementID, _ name: StaticString, summary: String, explanation: String,
    isRight: @escaping @Sendable (ArraySlice<UInt8>) -> Bool
  ) -> Rule {
    httpResponse(requirement, summary: summary, explanation: explanation) { exchange, _, _, findings in
      guard let value = exchange.response.fields.firstField(name), !isRight(value) else { return }
      findings.report(
        "\(name): \(WireText.escape(value, limit: 60))", .response, at: exchange.response.range.lowerBound)
    }
  }

  /// Fields that are lists, and whose elements hold no commas but in quotes.
  private static let listFields: [StaticString] = [
    "Accept", "Accept-Encoding", "Accept-Language", "Accept-Ranges", "Allow", "Cache-Control", "Connection",
    "Content-Encoding", "Content-Language", "If-Match", "If-None-Match", "TE", "Trailer", "Transfer-Encoding",
    "Upgrade",
    "Vary", "Via",
  ]

  /// Fields that speak to everybody on the way, never of one connection.
  private static let endToEndFields: [StaticString] = [
    "Accept", "Age", "Allow", "Authorization", "Cache-Control", "Content-Encoding", "Content-Length", "Content-Type",
    "Cookie", "Date", "ETag", "Expires", "Host", "Last-Modified", "Location", "Server", "Set-Cookie", "User-Agent",
    "Vary",
  ]

  static let httpFields: [Rule] = joined([
    fields(
      "H-9110-5.6.1.1-1", summary: "A list has no empty elements.",
      explanation: "Recipients have to pass over a few; those that do not refuse the message, or miss what follows."
    ) { fields in
      var message: String?
      fields.forEach { name, value in
        guard message == nil, value.firstIndex(of: 0x2C) != nil,
          listFields.contains(where: { name.equalsIgnoringCase($0) })
        else { return }
        let value = value.copied()[...]
        guard HTTPGrammar.hasEmptyElement(value) else { return }
        message = "\(WireText.escape(name.copied(), limit: 40)): \(WireText.escape(value, limit: 60))"
      }
      return message
    },
    fields(
      "H-9110-7.6.1-1", summary: "Keep-Alive is named in Connection.",
      explanation: "Otherwise a gateway passes it on, and promises a connection that is not its own."
    ) { fields in
      guard fields.countFields("keep-alive") > 0, fields.droppedCount == 0,
        !fields.listContains("keep-alive", in: "connection")
      else { return nil }
      return "Keep-Alive without Connection: keep-alive"
    },
    fields(
      "H-9110-7.6.1-4", summary: "Connection names no field that is meant for everybody.",
      explanation: "A gateway takes the field away as it should, and the recipient never sees it."
    ) { fields in
      guard fields.countFields("connection") > 0 else { return nil }
      for option in fields.listElements("connection") {
        guard endToEndFields.contains(where: { option.equalsIgnoringCase($0) }) else { continue }
        return "Connection names \(WireText.escape(option, limit: 40))"
      }
      return nil
    },
    fields(
      "H-9110-8.4-2", summary: "Content-Encoding does not name identity.",
      explanation: "It stands for no coding at all; recipients that look for a known name refuse the body."
    ) { $0.listContains("identity", in: "content-encoding") ? "Content-Encoding: identity" : nil },
    [Rule.Subject.server, .client].map { subject in
      httpMessage(
        "H-9110-8.3-2", subject, summary: "Content-Type is one media type.",
        explanation: "What a recipient cannot read it guesses, and what it guesses can be exploited."
      ) { exchange, _, findings in
        let fields = subject == .server ? exchange.response.fields : exchange.request.fields
        let range = subject == .server ? exchange.response.range : exchange.request.range
        guard let value = fields.firstField("content-type"), !value.isEmpty, !HTTPGrammar.isMediaType(value) else {
          return
        }
        findings.report(
          "Content-Type: \(WireText.escape(value, limit: 60))", subject.direction, at: range.lowerBound)
      }
    },
    [
      httpResponse(
        "H-9110-5.6.7-3", summary: "No white space stands in a date but single spaces.",
        explanation: "Recipients that split it at spaces read another date, or none."
      ) { exchange, _, _, findings in
        for name in ["date", "last-modified"] as [StaticString] {
          guard let value = exchange.response.fields.firstField(name), isSpacedDate(value) else { continue }
          findings.report(
            "\(name): \(WireText.escape(value, limit: 60))", .response, at: exchange.response.range.lowerBound)
        }
      },
      http(
        "H-9110-5.6.7-2", .client, summary: "Dates have the form Sun, 06 Nov 1994 08:49:37 GMT.",
        explanation: "A server that cannot read a date has to pass over the condition that it is part of."
      ) { exchange, _, findings in
        for name in ["date", "if-modified-since", "if-unmodified-since"] as [StaticString] {
          guard let value = exchange.request.fields.firstField(name), !HTTPGrammar.isDate(value) else { continue }
          findings.report(
            "\(name): \(WireText.escape(value, limit: 60))", .request, at: exchange.request.range.lowerBound)
        }
      },
      httpResponse(
        "H-9110-6.6.1-6", summary: "A response has one Date.",
        explanation: "Two servers on the way may each add one; caches take either for the age of the page."
      ) { exchange, _, _, findings in
        let count = exchange.response.fields.countFields("date")
        guard count > 1, exchange.wireProtocol == .http1 else { return }
        findings.report("\(count) Date fields", .response, at: exchange.response.range.lowerBound)
      },
      httpResponse(
        "H-9110-8.8.2.1-2", summary: "Last-Modified is not later than Date.",
        explanation: "A page cannot have been changed after it was sent: caches that compare the two keep it too long."
      ) { exchange, _, _, findings in
        let fields = exchange.response.fields
        guard let date = fields.firstField("date").flatMap({ HTTPGrammar.order(ofDate: $0) }),
          let changed = fields.firstField("last-modified").flatMap({ HTTPGrammar.order(ofDate: $0) }), changed > date
        else { return }
        findings.report("Last-Modified is later than Date", .response, at: exchange.response.range.lowerBound)
      },
      value(
        "H-9110-10.2.2-1", "Location", summary: "Location is a URI.",
        explanation: "Clients cut it at the first space, encode it each in its own way, or go nowhere."
      ) { HTTPGrammar.isURIReference($0) },
      value(
        "H-9110-4.2.4-1", "Location", summary: "A URI in Location holds no user information.",
        explanation: "A name and a password in a redirect end in logs and in the Referer of other sites."
      ) { !(HTTPGrammar.authority($0)?.contains(0x40) ?? false) },
      value(
        "H-9110-4.2.1-1", "Location", summary: "A URI of http in Location names a host.",
        explanation: "A recipient has to refuse it. Usually a name was not configured."
      ) { value in
        value.prefix(5).equalsIgnoringCase("https".utf8) || HTTPGrammar.authority(value).map { !$0.isEmpty } ?? true
      },
      value(
        "H-9110-4.2.2-1", "Location", summary: "A URI of https in Location names a host.",
        explanation: "A recipient has to refuse it. Usually a name was not configured."
      ) { value in
        !value.prefix(5).equalsIgnoringCase("https".utf8) || HTTPGrammar.authority(value).map { !$0.isEmpty } ?? true
      },
      value(
        "H-9110-10.2.3-1", "Retry-After", summary: "Retry-After is a number of seconds, or a date.",
        explanation: "A client that cannot read it comes back at once, or never."
      ) { HTTPGrammar.number($0) != nil || HTTPGrammar.isDate($0) },
    ],
  ])

  /// Whether a value is a date but for white space.
  static func isSpacedDate(_ value: ArraySlice<UInt8>) -> Bool {
    !HTTPGrammar.isDate(value) && HTTPGrammar.isDate(HTTPGrammar.singleSpaced(value))
  }
}
