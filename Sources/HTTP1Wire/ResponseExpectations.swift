// Which responses a decoder of responses expects: the method of a request decides how its response is framed.

/// The kinds of the requests whose responses are due, in order, at most 4096 of them by kind.
struct ResponseExpectations: Sendable {
  private var kinds: [HTTP1MethodKind] = []
  private var first = 0
  /// Expected after those in `kinds`, their kind not kept.
  private var uncounted = 0

  var count: Int { kinds.count &- first &+ uncounted }
  var heldByteCount: Int { kinds.capacity }

  mutating func append(_ kind: HTTP1MethodKind) {
    if uncounted > 0 || kinds.count &- first >= 4096 {
      if uncounted < Int.max / 2 { uncounted &+= 1 }
      return
    }
    if first >= 4096 {
      kinds.removeFirst(first)
      first = 0
    }
    kinds.append(kind)
  }

  mutating func removeFirst() -> HTTP1MethodKind {
    guard first < kinds.count else {
      if uncounted > 0 { uncounted &-= 1 }
      return .ordinary
    }
    let kind = kinds[first]
    first &+= 1
    if first == kinds.count {
      kinds.removeAll(keepingCapacity: true)
      first = 0
    }
    return kind
  }
}
