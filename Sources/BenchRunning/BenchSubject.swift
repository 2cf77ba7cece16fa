// A target that is ready to be measured: the ways that it knows, each with what its answers are held against.

package import Benching
package import Transports

/// A target with the ways in which it is measured.
package struct BenchSubject: Sendable {
  /// A way, and what was seen of the target's answers in it.
  package struct Way: Sendable {
    package var mode: BenchMode
    package var expectation: AnswerExpectation
    /// The bytes of an answer.
    var recorded: [UInt8]
  }

  package let name: String
  package let dialect: any BenchDialect
  package private(set) var ways: [Way] = []
  package private(set) var leftOut: [LeftOut] = []
  let source: any CarrierSource
  let request: BenchRequest
  /// Whether its sink is reached by a Unix socket, as the target is.
  let isLocal: Bool

  /// Asks a target in each of the ways, a few times.
  ///
  /// - Parameter modes: The ways that are wanted; nil for all of its interface.
  /// - Throws: Where it answers in none of them.
  package init(
    name: String, dialect: any BenchDialect, source: any CarrierSource, request: BenchRequest, modes: [BenchMode]?,
    isLocal: Bool, timeout: Int64
  ) throws(TransportError) {
    self.name = name
    self.dialect = dialect
    self.source = source
    self.request = request
    self.isLocal = isLocal
    for mode in dialect.modes where modes?.contains(mode) ?? true {
      func ask(_ mode: BenchMode) -> AnswerProof {
        AnswerProof(
          LoadOrder(
            source: source, dialect: dialect, mode: mode, load: .closed(users: 2), request: request, expectation: nil,
            warmUp: 0, duration: 0, timeout: timeout))
      }
      let proof = ask(mode)
      guard proof.trouble == nil, let expectation = AnswerExpectation(proof) else {
        leftOut.append(LeftOut(target: name, mode: mode, reason: proof.trouble ?? "it does not answer"))
        continue
      }
      // The bytes of answers on a shared connection stand in no order: they are those of a kept one, and moved.
      let recorded = mode == .multiplex ? ask(.keep).recorded : proof.recorded
      ways.append(Way(mode: mode, expectation: expectation, recorded: recorded))
    }
    guard ways.isEmpty, let first = leftOut.first else { return }
    throw TransportError(
      .wrongProtocol, "\(name) cannot be measured: \(first.reason) (\(first.mode.title))", context: name,
      remedy: "`gatespec request` shows what it answers")
  }
}
