// From the addresses and ports of a packet to the slot of its connection.
//
// An open-addressing hash table of slot numbers; the keys stay in the connections. It knows nothing of TCP.

import Packets
import WireBytes

/// The addresses and ports of a connection, the same for both directions.
struct FlowKey: Equatable, Sendable {
  var firstHigh: UInt64
  var firstLow: UInt64
  var secondHigh: UInt64
  var secondLow: UInt64
  /// Both ports and the version of IP.
  var rest: UInt64

  /// The key of a packet, and whether its source is the key's first endpoint.
  @inline(__always)
  init(_ header: TCPHeader, sourceIsFirst: inout Bool) {
    let source = header.source.address
    let destination = header.destination.address
    let version = UInt64(source.version.rawValue) << 32
    let ports = (UInt64(header.source.port), UInt64(header.destination.port))
    if source.low != destination.low {
      sourceIsFirst = source.low < destination.low
    } else if source.high != destination.high {
      sourceIsFirst = source.high < destination.high
    } else {
      sourceIsFirst = ports.0 <= ports.1
    }
    if sourceIsFirst {
      firstHigh = source.high
      firstLow = source.low
      secondHigh = destination.high
      secondLow = destination.low
      rest = version | ports.0 << 16 | ports.1
    } else {
      firstHigh = destination.high
      firstLow = destination.low
      secondHigh = source.high
      secondLow = source.low
      rest = version | ports.1 << 16 | ports.0
    }
  }

  /// A hash that an outsider who does not know `seed` cannot aim at.
  @inline(__always)
  func hash(seed: UInt64) -> UInt32 {
    var state = FlowKey.mix(rest ^ seed, firstLow ^ 0x9E37_79B9_7F4A_7C15)
    state = FlowKey.mix(state ^ secondLow, seed ^ 0xC2B2_AE3D_27D4_EB4F)
    if firstHigh | secondHigh != 0 { state = FlowKey.mix(state ^ firstHigh, secondHigh ^ 0x1656_67B1_9E37_79F9) }
    return UInt32(truncatingIfNeeded: state ^ state >> 32)
  }

  @inline(__always)
  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right | 1)
    return product.high ^ product.low
  }
}

/// Slots found by hash, with linear probing and removal that leaves no marks.
struct FlowTable: Sendable {
  private struct Entry: Sendable {
    var hash: UInt32
    /// -1 where the entry is free.
    var slot: Int32
  }

  private var entries: [Entry]
  private var mask: Int
  private(set) var count = 0

  init() {
    entries = Array(repeating: Entry(hash: 0, slot: -1), count: 64)
    mask = 63
  }

  /// The slot whose hash is `hash` and that `matches`, or -1.
  @inline(__always)
  func slot(_ hash: UInt32, where matches: (Int) -> Bool) -> Int {
    var index = Int(hash) & mask
    while true {
      let entry = entries[index]
      if entry.slot < 0 { return -1 }
      if entry.hash == hash, matches(Int(entry.slot)) { return Int(entry.slot) }
      index = (index &+ 1) & mask
    }
  }

  /// Adds a slot that is not in the table.
  mutating func insert(_ slot: Int, hash: UInt32) {
    if (count &+ 1) &* 2 > entries.count { grow() }
    place(Entry(hash: hash, slot: Int32(truncatingIfNeeded: slot)))
    count &+= 1
  }

  /// Removes a slot, and closes the chain behind it.
  mutating func remove(_ slot: Int, hash: UInt32) {
    var hole = Int(hash) & mask
    while entries[hole].slot != Int32(truncatingIfNeeded: slot) {
      if entries[hole].slot < 0 { return }
      hole = (hole &+ 1) & mask
    }
    var index = hole
    while true {
      index = (index &+ 1) & mask
      let entry = entries[index]
      if entry.slot < 0 { break }
      // An entry may move into the hole unless its own place lies behind the hole.
      let home = Int(entry.hash) & mask
      if (index &- home) & mask >= (index &- hole) & mask {
        entries[hole] = entry
        hole = index
      }
    }
    entries[hole].slot = -1
    count &-= 1
  }

  private mutating func place(_ entry: Entry) {
    var index = Int(entry.hash) & mask
    while entries[index].slot >= 0 { index = (index &+ 1) & mask }
    entries[index] = entry
  }

  private mutating func grow() {
    let old = entries
    entries = Array(repeating: Entry(hash: 0, slot: -1), count: old.count * 2)
    mask = entries.count - 1
    for entry in old where entry.slot >= 0 { place(entry) }
  }
}
