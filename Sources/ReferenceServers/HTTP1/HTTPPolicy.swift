// What an HTTP server does that is wrong on purpose. The right server has none of it.
//
// Values only; HTTPResponder acts by them, HTTPFault gives them names.

package import WireBytes

/// The ways in which an ``HTTPResponder`` is wrong.
package struct HTTPPolicy: Sendable {
  /// What it makes of a method that it does not know.
  package enum UnknownMethod: Sendable {
    case notImplemented, badRequest, served, notAllowedWithoutAllow
  }

  // The application.

  /// It is a gateway: its application is asked as over CGI, and speaks of meta-variables.
  package var isGateway = false
  /// Changes a gateway's variables before the application sees them.
  package var receives: @Sendable (inout [ProbeVariable]) -> Void = { _ in }
  /// Changes the steps of the answer to a gateway's variables.
  package var answers: @Sendable ([ProbeVariable], inout [ProbeStep]) -> Void = { _, _ in }

  // Requests.

  /// Oddities that it ought to refuse and passes over.
  package var overlooks: Set<AnomalyKind> = []
  /// An empty line before a request is a malformed request.
  package var refusesEmptyLine = false
  /// A head that comes in more than one read closes the connection.
  package var needsWholeHeads = false
  /// HTTP/1.1 needs no Host.
  package var needsNoHost = false
  /// Of several Host fields it takes the first.
  package var takesSeveralHosts = false
  /// HTTP/1.0 needs a Host.
  package var needsHostAlways = false
  package var unknownMethod = UnknownMethod.notImplemented
  /// Methods have no case.
  package var ignoresMethodCase = false
  /// A target that is a whole URI is refused.
  package var refusesAbsoluteForm = false
  /// Chunks close the connection without an answer.
  package var closesOnChunks = false
  /// What follows a head is the next request, whatever the head says of a body.
  package var takesBodiesForRequests = false

  // Responses.

  /// Only the end of the connection ends a body.
  package var endsBodiesByClosing = false
  /// Answers to HEAD have a body.
  package var answersHeadWithBody = false
  /// What an answer to HEAD says of the length and the type that GET would give.
  package var headLength: Int?
  package var headType: String?
  /// Clients of HTTP/1.0 get chunks.
  package var sendsChunksToOldClients = false

  // Connections.

  /// It closes after every response and does not say so.
  package var closesInSilence = false
  /// Of the requests of a connection the third gets no answer.
  package var losesThirdRequest = false
  /// Connection: close is not heeded.
  package var ignoresClose = false
  /// Connection: close is heeded, and not said.
  package var closesUnsaid = false
  /// It closes a while after Connection: close, and serves what comes until then.
  package var servesAfterClose = false
  /// A client of HTTP/1.0 has to close.
  package var keepsOldClients = false
  /// After a request with two framings it goes on.
  package var keepsAfterTwoFramings = false
  /// A connection without a byte ends the process.
  package var diesOfEmptyConnections = false

  package init() {}

  /// A server of this policy.
  var service: ReferenceService {
    .connections { _ in
      let process = HTTPProcess()
      return ServerProcess { HTTPResponder(self, process: process) }
    }
  }
}
