// The latest exchanges that a client's exchange may have caused, found by what they asked for.
//
// Bounded: the oldest makes room. Whether one fits is LinkEvidence's decision.

internal import Exchanges

/// Exchanges with backends that no exchange with a client was linked to yet.
struct BackendTable: Sendable {
  /// How many are kept.
  static let limit = 1024
  /// Hashes of the request targets; 0 where a place is free.
  private var hashes: [UInt64] = []
  private var backs: [Exchange] = []
  /// The place that is taken next, once all were.
  private var next = 0

  /// Keeps an exchange, without what only people look at.
  mutating func insert(_ exchange: Exchange, hash: UInt64) {
    var back = exchange
    back.wireEvents = []
    back.request.body.forgetBytes()
    back.response.body.forgetBytes()
    if backs.count < Self.limit {
      hashes.append(hash)
      backs.append(back)
    } else {
      hashes[next] = hash
      backs[next] = back
      next = (next + 1) % Self.limit
    }
  }

  /// Lends every exchange with that hash, the first to arrive first.
  func forEach(hash: UInt64, _ body: (_ place: Int, _ back: Exchange) -> Void) {
    guard !hashes.isEmpty else { return }
    for part in [next..<hashes.count, 0..<next] {
      for place in part where hashes[place] == hash { body(place, backs[place]) }
    }
  }

  /// Whether the exchange of one place was another try of what had failed at the other: the server had closed without an
  /// answer before it was asked.
  func isTry(_ place: Int, after earlier: Int) -> Bool {
    let first = backs[earlier], second = backs[place]
    guard first.ending == .serverClosed, !first.response.hasHead, let failed = first.timeline.end,
      let asked = second.timeline.requestStart
    else { return false }
    return failed <= asked
  }

  /// Hands over the exchange of a place, which is free then.
  mutating func take(_ place: Int) -> Exchange {
    hashes[place] = 0
    let back = backs[place]
    backs[place] = Exchange(back.wireProtocol, connection: back.connection, index: back.index)
    return back
  }

  /// The hash of a request target; never 0.
  ///
  /// FNV-1a. Who aims at collisions gains a thousand comparisons a request, no more.
  static func hash(_ target: ArraySlice<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in target { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return max(hash, 1)
  }
}
