// What links an exchange with a client to the one that the gateway had with a backend because of it.
//
// Values, and the words for them. How links are found is ExchangeLinker's; how they are shown is the reports' matter.

package import Exchanges
package import WireBytes

/// What speaks for it that one exchange caused another, URI, method and nesting in time apart.
///
/// The raw value is a weight: what decides between candidates stands higher than what is merely likely.
package struct LinkEvidence: OptionSet, Hashable, Sendable, Comparable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The backend's exchange had ended when the client's did.
  package static let endedBefore = LinkEvidence(rawValue: 1)
  /// The client's status is the backend's, or what a gateway makes of it.
  package static let sameStatus = LinkEvidence(rawValue: 2)
  /// Who served the client is who asked the backend.
  package static let sameGateway = LinkEvidence(rawValue: 4)
  /// The backend was told the address and port of that very client (REMOTE_ADDR, REMOTE_PORT).
  package static let sameClient = LinkEvidence(rawValue: 8)

  package static func < (left: LinkEvidence, right: LinkEvidence) -> Bool { left.rawValue < right.rawValue }

  /// Enough to believe it without waiting for what else may come.
  var isConvincing: Bool { !isDisjoint(with: [.sameClient, .sameStatus]) }
}

/// The gateway's own share of an exchange's time, in nanoseconds.
package struct GatewayTimes: Hashable, Sendable {
  /// From the client's last byte to the first thing that the backend got to see, its handshake included; 0 where the
  /// gateway did not wait for the request's end.
  package var before: Int64
  /// From the backend's last byte to the last one to the client, who may be slow to take it; 0 where the client's
  /// exchange ended first.
  package var after: Int64

  package var total: Int64 { before &+ after }

  /// A function and no initialiser, for those are given copies, and an exchange is large.
  ///
  /// - Returns: Nil where a moment was not seen: the backend's end is known only where it ended properly.
  static func between(_ front: borrowing Exchange, _ back: borrowing Exchange) -> GatewayTimes? {
    guard back.hasProperEnd, let arrived = front.timeline.requestEnd, let left = front.timeline.end,
      let asked = back.firstMoment(since: front.timeline.requestStart), let done = back.timeline.end
    else { return nil }
    return GatewayTimes(
      before: max(asked.nanoseconds(since: arrived), 0), after: max(left.nanoseconds(since: done), 0))
  }
}

extension Exchange {
  /// Whether it ended by its protocol's means, and so when is known.
  package var hasProperEnd: Bool { ending == .complete || fastCGI?.end != nil }

  /// The handshake's beginning, where the connection was opened after `moment`; otherwise the request's.
  package func firstMoment(since moment: Timestamp?) -> Timestamp? {
    guard let connect = timeline.connectStart, let moment, connect >= moment else { return timeline.requestStart }
    return connect
  }
}

/// The exchange with a backend that an exchange with a client caused.
package struct ExchangeLink: Sendable {
  /// Apart, for an exchange is large and a link is handed on.
  private final class Held: Sendable {
    let exchange: Exchange
    init(_ exchange: consuming Exchange) { self.exchange = exchange }
  }

  private let held: Held
  package var evidence: LinkEvidence
  /// Other exchanges that would do, but fit less well.
  package var rivals: Int
  /// Exchanges before this one that failed without an answer, and that the gateway repeated.
  package var earlierTries: Int
  /// Nil where a moment was not seen.
  package private(set) var gateway: GatewayTimes?

  /// - Parameter back: The backend's exchange; of its bodies' bytes and its log nothing is needed.
  init(
    from front: borrowing Exchange, to back: consuming Exchange, evidence: LinkEvidence, rivals: Int, earlierTries: Int
  ) {
    self.evidence = evidence
    self.rivals = rivals
    self.earlierTries = earlierTries
    gateway = GatewayTimes.between(front, back)
    held = Held(back)
  }

  /// The backend's exchange, without its bodies' bytes and its log.
  package var back: Exchange { _read { yield held.exchange } }

  /// Why this one, in words.
  package var reason: String {
    let likeness =
      if evidence.contains(.sameClient) {
        "same URI, method and client port"
      } else if evidence.contains(.sameGateway) {
        "same URI, method and gateway address"
      } else {
        "same URI and method"
      }
    let choice =
      if earlierTries > 0 {
        "last of \(earlierTries + 1) tries"
      } else {
        rivals == 0 ? "only candidate" : "best of \(rivals + 1) candidates"
      }
    return "\(likeness), nested in time; \(choice)"
  }
}

/// What is known of the exchange that an exchange with a client caused.
package enum LinkOutcome: Sendable {
  /// None was seen; or this is no exchange with a client.
  case none
  case linked(ExchangeLink)
  /// So many exchanges fit equally well, and none is named.
  case ambiguous(candidates: Int)
  /// There was no exchange: these servers refused the gateway's connections.
  case refused(by: [Endpoint])

  package var link: ExchangeLink? {
    if case .linked(let link) = self { link } else { nil }
  }

  /// The gateway's share of the time; nil where it is not known.
  package var gateway: GatewayTimes? {
    if case .linked(let link) = self { link.gateway } else { nil }
  }

  /// Why there is no link although there could be one; nil otherwise.
  package var reasonForNone: String? {
    switch self {
    case .none, .linked: nil
    case .ambiguous(let candidates): "\(candidates) candidates fit equally well"
    case .refused(let servers):
      "the gateway's connection to \(servers.map(\.description).joined(separator: ", and to ")) was refused"
    }
  }
}
