// Writing a response's body out while it arrives, so that its length does not matter.

import Exchanges
import Synchronization
import WireBytes

/// Writes the body of one response.
final class BodyWriter: Sendable {
  private let prepared: OutputFile
  private let dropsErrors: Bool
  private let showHead: @Sendable (Response, HTTP1VersionFacts?) -> Void
  /// What is written to, once a response has begun that is to be written.
  private let state = Mutex((hasBegun: false, file: FileOutput?.none))

  /// - Parameters:
  ///   - file: Not changed before there is a response.
  ///   - dropsErrors: The body of a response with a status of 400 or more is not written.
  ///   - showHead: Called once, before the body.
  init(
    _ file: OutputFile, dropsErrors: Bool, showHead: @escaping @Sendable (Response, HTTP1VersionFacts?) -> Void
  ) {
    prepared = file
    self.dropsErrors = dropsErrors
    self.showHead = showHead
  }

  /// What takes the body's bytes.
  var sink: BodySink {
    BodySink { bytes, response, version in
      self.begin(response, version)
      self.state.withLock { $0.file }?.write(bytes.copied()[...])
    }
  }

  /// Shows the head, if that was not done yet, and empties the file: a response may have no body.
  func begin(_ response: Response, _ version: HTTP1VersionFacts?) {
    let isFirst = state.withLock { state in
      defer { state.hasBegun = true }
      return !state.hasBegun
    }
    guard isFirst else { return }
    showHead(response, version)
    if !dropsErrors || (response.status ?? 0) < 400 { state.withLock { $0.file = prepared.begin() } }
  }

  /// Takes the file away where it was made for a response that did not come.
  func abandon() { if state.withLock({ $0.file == nil }) { prepared.abandon() } }
}
