// The latest exchanges that a client's exchange may have caused, found by what they asked for.
//
// Bounded in number and in memory: the oldest makes room. Whether one fits is LinkEvidence's decision.

internal import Exchanges
internal import WireBytes

/// Exchanges with backends that no exchange with a client was linked to yet.
///
/// A ring, and for every bucket of hashes a chain from the latest exchange to earlier ones.
struct BackendTable: Sendable {
  /// How many are kept.
  static let limit = 1024
  private static let bucketMask: UInt64 = 2047
  /// What those that are kept may take together, in bytes, and what they take.
  private let byteLimit: Int
  private var byteCount = 0
  private var sizes: [Int] = []
  /// The number of the oldest that is kept.
  private var oldest = 1
  /// Nil where a place is free.
  private var keys: [LinkKey?] = []
  private var backs: [Exchange] = []
  /// When each was asked, and how late it was when it was inserted, which never grows less.
  private var asked: [Timestamp] = []
  private var inserted: [Timestamp] = []
  private var now = Timestamp(nanoseconds: .min)
  /// How many were inserted so far: the latest has this number, and the place that its number leaves modulo the limit.
  private var count = 0
  /// The number of the latest exchange of each bucket, and of the one before each place's in its bucket; 0 for none.
  private var latest: [Int] = []
  private var earlier: [Int] = []

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// Keeps an exchange, without what only people look at; what lies in `exchange` afterwards is of no use.
  ///
  /// - Parameter start: When it was asked.
  mutating func insert(_ exchange: inout Exchange, asked start: Timestamp, key: LinkKey) {
    now = max(now, exchange.timeline.end ?? start, start)
    if latest.isEmpty { latest = Array(repeating: 0, count: Int(Self.bucketMask) + 1) }
    exchange.wireEvents = []
    exchange.request.body.forgetBytes()
    exchange.response.body.forgetBytes()
    let size = exchange.heldByteCount
    count += 1
    let bucket = Int(key.target & Self.bucketMask)
    let place = (count - 1) % Self.limit
    if place == backs.count {
      keys.append(key)
      earlier.append(latest[bucket])
      asked.append(start)
      inserted.append(now)
      sizes.append(0)
      backs.append(exchange.takeOut())
    } else {
      keys[place] = key
      earlier[place] = latest[bucket]
      asked[place] = start
      inserted[place] = now
      swap(&backs[place], &exchange)
    }
    latest[bucket] = count
    byteCount += size - sizes[place]
    sizes[place] = size
    keepToLimit()
  }

  /// Forgets the oldest where all together take too much, but not the latest.
  private mutating func keepToLimit() {
    oldest = max(oldest, count - Self.limit + 1)
    while byteCount > byteLimit, oldest < count {
      _ = take((oldest - 1) % Self.limit)
      oldest += 1
    }
  }

  /// Names the place of every exchange that `front` may have caused, and what speaks for it; the latest to arrive first.
  ///
  /// What was asked outside of its time is not looked at, and what was over before it began is not even walked through:
  /// many requests for the same, most of them linked to nothing, cost no more than few. An exchange is compared where it
  /// lies.
  func forEach(
    behind front: borrowing Exchange, _ key: LinkKey, _ body: (_ place: Int, _ evidence: LinkEvidence) -> Void
  ) {
    guard !latest.isEmpty, let begun = front.timeline.requestStart, let ended = front.timeline.end else { return }
    var number = latest[Int(key.target & Self.bucketMask)]
    // A number that is that old has lost its place to a later one.
    while number > 0, number > count - Self.limit {
      let place = (number - 1) % Self.limit
      guard inserted[place] >= begun else { return }
      if asked[place] >= begun, asked[place] <= ended, let evidence = evidence(front, key, place) {
        body(place, evidence)
      }
      number = earlier[place]
    }
  }

  /// What speaks for it that `front` caused the exchange that was inserted last; nil where that cannot be.
  func latestEvidence(behind front: borrowing Exchange, _ key: LinkKey) -> LinkEvidence? {
    count > 0 ? evidence(front, key, (count - 1) % Self.limit) : nil
  }

  private func evidence(_ front: borrowing Exchange, _ key: LinkKey, _ place: Int) -> LinkEvidence? {
    guard let back = keys[place], back.target == key.target, key.mayCause(back) else { return nil }
    return LinkEvidence.between(front, backs.span[place])
  }

  /// Whether the exchange of one place was another try of what had failed at the other: the server had closed without an
  /// answer before it was asked.
  func isTry(_ place: Int, after earlier: Int) -> Bool {
    let backs = backs.span
    guard backs[earlier].ending == .serverClosed, !backs[earlier].response.hasHead,
      let failed = backs[earlier].timeline.end, let asked = backs[place].timeline.requestStart
    else { return false }
    return failed <= asked
  }

  /// Hands over the exchange of a place, which is free then.
  mutating func take(_ place: Int) -> Exchange {
    keys[place] = nil
    byteCount -= sizes[place]
    sizes[place] = 0
    return backs[place].takeOut()
  }
}
