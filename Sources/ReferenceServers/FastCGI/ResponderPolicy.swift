// Where a fault cuts into a responder: what it reads, what its application does, what it emits, and its process.
//
// As it stands nothing is cut, and every answer is the specification's. A fault (ResponderFault.swift) fills in one or two
// of these places; the state machine knows no fault by name. The ways in which most faults fill them in stand in
// ResponderPolicy+Changes.

internal import FastCGIWire

/// The places where a fault changes what a ``FastCGIResponder`` does.
package struct ResponderPolicy: Sendable {
  /// What is done about a record.
  enum Reaction: Hashable, Sendable {
    /// What the specification asks for.
    case proper
    /// Nothing at all.
    case ignore
    /// What the specification asks for, once no request is active.
    case whenIdle
    /// What the specification asks for, and then the connection is closed, or reset.
    case answerAndClose, answerAndReset
    /// The connection is closed without an answer.
    case close
    /// A request of the record's ID is ended with that status and no output.
    case reject(FastCGIProtocolStatus)
  }

  // MARK: What it reads

  /// Changes the header of a record before its content comes.
  var readsHeader: (@Sendable (inout FastCGIRecordHeader) -> Void)?
  /// Changes a record that came whole, or the connection that it meets, and says what is done about it.
  var reads: (@Sendable (inout ReceivedRecord) -> Reaction)?
  /// What closes the connection that it happens on.
  var isRefused: @Sendable (ResponderMoment) -> Bool = { _ in false }
  /// The connection is closed where that is waited for longer than ``patience``, in milliseconds.
  var losesPatience: (@Sendable (ResponderWait) -> Bool)?
  var patience: UInt64 = 5

  // MARK: What the application does

  /// Changes what is made of complete PARAMS.
  var receives: @Sendable (inout ReceivedParameters) -> Void = { _ in }
  /// Whether a request that is complete is never answered.
  var awaitsMore: @Sendable (ResponderRequest) -> Bool = { _ in false }
  /// Changes what the application is given: its role, its body, and their lengths.
  var gives: @Sendable (inout ProbeRequest) -> Void = { _ in }
  /// Changes the steps of an answer.
  package var answers: @Sendable (ProbeRequest, inout [ProbeStep]) -> Void = { _, _ in }
  /// The first line of an answer that has a status.
  var statusLine: @Sendable (_ code: Int, _ reason: String) -> String = { "Status: \($0) \($1)" }

  // MARK: What it emits

  /// Changes the pairs that answer FCGI_GET_VALUES.
  var replies: @Sendable (inout QueryReply) -> Void = { _ in }
  /// Changes the records that go out together.
  var emits: (@Sendable (inout Emission) -> Void)?
  /// Changes the last bytes before a close.
  var changesLastBytes: @Sendable (inout [UInt8]) -> Void = { _ in }

  // MARK: Its process

  /// Whether a connection is served; the proper answer is whether its peer may connect.
  var admits: @Sendable (Admission) -> Bool = { $0.isAllowed }
  /// What makes the process lose the connection that is next.
  var isFatal: @Sendable (ResponderMoment) -> Bool = { _ in false }
  /// What is remembered of earlier requests, and for whom.
  var remembers: ResponderMemory.Kind?
  var memoryScope = ResponderMemory.Scope.connection
  /// What comes of the memory: into the variables, into what the application is given, into its answer.
  var recalls: @Sendable (ResponderMemory, inout [ProbeVariable]) -> Void = { _, _ in }
  var recallsInput: @Sendable (ResponderMemory, inout ProbeRequest) -> Void = { _, _ in }
  var blends: @Sendable (ResponderMemory, inout [ProbeStep]) -> Void = { _, _ in }
  /// The exit code after SIGTERM; nil for a process that does not end.
  var exitCode: Int32? = 0

  package init() {}
}
