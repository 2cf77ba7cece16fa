// A list of large elements whose room is used again.
//
// Who makes an element anew, and what that means, is the caller's matter.

/// Elements in order, of which the last to be removed stays: the next one to be added takes its place and its memory.
///
/// For requests of one connection, which mostly come one after another, and of which there may be thousands: an element
/// stays where it is while others come and go.
package struct RecycledList<Element: Sendable>: Sendable {
  /// Those in the list, the one that was removed last, and empty ones.
  private var places: [Element] = []
  /// The places of those in the list, in order.
  private var order: [Int32] = []
  /// The other places; the one that is used next, which is the only one that is not empty, is the last.
  private var free: [Int32] = []

  /// As many places are kept when the list is empty.
  private static var keptPlaceCount: Int { 16 }

  package init() {}

  package var count: Int { order.count }
  package var isEmpty: Bool { order.isEmpty }
  package var indices: Range<Int> { order.indices }

  package subscript(index: Int) -> Element {
    @inline(__always) _read { yield places[Int(order[index])] }
    @inline(__always) _modify { yield &places[Int(order[index])] }
  }

  /// Adds an element at the end: one that was removed, which `renew` makes as good as new, or what `make` makes.
  package mutating func append(renewing renew: (inout Element) -> Void, orMaking make: () -> Element) {
    if let place = free.popLast() {
      order.append(place)
      renew(&places[Int(place)])
    } else {
      order.append(Int32(truncatingIfNeeded: places.count))
      places.append(make())
    }
  }

  /// - Parameter empty: An element without content, for the place of one that waited to be used again and now is not
  ///   the first to be.
  package mutating func remove(at index: Int, emptyingOthersTo empty: @autoclosure () -> Element) {
    let place = order.remove(at: index)
    if let waiting = free.last { places[Int(waiting)] = empty() }
    free.append(place)
    if order.isEmpty, places.count > Self.keptPlaceCount { shrink(to: Int(place)) }
  }

  /// Gives back the room of a list that was long once and is empty, but for one place.
  private mutating func shrink(to place: Int) {
    places = [places[place]]
    order = []
    free = [0]
  }

  @inline(__always)
  package func firstIndex(where isWanted: (Element) -> Bool) -> Int? {
    for index in order.indices where isWanted(places[Int(order[index])]) { return index }
    return nil
  }

  package func contains(where isWanted: (Element) -> Bool) -> Bool { firstIndex(where: isWanted) != nil }

  /// The memory that the list takes besides itself, in bytes: its room, and what `ofElement` says that an element in it,
  /// or one that was, takes besides itself.
  package func heldByteCount(_ ofElement: (borrowing Element) -> Int) -> Int {
    var count = places.capacity &* MemoryLayout<Element>.stride &+ (order.capacity &+ free.capacity) &* 4
    for place in places.indices { count &+= ofElement(places[place]) }
    return count
  }
}
