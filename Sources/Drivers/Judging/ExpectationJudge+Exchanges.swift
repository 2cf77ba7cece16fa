// What the conditions on an exchange ask: of its response, its ending, its streams, and the probe's echo report.

import Exchanges
import FastCGIWire
import Fixtures
import WireBytes

extension ExpectationJudge {
  /// What differs from a condition on an exchange, in words; nil when it holds.
  func difference(_ exchange: Exchange, _ condition: Condition.ExchangeCondition) -> String? {
    let response = exchange.response
    switch condition {
    case .responseHead:
      return response.hasHead ? nil : "no response head came: \(played.endingWords(exchange))"
    case .status(let accepted):
      if let status = response.status, accepted.contains(status) { return nil }
      let seen = response.status.map { "status was \($0)" } ?? "no status came"
      let ending = response.status == nil ? ": \(played.endingWords(exchange))" : ""
      return "\(seen), expected \(StatusWords.list(accepted))\(ending)"
    case .ending(let accepted):
      return accepted.contains(exchange.ending)
        ? nil : "the exchange ended \(exchange.ending.rawValue), expected \(list(accepted.map(\.rawValue)))"
    case .protocolStatus(let accepted):
      guard let status = exchange.fastCGI?.end?.protocolStatus else {
        return "no FCGI_END_REQUEST came: \(played.endingWords(exchange))"
      }
      return accepted.contains(status)
        ? nil : "protocol status was \(status.name), expected \(list(accepted.map(\.name)))"
    case .appStatus(let expected):
      guard let status = exchange.fastCGI?.end?.appStatus else { return "no FCGI_END_REQUEST came" }
      return status == expected ? nil : "application status was \(status), expected \(expected)"
    case .body(let blob): return difference("body", response.body, blob.bytes)
    case .bodyByteCount(let count):
      return response.body.byteCount == count ? nil : "body has \(response.body.byteCount) bytes, expected \(count)"
    case .bodyContains(let part):
      return contains(response.body.retained, part) ? nil : "body lacks \"\(WireText.escape(part, limit: 80))\""
    case .noBody: return response.body.byteCount == 0 ? nil : "\(response.body.byteCount) bytes of body, expected none"
    case .field(let name, let value):
      let seen = values(name, exchange)
      return seen.contains(value)
        ? nil : "\(text(name)) was \(seen.isEmpty ? "absent" : quoted(seen)), expected \(quoted([value]))"
    case .hasField(let name): return values(name, exchange).isEmpty ? "\(text(name)) is absent" : nil
    case .noField(let name):
      let seen = values(name, exchange)
      return seen.isEmpty ? nil : "\(text(name)) is \(quoted(seen)), expected none"
    case .fieldValues(let name, let expected):
      let seen = values(name, exchange)
      return seen == expected ? nil : "\(text(name)) was \(quoted(seen)), expected \(quoted(expected))"
    case .sameFields(let selector, let names): return difference(exchange, from: selector, in: names)
    case .responseFraming(let accepted):
      guard let framing = exchange.http1?.responseFraming else { return "no response head came" }
      return accepted.contains(framing)
        ? nil : "the body was delimited by \(framing.rawValue), expected \(list(accepted.map(\.rawValue)))"
    case .errorStream(let blob): return difference("error stream", exchange.errorStream, blob.bytes)
    case .errorStreamContains(let part):
      return contains(exchange.errorStream.retained, part)
        ? nil : "the error stream lacks \"\(WireText.escape(part, limit: 80))\""
    case .errorStreamByteCount(let count):
      let seen = exchange.errorStream.byteCount
      return seen == count ? nil : "the error stream has \(seen) bytes, expected \(count)"
    case .errorStreamWithout(let part):
      return contains(exchange.errorStream.retained, part)
        ? "the error stream contains \"\(WireText.escape(part, limit: 80))\"" : nil
    case .noErrorStream(let other):
      let seen = exchange.errorStream.byteCount
      guard seen > 0, self.exchange(other)?.errorStream.byteCount ?? 0 == 0 else { return nil }
      return "the error stream has \(seen) bytes, expected none"
    case .noOutput:
      let output = exchange.cgi?.outputByteCount ?? 0
      return output == 0 ? nil : "\(output) bytes of output, expected none"
    case .cgiForm(let accepted):
      guard let form = exchange.cgi?.form else { return "no CGI response came" }
      return accepted.contains(form.rawValue) ? nil : "the response is a \(form.rawValue), expected \(list(accepted))"
    case .signal(let accepted):
      guard let signal = exchange.process?.signal else { return "the program was not ended by a signal" }
      return accepted.contains(signal) ? nil : "signal \(signal) ended the program, expected \(list(accepted))"
    case .exitCode(let accepted):
      guard let code = exchange.process?.exitCode else { return "the program did not exit by itself" }
      return accepted.contains(code) ? nil : "exit code was \(code), expected \(list(accepted))"
    case .echoParams(let pairs):
      return echo(exchange) { report in
        difference("parameter", report.params, pairs.filter { !report.isUnknown($0.name.bytes) })
      }
    case .echoFields(let pairs): return echo(exchange) { difference("field", $0.fields, pairs) }
    case .echoWithoutParams(let names):
      return echo(exchange) { report in
        report.params.first { names.contains($0.name) }
          .map { "parameter \(text($0.name)) is \(quoted([$0.value])), though it was not sent" }
      }
    case .echoBodyByteCount(let count):
      return echo(exchange) { difference("body", $0.bodyByteCount, count) }
    case .echoDataByteCount(let count):
      return echo(exchange) { $0.untold(condition) == nil ? difference("data", $0.dataByteCount, count) : nil }
    case .echoRole(let role):
      return echo(exchange) { report in
        // A program behind a wrapper is a CGI program, which has no role to tell.
        guard report.interface == "fastcgi", report.role != role, !report.roleIsUnknown else { return nil }
        return "the application's role was \(report.role ?? "not told"), expected \(role)"
      }
    case .echoArguments(let expected):
      return echo(exchange) { report in
        report.arguments == expected
          ? nil : "the arguments were \(quoted(report.arguments)), expected \(quoted(expected))"
      }
    }
  }

  // MARK: Fields

  /// The values of all fields of that name, in order; the name without case.
  private func values(_ name: [UInt8], _ exchange: Exchange) -> [[UInt8]] {
    let fields = exchange.response.fields
    return fields.indices.filter { Array(fields.name($0)).lowercasedASCII == name.lowercasedASCII }
      .map { Array(fields.value($0)) }
  }

  /// How fields that are there differ from those of another exchange.
  private func difference(_ exchange: Exchange, from selector: ExchangeSelector, in names: [[UInt8]]) -> String? {
    guard let other = self.exchange(selector) else { return "there is no exchange \(selector.index) to compare with" }
    for name in names {
      let here = values(name, exchange)
      let there = values(name, other)
      if !here.isEmpty, here != there { return "\(text(name)) was \(quoted(here)) and there \(quoted(there))" }
    }
    return nil
  }

  // MARK: Echo reports

  /// What differs in the echo report of an exchange; a body that is none differs.
  private func echo(_ exchange: Exchange, _ difference: (EchoReport) -> String?) -> String? {
    guard let report = EchoReport(exchange.response.body.retained) else {
      let status = exchange.response.status.map { "status \($0)" } ?? "no status"
      return "the body is no echo report (\(status), \(exchange.response.body.byteCount) bytes)"
    }
    return difference(report)
  }

  private func difference(_ kind: String, _ seen: [(name: [UInt8], value: [UInt8])], _ expected: [Pair]) -> String? {
    let seen = Dictionary(grouping: seen, by: \.name)
    for pair in expected {
      let name = pair.name.bytes
      let expected = pair.value.bytes
      let values = (seen[name] ?? []).map(\.value)
      guard !values.contains(expected) else { continue }
      // An empty variable and a missing one are the same (RFC 3875 section 4.1).
      if expected.isEmpty, values.isEmpty { continue }
      return "\(kind) \(text(name)) was \(values.isEmpty ? "absent" : quoted(values)), expected \(quoted([expected]))"
    }
    return nil
  }

  private func difference(_ kind: String, _ seen: UInt64?, _ expected: UInt64) -> String? {
    guard seen != expected else { return nil }
    return "the application read \(seen.map(String.init) ?? "no") bytes of \(kind), expected \(expected)"
  }
}

extension [UInt8] {
  var lowercasedASCII: [UInt8] { map { ASCII.lowercased($0) } }
}
