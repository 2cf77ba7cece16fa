// A conformance case as a value: what a fixture file says, decoded.
//
// No YAML and no I/O here, and no playing of steps: `CaseLoader` reads these values, `Drivers` play them.

package import Conformance
package import Exchanges
package import Expectations

/// One conformance case.
package struct Case: Sendable, Identifiable {
  /// `protocol/topic/slug`: the path of its file and its slug.
  ///
  /// Never renamed, never reused. A neutral case has the same for every interface.
  package var id: String
  /// Which interface it speaks.
  package var wireProtocol: WireProtocol
  /// One sentence: what is sent and what must come back.
  package var summary: String
  /// Why it matters to a user, and what usually causes a failure.
  package var explanation: String
  /// What it tests, the most telling first.
  ///
  /// A failure of an expectation cites the first unless it names another.
  package var requirements: [RequirementID]
  /// Free words to select by; `hostile` cases run only when asked for.
  package var tags: Set<String>
  /// What the target must offer for the case to make sense; it is skipped, with that reason, otherwise.
  package var needs: Set<Need>
  /// Cases that must not have failed; otherwise this one is inconclusive.
  package var dependsOn: [String]
  /// Bytes for each write to the transport; nil for as many as there are.
  package var writeByteCount: Int?
  /// Set where the case is about the target's process: it is played against one of its own, started so.
  package var process: ProcessSetting?
  /// What is done, in order.
  package var steps: [Step]
  /// What must then hold.
  package var expectations: [Expectation]
  /// Rules whose findings on this case's exchanges and connections fail it.
  package var rules: [RequirementID]
  /// Where it stands, for error messages and the catalogue.
  package var location: SourceLocation

  /// What tells a case from all others: a neutral case is one for each interface, under one id.
  package struct Identity: Hashable, Sendable {
    package var id: String
    package var wireProtocol: WireProtocol

    package init(id: String, wireProtocol: WireProtocol) {
      self.id = id
      self.wireProtocol = wireProtocol
    }
  }
  package var identity: Identity { Identity(id: id, wireProtocol: wireProtocol) }

  /// The tag of cases that may crash, exhaust or hang a target.
  package static let hostileTag = "hostile"
  /// The tag of cases that break the protocol, to see that it does no harm.
  package static let robustnessTag = "robustness"

  package init(
    id: String, wireProtocol: WireProtocol, summary: String, explanation: String = "",
    requirements: [RequirementID], tags: Set<String> = [], needs: Set<Need> = [], dependsOn: [String] = [],
    writeByteCount: Int? = nil, process: ProcessSetting? = nil, steps: [Step], expectations: [Expectation],
    rules: [RequirementID] = [],
    location: SourceLocation = SourceLocation(file: "", line: 0, column: 0)
  ) {
    self.id = id
    self.wireProtocol = wireProtocol
    self.summary = summary
    self.explanation = explanation
    self.requirements = requirements
    self.tags = tags
    self.needs = needs
    self.dependsOn = dependsOn
    self.writeByteCount = writeByteCount
    self.process = process
    self.steps = steps
    self.expectations = expectations
    self.rules = rules
    self.location = location
  }
}

/// A place in a fixture file; lines and columns count from 1.
package struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
  package var file: String
  package var line: Int
  package var column: Int

  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  package var description: String { "\(file):\(line):\(column)" }
}

/// How a case's own process of the target is started.
///
/// It always has a listening socket as descriptor 0, and is ended by SIGTERM after the case's last step.
///
/// Spec: FastCGI 1.0 section 2.2.
package struct ProcessSetting: Hashable, Sendable {
  package enum Socket: String, Hashable, Sendable, CaseIterable { case tcp, unix }
  package var socket: Socket
  /// Variables beside those that gatespec itself has.
  package var environment: [Pair]
  /// Start with descriptors 1 and 2 closed.
  package var closesOutput: Bool

  package init(socket: Socket = .tcp, environment: [Pair] = [], closesOutput: Bool = false) {
    self.socket = socket
    self.environment = environment
    self.closesOutput = closesOutput
  }
}

/// Something a target must offer.
package enum Need: String, Hashable, Sendable, CaseIterable {
  /// The probe application stands behind the target.
  case probe
  /// The application plays the authorizer role.
  case authorizer
  /// The application plays the filter role.
  case filter
  /// The application lacks that role.
  case noAuthorizer = "no-authorizer"
  case noFilter = "no-filter"
  /// FCGI_MPXS_CONNS is 1: one connection carries several requests at once.
  case multiplexing
  /// FCGI_MPXS_CONNS is 0.
  case noMultiplexing = "no-multiplexing"
  /// The target is a program whose name begins with `nph-`: it writes the whole HTTP response itself.
  case nonParsedHeaders = "nph"
  /// It is none.
  case parsedHeaders = "no-nph"
  /// The target serves at least two connections at once.
  case twoConnections = "two-connections"
  /// It was started by `--spawn` and takes a listening socket as descriptor 0, so that it can be started again.
  case spawned
  /// The target is a middleware round gatespec's own application.
  case middleware
  /// It is an application.
  case noMiddleware = "no-middleware"
}
