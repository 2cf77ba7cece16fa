// Lists of slots in order of time, without allocation.
//
// The links stand in one array beside the slots, so that moving a slot to the end of a list touches little memory.

/// The ends of one list; the links are in a ``SlotLinks``.
struct SlotList: Sendable {
  /// The slot that was added first; -1 when empty.
  fileprivate(set) var oldest: Int32 = -1
  /// The slot that was added last; -1 when empty.
  fileprivate(set) var newest: Int32 = -1
  fileprivate(set) var count = 0
}

/// The links of any number of lists over one range of slots.
///
/// A slot is in at most one list.
struct SlotLinks: Sendable {
  private struct Link: Sendable {
    var older: Int32 = -1
    var newer: Int32 = -1
  }

  private var links: [Link] = []

  /// Makes room for one more slot.
  mutating func addSlot() { links.append(Link()) }

  /// Adds `slot`, which is in no list, as the newest of `list`.
  mutating func append(_ slot: Int, to list: inout SlotList) {
    let slot32 = Int32(truncatingIfNeeded: slot)
    links[slot] = Link(older: list.newest, newer: -1)
    if list.newest >= 0 { links[Int(list.newest)].newer = slot32 } else { list.oldest = slot32 }
    list.newest = slot32
    list.count &+= 1
  }

  /// Takes `slot` out of `list`, which it is in.
  mutating func remove(_ slot: Int, from list: inout SlotList) {
    let link = links[slot]
    if link.older >= 0 { links[Int(link.older)].newer = link.newer } else { list.oldest = link.newer }
    if link.newer >= 0 { links[Int(link.newer)].older = link.older } else { list.newest = link.older }
    list.count &-= 1
  }

  /// Makes `slot`, which is in `list`, its newest.
  @inline(__always)
  mutating func touch(_ slot: Int, in list: inout SlotList) {
    if list.newest == Int32(truncatingIfNeeded: slot) { return }
    remove(slot, from: &list)
    append(slot, to: &list)
  }
}
