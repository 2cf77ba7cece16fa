// What a case expects, as values. `Drivers` compares them with what came back.
//
// Expectations belong to cases; what holds for every exchange is a rule, in `Conformance`.

package import Conformance
package import Exchanges
package import FastCGIWire

/// One thing that must hold after a case, with every outcome that is accepted.
package struct Expectation: Sendable {
  /// What a failure cites; nil takes the case's first requirement.
  package var requirement: RequirementID?
  /// What the target must offer for this expectation to be judged; it is passed over otherwise.
  package var needs: Set<Need>
  /// The first outcome whose conditions all hold decides; when none does, the requirement is violated.
  package var outcomes: [Outcome]
  package var location: SourceLocation

  package init(
    requirement: RequirementID? = nil, needs: Set<Need> = [], outcomes: [Outcome],
    location: SourceLocation = .init(file: "", line: 0, column: 0)
  ) {
    self.requirement = requirement
    self.needs = needs
    self.outcomes = outcomes
    self.location = location
  }
}

/// An acceptable outcome and its verdict.
package struct Outcome: Sendable {
  /// `pass`, `info`, `warn`, `fail`, or `skip` (the target said that it cannot: the whole case is skipped, whatever
  /// its other expectations say).
  package var verdict: Verdict
  /// What this outcome cites where it is no pass; nil takes the expectation's.
  package var requirement: RequirementID?
  /// Why an outcome other than pass is what it is.
  package var because: String?
  package var conditions: [Condition]

  package init(
    verdict: Verdict = .pass, requirement: RequirementID? = nil, because: String? = nil, conditions: [Condition]
  ) {
    self.verdict = verdict
    self.requirement = requirement
    self.because = because
    self.conditions = conditions
  }
}

/// Which exchange a condition is about.
package struct ExchangeSelector: Hashable, Sendable {
  /// The case's connection, from 1.
  package var connection: Int
  /// The exchange's number on that connection, in the order the requests began, from 1.
  package var index: Int

  package init(connection: Int = 1, index: Int = 1) {
    self.connection = connection
    self.index = index
  }
}

/// A fact that an outcome asks for.
package enum Condition: Sendable {
  case exchange(ExchangeSelector, ExchangeCondition)
  case connection(Int, ConnectionCondition)

  /// Facts about one exchange.
  package enum ExchangeCondition: Sendable {
    /// A whole response head came, whatever its status.
    case responseHead
    /// A response head came and its status (200 where CGI leaves it out) is one of these.
    case status([UInt16])
    case ending([Ending])
    case protocolStatus([FastCGIProtocolStatus])
    case appStatus(UInt32)
    /// The body is exactly these bytes.
    case body(Blob)
    case bodyByteCount(UInt64)
    /// The body contains these bytes.
    case bodyContains([UInt8])
    /// A field of that name has exactly this value (one of them, where repeated); name without case.
    case field(name: [UInt8], value: [UInt8])
    /// A field of that name is there, whatever its value.
    case hasField(name: [UInt8])
    case noField(name: [UInt8])
    /// Each of these fields that is present here has the values that it has in another exchange.
    case sameFields(as: ExchangeSelector, names: [[UInt8]])
    /// How the response's body was delimited (HTTP).
    case responseFraming([HTTP1BodyFramingFacts])
    /// The values of all fields of that name, in order.
    case fieldValues(name: [UInt8], values: [[UInt8]])
    /// Error stream: exactly these bytes.
    case errorStream(Blob)
    /// Error stream contains these bytes.
    case errorStreamContains([UInt8])
    case errorStreamByteCount(UInt64)
    /// Error stream does not contain these bytes.
    case errorStreamWithout([UInt8])
    /// No error text came, unless that other exchange has some as well: an application may always write some.
    case noErrorStream(unless: ExchangeSelector)
    /// The echo report names each of these parameters with exactly this value.
    case echoParams([Pair])
    /// The echo report does not name these.
    case echoWithoutParams([[UInt8]])
    /// The echo report's `body`, `data` and `role` facts.
    case echoBodyByteCount(UInt64)
    case echoDataByteCount(UInt64)
    case echoRole(String)
    case echoArguments([[UInt8]])
    /// The echo report's `field` lines (HTTP): each named field with this value.
    case echoFields([Pair])
    /// No STDOUT or STDERR content for this request.
    case noOutput
    /// The CGI response form, by its name in RFC 3875 section 6.2.
    case cgiForm([String])
    /// The program's exit code.
    case exitCode([Int32])
    /// The signal that ended the program.
    case signal([Int32])
    /// No byte of a response body came.
    case noBody
  }

  /// Facts about one connection.
  package enum ConnectionCondition: Sendable {
    /// How many exchanges ended with FCGI_END_REQUEST, or were answered.
    case completedExchanges(Int)
    /// Whether the server closed (or reset) its side before gatespec did.
    case closedByServer(Bool)
    /// FCGI_GET_VALUES_RESULT records received.
    case results(Int)
    /// The results name exactly these variables (values are judged by the pattern `digits` or `boolean`).
    case resultNames([[UInt8]])
    case resultNamesWithin([[UInt8]])
    case resultMatches(name: [UInt8], ValuePattern)
    /// A variable that one answer names is in the answer to every question for it, and FCGI_MPXS_CONNS always the same.
    case answersAgree
    /// The types named by FCGI_UNKNOWN_TYPE answers, in order.
    case unknownTypes([UInt8])
    /// No byte was received from the server.
    case silent
    /// Every exchange's protocol status, sorted.
    case protocolStatuses([FastCGIProtocolStatus])
  }

  /// What a value must look like.
  package enum ValuePattern: String, Sendable, CaseIterable {
    /// One or more decimal digits.
    case digits
    /// `0` or `1`.
    case boolean
  }
}
