// The named faults of the HTTP server: one entry each. What they change stands in HTTPPolicy.

internal import HTTP1Wire
internal import WireBytes

/// A named way in which the reference HTTP server is wrong.
package struct HTTPFault: NamedFault {
  package let name: String
  package let summary: String
  package let violates: String
  package let fallsWith: [String]
  private let policy: HTTPPolicy

  private init(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: (inout HTTPPolicy) -> Void
  ) {
    self.name = name
    self.summary = summary
    self.violates = violates
    self.fallsWith = fallsWith
    var policy = HTTPPolicy()
    change(&policy)
    self.policy = policy
  }

  package static let interface = ProbeInterface.http
  package var service: ReferenceService { policy.service }

  /// Every fault.
  package static let all = requests + bodies + responses + connections

  private static let requests = [
    HTTPFault("http-split-head-closes", "H1-9112-2.1-1", "A head that comes in two reads closes the connection.") {
      $0.needsWholeHeads = true
    },
    HTTPFault("http-empty-line-refused", "H1-9112-2.2-7", "An empty line before a request is answered 400.") {
      $0.refusesEmptyLine = true
    },
    HTTPFault("http-host-not-needed", "H1-9112-3.2-6", "HTTP/1.1 is served without Host.") { $0.needsNoHost = true },
    HTTPFault("http-host-always-needed", "H1-9112-3.2-6", "HTTP/1.0 without Host is refused.") {
      $0.needsHostAlways = true
    },
    HTTPFault("http-second-host-ignored", "H1-9112-3.2-7", "Of two Host fields the first is taken.") {
      $0.takesSeveralHosts = true
    },
    HTTPFault(
      "http-any-method-served", "H-9110-9.1-2", "Methods that are not known are served as GET is.",
      with: ["H1-9112-3.1-1"]
    ) { $0.unknownMethod = .served },
    HTTPFault("http-unknown-method-is-malformed", "H-9110-9.1-2", "Methods that are not known are answered 400.") {
      $0.unknownMethod = .badRequest
    },
    HTTPFault(
      "http-not-allowed-without-allow", "H-9110-15.5.6-1", "A 405 does not say what is allowed.",
      with: ["H-9110-10.2.1-1"]
    ) { $0.unknownMethod = .notAllowedWithoutAllow },
    HTTPFault("http-method-without-case", "H1-9112-3.1-1", "get is taken for GET.") { $0.ignoresMethodCase = true },
    HTTPFault("http-absolute-form-refused", "H1-9112-3.2.2-4", "A target that is a whole URI is answered 400.") {
      $0.refusesAbsoluteForm = true
    },
    HTTPFault(
      "http-space-before-colon-taken", "H1-9112-5.1-1", "A space between a field's name and its colon is taken."
    ) { $0.overlooks = [.spaceBeforeColon, .invalidFieldName] },
    HTTPFault(
      "http-garbage-taken", "H1-9112-2.2-10", "What is no request is passed over, or taken for one.",
      with: ["H1-9112-3.2-6"]
    ) {
      $0.overlooks = [
        .lostSynchronisation, .irregularStartLineSpace, .invalidMethod, .missingTarget, .spaceInTarget,
        .invalidTargetByte, .missingVersion, .malformedVersion,
      ]
      $0.needsNoHost = true
    },
  ]

  private static let bodies = [
    HTTPFault("http-two-framings-kept", "H1-9112-6.1-12", "After Content-Length beside chunks the connection goes on.")
    {
      $0.keepsAfterTwoFramings = true
    },
    HTTPFault(
      "http-first-length-taken", "H1-9112-6.3-10", "Of two lengths the first is taken.", with: ["H1-9112-6.3-9"]
    ) {
      $0.overlooks = [.differingContentLength]
    },
    HTTPFault("http-signed-length-taken", "H1-9112-6.3-8", "A length of +5 is taken.", with: ["H1-9112-6.3-9"]) {
      $0.overlooks = [.invalidContentLength]
    },
    HTTPFault(
      "http-chunks-close", "H1-9112-7.1-1", "A body in chunks closes the connection without an answer.",
      with: ["H1-9112-9.3-4"]
    ) { $0.closesOnChunks = true },
    HTTPFault(
      "http-body-is-next-request", "H1-9112-6-1", "A body is taken for the next request.",
      with: ["H1-9112-9.3-4", "H1-9112-7.1-1", "H-9110-9.3.1-1"]
    ) { $0.takesBodiesForRequests = true },
    HTTPFault("http-odd-chunk-size-taken", "H1-9112-7.1-4", "A size that is no number is taken.") {
      $0.overlooks = [.invalidChunkSize]
    },
    HTTPFault("http-huge-chunk-size-taken", "H1-9112-7.1-2", "A size beyond 64 bits is taken.") {
      $0.overlooks = [.chunkSizeTooLarge]
    },
    HTTPFault("http-unknown-coding-taken", "H1-9112-6.3-7", "A transfer coding that is not known is passed over.") {
      $0.overlooks = [.transferEncodingNotChunked]
    },
  ]

  private static let responses = [
    HTTPFault(
      "http-body-until-close", "H1-9112-6.3-17", "Only the end of the connection ends a body.",
      with: ["H1-9112-9.3-1", "H1-9112-9.3.2-2"]
    ) { $0.endsBodiesByClosing = true },
    HTTPFault(
      "http-head-with-body", "H-9110-9.3.2-1", "An answer to HEAD has a body.",
      with: ["H1-9112-6.3-1", "H1-9112-9.3.2-2"]
    ) { $0.answersHeadWithBody = true },
    HTTPFault("http-head-length-differs", "H-9110-8.6-2", "HEAD says another length than GET.") { $0.headLength = 0 },
    HTTPFault("http-head-type-differs", "H-9110-9.3.2-2", "HEAD says another type than GET.") {
      $0.headType = "text/html"
    },
    HTTPFault("http-chunks-for-old-clients", "H1-9112-6.1-10", "HTTP/1.0 is answered in chunks.") {
      $0.sendsChunksToOldClients = true
    },
  ]

  private static let connections = [
    HTTPFault(
      "http-closes-in-silence", "H1-9112-9.3-3",
      "The connection is closed after every response, which does not say so.",
      with: ["H1-9112-9.3-1", "H1-9112-9.3.2-2"]
    ) { $0.closesInSilence = true },
    HTTPFault("http-third-request-lost", "H1-9112-9.3.2-2", "The third request of a connection gets no answer.") {
      $0.losesThirdRequest = true
    },
    HTTPFault(
      "http-close-ignored", "H1-9112-9.6-2", "Connection: close is not heeded.",
      with: ["H1-9112-9.6-3", "H1-9112-9.6-4"]
    ) { $0.ignoresClose = true },
    HTTPFault("http-close-unsaid", "H1-9112-9.6-3", "Connection: close is heeded, and not said.") {
      $0.closesUnsaid = true
    },
    HTTPFault(
      "http-served-after-close", "H1-9112-9.6-4", "Requests after Connection: close are served.",
      with: ["H1-9112-9.6-6"]
    ) { $0.servesAfterClose = true },
    HTTPFault("http-old-clients-kept", "H1-9112-9.3-2", "The connection of an HTTP/1.0 client stays open.") {
      $0.keepsOldClients = true
    },
    HTTPFault("http-empty-connection-kills", "H1-9112-9.5-2", "A connection without a byte ends the server.") {
      $0.diesOfEmptyConnections = true
    },
  ]
}
