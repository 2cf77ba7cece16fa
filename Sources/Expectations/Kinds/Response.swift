// Conditions on a response as a whole: whether one came, its status, how the exchange ended.

package import Exchanges

extension ExchangeConditions {
  static let response: [any ConditionEntry<ObservedExchange>] = [responseHead, noOutput, status, ending, framing]

  package static let responseHead = ExchangeKind(
    "response", takes: "`any`", holdsWhen: "a whole response head came, whatever its status", isNeutral: true,
    Word(nil, [("any", ())]),
    words: { _, _ in "a whole response head comes, whatever its status" },
    judgement: { _, seen in
      seen.exchange.response.hasHead ? .holds : .differs("no response head came: \(seen.ending)")
    })

  package static let noOutput = ExchangeKind(
    "no-response", takes: "`true`",
    holdsWhen: """
      no output came at all: no standard output, no error stream, no response byte; also where the exchange never began
      """,
    holdsOfNothing: true, OnlyTrue(),
    words: { _, _ in "no output comes" },
    judgement: { _, seen in
      let response = seen.exchange.response.range
      let output = seen.exchange.cgi?.outputByteCount ?? response.upperBound - response.lowerBound
      return output == 0 ? .holds : .differs("\(output) bytes of output, expected none")
    })

  package static let status = ExchangeKind(
    "status", takes: "100 to 999, `1xx` to `5xx`, or a list",
    holdsWhen: "the status is one of these (200 where a CGI response has no Status field)", isNeutral: true,
    OneOrMore("a status", StatusOrClass()),
    words: { accepted, _ in "the status is \(StatusWords.list(accepted))" },
    judgement: { accepted, seen in
      guard let status = seen.exchange.response.status else {
        return .differs("no status came, expected \(StatusWords.list(accepted)): \(seen.ending)")
      }
      return accepted.contains(status)
        ? .holds : .differs("status was \(status), expected \(StatusWords.list(accepted))")
    })

  package static let ending = ExchangeKind(
    "ending", takes: "`complete`, `aborted`, `client-closed`, `server-closed`, `unfinished`, or a list",
    holdsWhen: "the exchange ended so", isNeutral: true,
    Words(
      "an ending",
      [Ending.complete, .aborted, .clientClosed, .serverClosed, .unfinished].map { ($0.rawValue, $0) }),
    words: { accepted, _ in "the exchange ends as \(Expected.either(accepted.map(\.rawValue)))" },
    judgement: { accepted, seen in
      let ending = seen.exchange.ending
      return accepted.contains(ending)
        ? .holds
        : .differs("the exchange ended \(ending.rawValue), expected \(Seen.list(accepted.map(\.rawValue)))")
    })

  package static let framing = ExchangeKind(
    "framing", takes: "`none`, `length`, `chunked`, `until-close`, or a list",
    holdsWhen: "the response's body was delimited so (HTTP)",
    Words(
      "a framing", [HTTP1BodyFramingFacts.none, .length, .chunked, .untilClose].map { ($0.rawValue, $0) }),
    words: { accepted, _ in "the body is delimited by \(Expected.either(accepted.map(\.delimiter)))" },
    judgement: { accepted, seen in
      guard let framing = seen.exchange.http1?.responseFraming else { return .differs("no response head came") }
      return accepted.contains(framing)
        ? .holds
        : .differs("the body was delimited by \(framing.rawValue), expected \(Seen.list(accepted.map(\.rawValue)))")
    })
}

/// A status code, or a class such as `4xx`, which stands for all of its codes.
package struct StatusOrClass: ArgumentForm {
  package typealias Argument = UInt16

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    if let text = reader.plain(node), text.hasSuffix("xx"), let digit = UInt16(text.dropLast(2)),
      (1...5).contains(digit)
    {
      return Array(digit * 100...digit * 100 + 99)
    }
    return reader.int(node, what: what, 100...999).map { [UInt16($0)] } ?? []
  }
}

extension HTTP1BodyFramingFacts {
  /// What ends the body, in words.
  fileprivate var delimiter: String {
    switch self {
    case .none: "nothing, as there is none"
    case .length: "Content-Length"
    case .chunked: "chunks"
    case .untilClose: "the end of the connection"
    }
  }
}
