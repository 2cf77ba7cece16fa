// Conditions on the probe's echo report: what the application behind the target says it received.
//
// Names that the target adds on its own are never a finding. What the application has no way to know is held against
// nobody: the case is then skipped.

import Exchanges
import WireBytes

extension EchoConditions {
  package static let all: [any ConditionEntry<ObservedExchange>] = [
    params, numbered, without, body, data, role, arguments, fields,
  ]

  package static let params = ExchangeKind(
    echo: "params", takes: "pairs", holdsWhen: "each is reported with exactly this value", PairList(),
    words: { "saw \(list($0))" }, judgement: { $1.judge(params: $0) })

  package static let numbered = ExchangeKind(
    echo: "numbered", takes: "1 to 10,000", holdsWhen: "so many numbered variables are", NumberedPairs(),
    words: { "saw \(list($0))" }, judgement: { $1.judge(params: $0) })

  package static let without = ExchangeKind(
    echo: "without", takes: "list of names", holdsWhen: "no variable of these names is reported", NameList(),
    words: { "did not see \(Expected.either($0.map(Expected.name)))" },
    judgement: { names, report in
      if let param = report.params.first(where: { names.contains($0.name) }) {
        return .differs(
          "parameter \(Seen.text(param.name)) is \(Seen.quoted([param.value])), though it was not sent")
      }
      return names.first(where: report.isUnknown).map { .untold(Seen.text($0)) } ?? .holds
    })

  package static let body = ExchangeKind(
    echo: "body", takes: "number", holdsWhen: "so many bytes of the body were read", Number.count,
    words: { "read \(Expected.bytes($0)) of body" },
    judgement: { count, report in judge(read: report.bodyByteCount, of: "body", expected: count) })

  package static let data = ExchangeKind(
    echo: "data", takes: "number", holdsWhen: "so many bytes of FCGI_DATA were read", Number.count,
    words: { "read \(Expected.bytes($0)) of data" },
    judgement: { count, report in
      // Only a filter has a line for its data.
      if report.roleIsUnknown, report.dataByteCount == nil { return .untold("its role") }
      return judge(read: report.dataByteCount, of: "data", expected: count)
    })

  package static let role = ExchangeKind(
    echo: "role", takes: "`responder`, `authorizer` or `filter`", holdsWhen: "the application played this role",
    Word("a role", ["responder", "authorizer", "filter"].map { ($0, $0) }),
    words: { "played the role \($0)" },
    judgement: { role, report in
      if report.roleIsUnknown { return .untold("its role") }
      // A program behind a wrapper is a CGI program, which has no role to tell.
      guard report.interface == "fastcgi", report.role != role else { return .holds }
      return .differs("the application's role was \(report.role ?? "not told"), expected \(role)")
    })

  package static let arguments = ExchangeKind(
    echo: "arguments", takes: "list of texts", holdsWhen: "the command line had these arguments", NameList(),
    words: {
      $0.isEmpty ? "got no arguments" : "got the arguments \(Expected.list($0.map(Expected.quoted)))"
    },
    judgement: { expected, report in
      report.arguments == expected
        ? .holds
        : .differs("the arguments were \(Seen.quoted(report.arguments)), expected \(Seen.quoted(expected))")
    })

  package static let fields = ExchangeKind(
    echo: "fields", takes: "pairs", holdsWhen: "each field is reported with exactly this value (HTTP)", PairList(),
    words: {
      "saw "
        + Expected.list($0.map { "the field \(Expected.name($0.name.bytes)) as \(Expected.blob($0.value))" })
    },
    judgement: { expected, report in
      EchoReport.difference("field", report.fields, expected).map { .differs($0) } ?? .holds
    })

  private static func list(_ pairs: [Pair]) -> String {
    Expected.list(pairs.map { "\(Expected.name($0.name.bytes)) as \(Expected.blob($0.value))" })
  }

  private static func judge(read byteCount: UInt64?, of kind: String, expected: Int) -> Judgement {
    if let byteCount, byteCount == expected { return .holds }
    return .differs(
      "the application read \(byteCount.map(String.init) ?? "no") bytes of \(kind), expected \(expected)")
  }
}

extension ConditionKind where Subject == ObservedExchange {
  /// An entry about the echo report; a body that is none differs.
  ///
  /// - Parameter words: What the application does, as the predicate of a sentence.
  fileprivate init(
    echo key: String, takes: String, holdsWhen: String, _ form: Form,
    words: @escaping @Sendable (Form.Argument) -> String,
    judgement: @escaping @Sendable (Form.Argument, EchoReport) -> Judgement
  ) {
    self.init(
      key, in: "echo", takes: takes, holdsWhen: holdsWhen, form,
      words: { argument, _ in "the application \(words(argument))" },
      judgement: { argument, seen in
        let response = seen.exchange.response
        guard let report = EchoReport(response.body.retained) else {
          let status = response.status.map { "status \($0)" } ?? "no status"
          return .differs("the body is no echo report (\(status), \(response.body.byteCount) bytes)")
        }
        return judgement(argument, report)
      })
  }
}

/// So many variables that count: `X_NUMBER_1` with value `1`, and so on.
package struct NumberedPairs: ArgumentForm {
  package typealias Argument = [Pair]

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    [reader.numbered(node)]
  }
}

extension EchoReport {
  /// Whether these variables are reported, but for what the application cannot know.
  fileprivate func judge(params expected: [Pair]) -> Judgement {
    let known = expected.filter { !isUnknown($0.name.bytes) }
    if let difference = Self.difference("parameter", params, known) { return .differs(difference) }
    return expected.first { isUnknown($0.name.bytes) }.map { .untold(Seen.text($0.name.bytes)) } ?? .holds
  }

  /// The first of `expected` that was not seen with its value, in words.
  fileprivate static func difference(
    _ kind: String, _ seen: [(name: [UInt8], value: [UInt8])], _ expected: [Pair]
  ) -> String? {
    let seen = Dictionary(grouping: seen, by: \.name)
    for pair in expected {
      let name = pair.name.bytes
      let expected = pair.value.bytes
      let values = (seen[name] ?? []).map(\.value)
      guard !values.contains(expected) else { continue }
      // An empty variable and a missing one are the same (RFC 3875 section 4.1).
      if expected.isEmpty, values.isEmpty { continue }
      let words = values.isEmpty ? "absent" : Seen.quoted(values)
      return "\(kind) \(Seen.text(name)) was \(words), expected \(Seen.quoted([expected]))"
    }
    return nil
  }
}
