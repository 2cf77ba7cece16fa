// A short list of large elements whose room is used again.
//
// Who makes an element anew, and what that means, is the caller's matter.

/// Elements in order, of which the last to be removed stays: the next one to be added takes its place and its memory.
///
/// For requests of one connection, which mostly come one after another. Never holds more than one element beyond those
/// that are in it.
package struct RecycledList<Element: Sendable>: Sendable {
  /// Those in the list, and perhaps one that was.
  private var elements: [Element] = []
  package private(set) var count = 0

  package init() {}

  package var isEmpty: Bool { count == 0 }
  package var indices: Range<Int> { 0..<count }

  package subscript(index: Int) -> Element {
    @inline(__always) _read {
      precondition(index < count, "the element is in the list")
      yield elements[index]
    }
    @inline(__always) _modify {
      precondition(index < count, "the element is in the list")
      yield &elements[index]
    }
  }

  /// Adds an element at the end: one that was removed, which `renew` makes as good as new, or what `make` makes.
  package mutating func append(renewing renew: (inout Element) -> Void, orMaking make: () -> Element) {
    if count < elements.count { renew(&elements[count]) } else { elements.append(make()) }
    count += 1
  }

  package mutating func remove(at index: Int) {
    precondition(index < count, "the element is in the list")
    count -= 1
    // The last one stays where it is; of another one the room is not worth a move.
    let surplus = index < count ? index..<(index + 1) : (count + 1)..<elements.count
    if !surplus.isEmpty { elements.removeSubrange(surplus) }
  }

  @inline(__always)
  package func firstIndex(where isWanted: (Element) -> Bool) -> Int? {
    for index in indices where isWanted(elements[index]) { return index }
    return nil
  }

  package func contains(where isWanted: (Element) -> Bool) -> Bool { firstIndex(where: isWanted) != nil }
}
