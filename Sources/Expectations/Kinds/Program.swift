// Conditions on what only programs have: the form of a CGI response, and how the process ended.

package import Exchanges

extension ExchangeConditions {
  static let program: [any ConditionEntry<ObservedExchange>] = [cgiForm, exitCode, signal]

  package static let cgiForm = ExchangeKind(
    "cgi-form",
    takes: "`document`, `local-redirect`, `client-redirect`, `client-redirect-with-document`, `invalid`, or a list",
    holdsWhen: "the CGI response has this form",
    Words(
      "a response form",
      [CGIForm.document, .localRedirect, .clientRedirect, .clientRedirectWithDocument, .invalid]
        .map { ($0.rawValue, $0) }),
    words: { accepted, _ in "the CGI response is a \(Expected.either(accepted.map(\.rawValue)))" },
    judgement: { accepted, seen in
      guard let form = seen.exchange.cgi?.form else { return .differs("no CGI response came") }
      return accepted.contains(form)
        ? .holds : .differs("the response is a \(form.rawValue), expected \(Seen.list(accepted.map(\.rawValue)))")
    })

  package static let exitCode = ExchangeKind(
    "exit-code", takes: "-255 to 255, or a list", holdsWhen: "the program's exit code",
    OneOrMore("an exit code", Number(-255...255)),
    words: { accepted, _ in "the program's exit code is \(Expected.either(accepted.map(\.description)))" },
    judgement: { accepted, seen in
      guard let code = seen.exchange.process?.exitCode else { return .differs("the program did not exit by itself") }
      return accepted.contains(Int(code)) ? .holds : .differs("exit code was \(code), expected \(Seen.list(accepted))")
    })

  package static let signal = ExchangeKind(
    "signal", takes: "1 to 64, or a list", holdsWhen: "the signal that ended the program",
    OneOrMore("a signal", Number(1...64)),
    words: { accepted, _ in "the program is ended by signal \(Expected.either(accepted.map(\.description)))" },
    judgement: { accepted, seen in
      guard let signal = seen.exchange.process?.signal else {
        return .differs("the program was not ended by a signal")
      }
      return accepted.contains(Int(signal))
        ? .holds : .differs("signal \(signal) ended the program, expected \(Seen.list(accepted))")
    })
}
