// RFC 3875 section 4: the meta-variables against the HTTP request that they come from.
//
// What a gateway is configured to change or to leave out is its right (section 3.1), and most of it cannot be told from
// a mistake: judged is only what no configuration means.

import Exchanges
import WireBytes

extension RuleCatalog {
  /// A rule over both sides of a gateway that speaks CGI's variables to its backend.
  static func gateway(
    _ requirement: RequirementID, summary: String, explanation: String,
    check: @escaping @Sendable (ExchangePair, inout Findings) -> Void
  ) -> Rule {
    Rule(requirement, .client, summary: summary, explanation: explanation, pair: check)
  }

  static let gatewayPairRequest: [Rule] = [
    gateway(
      "CGI-4.1-5", summary: "Values keep the case that the client wrote.",
      explanation: "Tokens, passwords and cache keys are compared byte by byte: in another case they are others."
    ) { pair, findings in
      for (name, values) in pair.endToEndFields where values.count == 1 {
        let variables = pair.variables(for: name)
        guard variables.count == 1, variables[0] != values[0], variables[0].equalsIgnoringCase(values[0]) else {
          continue
        }
        return findings.report("the value of \(WireText.escape(name)) in another case: \(quoted(variables[0]))")
      }
    },
    gateway(
      "CGI-4.1.2-2", summary: "CONTENT_LENGTH is set where the request has a body.",
      explanation: """
        An application that goes by CONTENT_LENGTH takes the request for one without a body. It happens with chunked \
        bodies that the gateway passes on while they arrive: let it buffer them.
        """
    ) { pair, findings in
      let body = pair.back.request.body.byteCount
      guard pair.front.http1?.requestFraming == .chunked, body > 0,
        pair.back.request.fields.first("CONTENT_LENGTH")?.isEmpty ?? true
      else { return }
      findings.report("a chunked body of \(body) bytes, and no CONTENT_LENGTH")
    },
    gateway(
      "CGI-4.1.2-3", summary: "CONTENT_LENGTH is the length of the body without its transfer coding.",
      explanation: "An application that reads so many bytes stops short, or waits for what never comes."
    ) { pair, findings in
      let request = pair.front.request
      guard request.fields.firstField("content-encoding") == nil,
        let declared = pair.back.request.fields.first("CONTENT_LENGTH").flatMap({ decimal($0) })
      else { return }
      let length: UInt64? =
        switch pair.front.http1?.requestFraming {
        case .length?: request.fields.firstField("content-length").flatMap { decimal($0) }
        // Seen to its end where the backend got as many bytes.
        case .chunked?: request.body.byteCount == pair.back.request.body.byteCount ? request.body.byteCount : nil
        case HTTP1BodyFramingFacts.none?: 0
        case .untilClose?, nil: nil
        }
      // A body that the gateway keeps to itself on purpose is declared as none.
      guard let length, declared != length, declared > 0 else { return }
      findings.report("CONTENT_LENGTH \(declared) for a body of \(length) bytes")
    },
    gateway(
      "CGI-4.1.3-3", summary: "CONTENT_TYPE is set where the client sent Content-Type.",
      explanation: "Without it forms are not parsed: PHP's $_POST stays empty. Pass CONTENT_TYPE on."
    ) { pair, findings in
      let request = pair.front.request
      guard let type = request.fields.firstField("content-type"), !type.isEmpty, request.body.byteCount > 0,
        request.body.byteCount == pair.back.request.body.byteCount,
        pair.back.request.fields.first("CONTENT_TYPE")?.isEmpty ?? true
      else { return }
      findings.report("Content-Type \(quoted(type)), and no CONTENT_TYPE")
    },
    gateway(
      "CGI-4.1.7-1", summary: "QUERY_STRING is still URL-encoded.",
      explanation: "What was data in the query (`&`, `=`, `+`) becomes its syntax. Pass the query as it came."
    ) { pair, findings in
      guard let query = pair.query, let passed = pair.back.request.fields.first("QUERY_STRING"), query != passed,
        query.percentDecoded.elementsEqual(passed)
      else { return }
      findings.report("\(quoted(passed)) for the query \(quoted(query))")
    },
    gateway(
      "CGI-4.1.7-2", summary: "QUERY_STRING keeps the case of the query.",
      explanation: "Names and values in a query are case-sensitive to nearly every application."
    ) { pair, findings in
      guard let query = pair.query, let passed = pair.back.request.fields.first("QUERY_STRING"), query != passed,
        query.equalsIgnoringCase(passed)
      else { return }
      findings.report("\(quoted(passed)) for the query \(quoted(query))")
    },
    gateway(
      "CGI-4.1.12-2", summary: "REQUEST_METHOD keeps the case of the method.",
      explanation: "Methods are case-sensitive: `get` is none that is known, and not to become GET on the way."
    ) { pair, findings in
      let method = pair.front.request.method[...]
      guard let passed = pair.back.request.fields.first("REQUEST_METHOD"), passed != method,
        passed.equalsIgnoringCase(method)
      else { return }
      findings.report("\(quoted(passed)) for the method \(quoted(method))")
    },
    gateway(
      "CGI-4.1.18-1", summary: "The client's header fields become HTTP_ variables.",
      explanation: "The application does not get to know what the client said. Is the field's name refused, or hidden?"
    ) { pair, findings in
      let fields = pair.endToEndFields
      let missing = fields.filter { pair.variables(for: $0.name).isEmpty }
      // None at all is a gateway that was told to pass none.
      guard !missing.isEmpty, missing.count < fields.count else { return }
      let names = missing.prefix(3).map { WireText.escape($0.name) }.joined(separator: ", ")
      findings.report("no variable for \(names)\(missing.count > 3 ? " and \(missing.count - 3) more" : "")")
    },
    gateway(
      "CGI-4.1.18-4", summary: "A header field's value is not cut.",
      explanation: "A shorter value means something else. A limit of the gateway's, or a zero byte, may have ended it."
    ) { pair, findings in
      for (name, values) in pair.endToEndFields where values.count == 1 && !isOftenRewritten(name) {
        let variables = pair.variables(for: name)
        guard variables.count == 1, !variables[0].isEmpty, variables[0].count < values[0].count,
          values[0].starts(with: variables[0])
        else { continue }
        return findings.report(
          "\(variables[0].count) of the \(values[0].count) bytes of \(WireText.escape(name)) were passed on")
      }
    },
    gateway(
      "CGI-4.1.18-5", summary: "Several fields of one name become one value with all of theirs.",
      explanation: """
        A variable that stands twice is read once, the first or the last: the application and whoever checked the \
        request may see different ones. nginx joins them from version 1.23 on.
        """
    ) { pair, findings in
      for (name, values) in pair.endToEndFields where values.count > 1 {
        let variables = pair.variables(for: name)
        if variables.count > 1 {
          return findings.report("\(values.count) fields \(WireText.escape(name)) became \(variables.count) variables")
        }
        guard let variable = variables.first, !variable.isEmpty else { continue }
        let lost = values.count { !variable.contains(run: $0) }
        if lost > 0, lost < values.count {
          return findings.report("\(lost) of \(values.count) fields \(WireText.escape(name)) were not passed on")
        }
      }
    },
    gateway(
      "DIAG-HTTP-PROXY", summary: "A client's Proxy field does not become HTTP_PROXY.",
      explanation: """
        Programs take the environment's HTTP_PROXY for the proxy that they are to use, and a client may then choose it \
        (httpoxy, CVE-2016-5385 and others). For nginx: fastcgi_param HTTP_PROXY "".
        """
    ) { pair, findings in
      guard let proxy = pair.front.request.fields.firstField("proxy"), !proxy.isEmpty,
        pair.variables(for: Array("proxy".utf8)[...]).contains(proxy)
      else { return }
      findings.report("HTTP_PROXY is the client's \(quoted(proxy))")
    },
  ]

  /// A value of the wire as a message shows it: escaped, and not too long.
  static func quoted(_ value: ArraySlice<UInt8>) -> String {
    "\"\(WireText.escape(value.prefix(60)))\(value.count > 60 ? "…" : "")\""
  }

  /// Fields of which gateways pass on a part on purpose: of the client's addresses, of what it accepts, of its cookies.
  private static func isOftenRewritten(_ name: ArraySlice<UInt8>) -> Bool {
    let lower = name.map(ASCII.lowercased)
    return lower.starts(with: "x-".utf8) || lower.starts(with: "accept".utf8)
      || ["forwarded", "cookie", "via"].contains { lower.elementsEqual($0.utf8) }
  }
}
