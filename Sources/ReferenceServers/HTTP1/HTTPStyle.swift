// The ways in which the reference HTTP server is right.

internal import WireBytes

/// A named way to be a right HTTP server.
package struct HTTPStyle: SoundStyle {
  package let name: String
  package let summary: String
  package let declines: [String]
  let policy: HTTPPolicy

  private init(
    _ name: String, _ summary: String, declines: [String] = [], _ change: (inout HTTPPolicy) -> Void = { _ in }
  ) {
    self.name = name
    self.summary = summary
    self.declines = declines
    var policy = HTTPPolicy()
    change(&policy)
    self.policy = policy
  }

  package static let interface = ProbeInterface.http
  package var service: ReferenceService { policy.service }

  /// Every style.
  package static let all = [
    HTTPStyle("http-standard", "Persistent, every body with its length, strict."),
    HTTPStyle(
      "http-gateway", "The application knows meta-variables instead of fields.", declines: ["H-9110-17.10-1"]
    ) { $0.isGateway = true },
    HTTPStyle("http-chunked", "Every body is sent in chunks to those who know them.") { $0.sendsChunks = true },
    HTTPStyle(
      "http-closing", "Every response says that the connection closes, and it closes.",
      declines: ["H1-9112-9.3-1", "H1-9112-9.3-2", "H1-9112-9.3.2-2", "H-9110-7.8-1"]
    ) { $0.closesAlways = true },
    HTTPStyle(
      "http-lenient", "What the RFC lets a recipient overlook is overlooked.", declines: ["H1-9112-2.2-10"]
    ) {
      $0.takes.formUnion([
        .bareLF, .bareCR, .oddSpaces, .fold, .spaceBeforeFirstField, .controlInValue, .repeatedLength,
        .lengthBesideCoding, .codingInOldVersion, .unknownExpectation,
      ])
    },
    HTTPStyle("http-errors-kept", "The connection stays open after errors that leave it in step.") {
      $0.answersInStep = [.missingHost, .secondHost, .invalidHost, .userInformation, .otherScheme]
    },
    HTTPStyle("http-lengths-only", "A body in chunks is answered 411.") {
      $0.refusesHead = { $0.framing == .chunked ? 411 : nil }
    },
    HTTPStyle("http-bodies-unwanted", "POST is answered 405 where no query asks for the probe.") {
      $0.allowed = ["GET", "HEAD", "OPTIONS"]
    },
    HTTPStyle(
      "http-old", "Responses are HTTP/1.0's: of that version, and the connection closes.",
      declines: ["H1-9112-9.3-1", "H1-9112-9.3-2", "H1-9112-9.3.2-2", "H-9110-7.8-1", "H-9110-6.2-1", "H1-9112-2.3-4"]
    ) {
      $0.closesAlways = true
      $0.changesAnswer = { $1.version = "HTTP/1.0" }
    },
    HTTPStyle(
      "http-until-close", "The end of the connection ends a body.",
      declines: ["H-9110-8.6-6", "H1-9112-9.3-1", "H1-9112-9.3-2", "H1-9112-9.3.2-2", "H-9110-7.8-1", "H1-9112-6.3-17"]
    ) { $0.decides = { $1.framing = .untilClose } },
    HTTPStyle("http-minimal", "No validators, no ranges; GET and HEAD are all that is allowed.") {
      $0.hasValidators = false
      $0.servesRanges = false
      $0.allowed = ["GET", "HEAD"]
    },
    HTTPStyle("http-single-bytes", "The first 2,000 bytes of each response are written one by one.") {
      $0.singleByteCount = 2_000
    },
  ]
}
