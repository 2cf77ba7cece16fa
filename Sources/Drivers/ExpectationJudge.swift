// Compares what a case expects with what came back. Pure; only exchanges and connection summaries are looked at.
//
// What holds for every exchange is a rule's matter, in Conformance.

package import Conformance
import Exchanges
import FastCGIWire
package import Fixtures
import WireBytes

/// Judges the expectations of one case.
package struct ExpectationJudge {
  private let testCase: Case
  private let played: PlayedCase
  private let severity: @Sendable (RequirementID) -> Severity
  private let offered: Set<Need>

  /// - Parameter offered: What the target offers: an expectation that needs more is passed over.
  package init(
    testCase: Case, played: PlayedCase, severity: @escaping @Sendable (RequirementID) -> Severity, offered: Set<Need>
  ) {
    self.testCase = testCase
    self.played = played
    self.severity = severity
    self.offered = offered
  }

  /// The findings, or the reason for which the target cannot be judged by this case.
  package func judge() -> (findings: [Finding], skip: String?) {
    var findings: [Finding] = []
    var untold: String?
    if let missing = played.missingWords, let timeout = played.timeout, let id = testCase.requirements.first {
      findings.append(
        Finding(
          requirement: id, verdict: Verdict(violationOf: severity(id)), message: "\(missing); \(timeout)",
          connection: played.unfinishedStep?.connection))
    }
    for (index, expectation) in testCase.expectations.enumerated() where expectation.needs.isSubset(of: offered) {
      var differences: [Difference] = []
      var isMet = false
      for outcome in expectation.outcomes {
        if let difference = outcome.conditions.lazy.compactMap(difference).first {
          differences.append(difference)
          continue
        }
        isMet = true
        let cited = outcome.requirement ?? requirement(expectation)
        if outcome.verdict != .skip, outcome.verdict != .pass,
          let cause = cause(in: outcome.conditions, insteadOf: cited)
        {
          if !findings.contains(cause) { findings.append(cause) }
          break
        }
        untold = untold ?? outcome.conditions.lazy.compactMap(self.untold).first
        if outcome.verdict == .skip { return ([], outcome.because ?? "the target says that it cannot") }
        if outcome.verdict != .pass {
          findings.append(
            Finding(
              requirement: cited, verdict: outcome.verdict,
              message: outcome.because ?? "an accepted outcome, but not the preferred one",
              source: .expectation(index)))
        }
        break
      }
      guard !isMet, let first = differences.first else { continue }
      let id = requirement(expectation)
      if let cause = cause(in: expectation.outcomes.flatMap(\.conditions), insteadOf: id) {
        if !findings.contains(cause) { findings.append(cause) }
        continue
      }
      let late = played.timeout.map { "; \($0)" } ?? played.remark.map { "; \($0)" } ?? ""
      findings.append(
        Finding(
          requirement: id, verdict: Verdict(violationOf: severity(id)), message: first.text + late,
          direction: first.offset == nil ? nil : .response, offset: first.offset, connection: first.connection,
          source: .expectation(index)))
    }
    return findings.isEmpty ? (findings, untold) : (findings, nil)
  }

  /// What a condition asks and the application has no way to know; nil where it can be told.
  private func untold(_ condition: Condition) -> String? {
    guard case .exchange(let selector, let condition) = condition, let body = exchange(selector)?.response.body else {
      return nil
    }
    return EchoReport(body.retained)?.untold(condition).map { "the probe cannot tell \($0)" }
  }

  /// What a rule says of an exchange that these conditions ask about and that has no response, or one that is none.
  ///
  /// Nothing else that RFC 3875 demands of the response can be told of it: that is what is wrong, and not what the case
  /// asks for. A requirement of another specification stays: that there is no response is how it shows.
  private func cause(in conditions: [Condition], insteadOf id: RequirementID) -> Finding? {
    guard Specification(of: id) == .cgi else { return nil }
    for condition in conditions {
      guard case .exchange(let selector, _) = condition, let exchange = exchange(selector) else { continue }
      var findings = Findings(severity: severity)
      RuleCatalog.judge(exchange, [.server], into: &findings)
      if let cause = findings.list.first(where: { RuleCatalog.properResponse.contains($0.requirement) }) {
        return cause
      }
    }
    return nil
  }

  private func requirement(_ expectation: Expectation) -> RequirementID {
    expectation.requirement ?? testCase.requirements.first ?? ""
  }

  /// What is not as it should be, and where.
  struct Difference {
    var text: String
    var connection: Int
    var offset: StreamOffset?
  }

  /// The difference between a condition and what came; nil when it holds.
  private func difference(_ condition: Condition) -> Difference? {
    switch condition {
    case .exchange(let selector, let condition):
      guard let exchange = exchange(selector) else {
        // A request that never began has no output.
        if case .noOutput = condition { return nil }
        return Difference(
          text: "there is no exchange \(selector.index) on connection \(selector.connection)",
          connection: selector.connection)
      }
      return difference(exchange, condition).map {
        // Where nothing came there is no place to point at.
        Difference(
          text: $0, connection: selector.connection,
          offset: exchange.response.range.isEmpty ? nil : exchange.response.range.lowerBound)
      }
    case .connection(let number, let condition):
      guard let connection = played.connections[number] else {
        return Difference(text: "connection \(number) was not opened", connection: number)
      }
      return difference(connection, condition).map { Difference(text: $0, connection: number) }
    }
  }

  private func exchange(_ selector: ExchangeSelector) -> Exchange? {
    played.connections[selector.connection]?.exchanges.first { $0.index == selector.index }
  }

  // MARK: Exchanges

  private func difference(_ exchange: Exchange, _ condition: Condition.ExchangeCondition) -> String? {
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

  // MARK: Connections

  private func difference(_ played: PlayedConnection, _ condition: Condition.ConnectionCondition) -> String? {
    let facts = played.summary?.fastCGI
    switch condition {
    case .completedExchanges(let count):
      let seen = played.exchanges.count { $0.ending == .complete || $0.ending == .aborted }
      return seen == count ? nil : "\(seen) exchanges were completed, expected \(count)"
    case .closedByServer(let expected):
      if played.closedByServer == expected { return nil }
      guard expected else { return "the server closed the connection" }
      return "the server left the connection open" + (played.closeTimeout.map { "; \($0)" } ?? "")
    case .results(let count):
      let seen = facts?.results.count ?? 0
      return seen == UInt64(count) ? nil : "\(seen) FCGI_GET_VALUES_RESULT records, expected \(count)"
    case .resultNames(let names):
      let seen = resultNames(facts)
      return Set(seen) == Set(names) && seen.count == names.count
        ? nil : "the result names \(quoted(seen)), expected \(quoted(names))"
    case .resultNamesWithin(let names):
      if let offset = facts?.resultTruncatedPair { return "the result of the record at \(offset) ends inside a pair" }
      let odd = resultNames(facts).filter { !names.contains($0) }
      guard let first = odd.first else { return nil }
      guard !asked(first) else {
        return "the result names \(quoted(odd)), though a name that is not known is to be left out"
      }
      return "the result names \(quoted(odd)), which \(odd.count == 1 ? "was" : "were") not asked for"
    case .resultMatches(let name, let pattern):
      guard let pair = facts?.resultPairs.pairs.first(where: { $0.name == name }) else { return nil }
      let value = pair.value
      let isNumber = !value.isEmpty && value.allSatisfy(ASCII.isDigit)
      let holds = pattern == .boolean ? value == [0x30] || value == [0x31] : isNumber
      return holds ? nil : "\(text(name)) is \(quoted([value])), expected \(pattern.rawValue)"
    case .answersAgree: return disagreement(facts)
    case .unknownTypes(let types):
      let seen = facts?.unknownTypesAnswered ?? []
      return seen == types ? nil : "FCGI_UNKNOWN_TYPE answered the types \(list(seen)), expected \(list(types))"
    case .silent:
      let count = played.summary?.responseByteCount ?? 0
      return count == 0 ? nil : "\(count) bytes came, expected none"
    case .protocolStatuses(let expected):
      let seen = played.exchanges.compactMap { $0.fastCGI?.end?.protocolStatus.rawValue }.sorted()
      return seen == expected.map(\.rawValue).sorted()
        ? nil : "the protocol statuses were \(list(seen)), expected \(list(expected.map(\.rawValue)))"
    }
  }

  /// How the answers to several questions for one variable differ.
  private func disagreement(_ facts: FastCGIConnectionFacts?) -> String? {
    guard let pairs = facts?.resultPairs.pairs else { return nil }
    let questions = testCase.steps.compactMap { step -> Set<[UInt8]>? in
      if case .getValues(let pairs, _) = step.verb { Set(pairs.map(\.name.bytes)) } else { nil }
    }
    for name in Set(pairs.map(\.name)).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let answers = pairs.filter { $0.name == name }
      let asked = questions.count { $0.contains(name) }
      if answers.count < asked { return "\(text(name)) was answered to \(answers.count) of \(asked) questions for it" }
      let values = Set(answers.map(\.value))
      if values.count > 1, name.elementsEqual(FastCGILimits.multiplexes.utf8) {
        return "\(text(name)) was \(quoted(answers.map(\.value)))"
      }
    }
    return nil
  }

  /// Whether the case asks for a variable of that name.
  private func asked(_ name: [UInt8]) -> Bool {
    testCase.steps.contains { step in
      if case .getValues(let pairs, _) = step.verb { pairs.contains { $0.name.bytes == name } } else { false }
    }
  }

  private func resultNames(_ facts: FastCGIConnectionFacts?) -> [[UInt8]] {
    guard let facts else { return [] }
    return facts.resultPairs.indices.map { Array(facts.resultPairs.name($0)) }
  }

  // MARK: Words

  private func difference(_ name: String, _ content: Content, _ expected: [UInt8]) -> String? {
    if content.byteCount == UInt64(expected.count), content.retained == expected { return nil }
    let same = zip(content.retained, expected).prefix { $0 == $1 }.count
    if same < content.retained.count, same < expected.count {
      return "\(name) differs at byte \(same): 0x\(hex(content.retained[same])), expected 0x\(hex(expected[same]))"
        + " (\(content.byteCount) bytes, expected \(expected.count))"
    }
    return "\(name) has \(content.byteCount) bytes, expected \(expected.count)"
  }

  private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
  private func text(_ name: [UInt8]) -> String { WireText.escape(name, limit: 80) }
  private func quoted(_ values: [[UInt8]]) -> String {
    values.isEmpty ? "none" : values.prefix(8).map { "\"\(WireText.escape($0, limit: 80))\"" }.joined(separator: ", ")
  }
  private func list(_ values: [some CustomStringConvertible]) -> String {
    guard !values.isEmpty else { return "none" }
    let shown = values.prefix(6).map(\.description).joined(separator: " or ")
    return values.count > 6 ? "\(shown) … (\(values.count) values)" : shown
  }

  private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    guard !part.isEmpty, bytes.count >= part.count else { return part.isEmpty }
    return (0...(bytes.count - part.count)).contains { bytes[$0...].starts(with: part) }
  }
}

extension [UInt8] {
  var lowercasedASCII: [UInt8] { map { ASCII.lowercased($0) } }
}
