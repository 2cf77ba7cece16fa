// How the process of a program ended, where a program is the server.
//
// Facts for rules. Nothing here judges.

/// What only a CGI process has.
package struct ProcessFacts: Hashable, Sendable {
  /// How the process ended; nil when it had to be killed or was never started.
  package var exitCode: Int32?
  /// The signal that ended it.
  package var signal: Int32?
  /// Gatespec killed it (a time-out, or too much output).
  package var killed = false
  /// Bytes of the request body that the program took before it closed its input; nil when it could not be told.
  package var inputByteCount: UInt64?

  package init() {}
}
