// What goes wrong between gatespec and a target, said so that the reader knows what to do.
//
// The operator's trouble (nothing listens, no such socket, not allowed), never what a target sends.

/// A target could not be reached or started, or the connection to it failed.
package struct TransportError: Error, Hashable, CustomStringConvertible {
  /// What kind of trouble it is.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package var rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// Nothing listens at the address.
    package static let refused = Code(rawValue: "refused")
    /// There is no such socket file, or no such program.
    package static let notFound = Code(rawValue: "not-found")
    /// The file is there and is not a socket, or not a program.
    package static let wrongKind = Code(rawValue: "wrong-kind")
    /// The system does not allow it.
    package static let permissionDenied = Code(rawValue: "permission-denied")
    /// The host's name means no address.
    package static let nameResolution = Code(rawValue: "name-resolution")
    /// No answer in time.
    package static let timedOut = Code(rawValue: "timed-out")
    /// No way there.
    package static let unreachable = Code(rawValue: "unreachable")
    /// The peer reset the connection.
    package static let reset = Code(rawValue: "reset")
    /// What answers does not speak the protocol of the target.
    package static let wrongProtocol = Code(rawValue: "wrong-protocol")
    /// The server did not prove that it is who it says.
    package static let notTrusted = Code(rawValue: "not-trusted")
    /// It accepts connections and never answers.
    package static let silent = Code(rawValue: "silent")
    /// The probe that the user says is there does not answer.
    package static let noProbe = Code(rawValue: "no-probe")
    /// Anything else.
    package static let failed = Code(rawValue: "failed")
  }

  package var code: Code
  /// What happened and what to do, in one line; names the address.
  package var message: String
  /// The address or path concerned.
  package var context: String
  /// What to do about it, where that is not in the message.
  package var remedy: String?
  /// The system's error number, where there was one.
  package var underlying: Int32?

  package init(_ code: Code, _ message: String, context: String, remedy: String? = nil, underlying: Int32? = nil) {
    self.code = code
    self.message = message
    self.context = context
    self.remedy = remedy
    self.underlying = underlying
  }

  package var description: String { message }
}
