// Writing a response's body out while it arrives, so that its length does not matter.

import Exchanges
import Synchronization
import WireBytes

/// Writes the body of one response.
final class BodyWriter: Sendable {
  private let file: FileOutput
  private let dropsErrors: Bool
  private let showHead: @Sendable (Response, HTTPVersionFacts?) -> Void
  private let hasBegun = Mutex(false)

  /// - Parameters:
  ///   - dropsErrors: The body of a response with a status of 400 or more is not written.
  ///   - showHead: Called once, before the body.
  init(
    _ file: FileOutput, dropsErrors: Bool, showHead: @escaping @Sendable (Response, HTTPVersionFacts?) -> Void
  ) {
    self.file = file
    self.dropsErrors = dropsErrors
    self.showHead = showHead
  }

  /// What takes the body's bytes.
  var sink: BodySink {
    BodySink { bytes, response, version in
      self.begin(response, version)
      if !self.drops(response) { self.file.write(bytes.copied()[...]) }
    }
  }

  func drops(_ response: Response) -> Bool { dropsErrors && (response.status ?? 0) >= 400 }

  /// Shows the head, if that was not done yet: a response may have no body.
  func begin(_ response: Response, _ version: HTTPVersionFacts?) {
    let isFirst = hasBegun.withLock { hasBegun in
      defer { hasBegun = true }
      return !hasBegun
    }
    if isFirst { showHead(response, version) }
  }
}
