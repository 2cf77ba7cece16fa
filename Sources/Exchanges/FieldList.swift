// Names and values in the order of the wire, duplicates kept, in two flat arrays.
//
// Holds bytes exactly as they came. Meaning (which name is a Status) is the reader's.

internal import WireBytes

/// An ordered list of name-value pairs: meta-variables, or header fields.
///
/// Bounded: pairs past the bounds are counted, not kept.
package struct FieldList: Hashable, Sendable {
  private struct Entry: Hashable {
    var start: UInt32
    var nameLength: UInt32
    var valueLength: UInt32
  }

  private var storage: [UInt8] = []
  private var entries: [Entry] = []
  /// Pairs that were seen but not kept.
  package private(set) var droppedCount = 0
  private var isOpenPairTooLong = false
  /// Bounds of what is kept: bytes of names and values together, and pairs.
  package static let storageLimit = 256 * 1024
  package static let entryLimit = 4096

  package init() {}

  /// How many pairs are kept.
  package var count: Int { entries.count }
  package var isEmpty: Bool { entries.isEmpty && droppedCount == 0 }
  package var indices: Range<Int> { entries.indices }

  /// Appends a pair; counts it as dropped when it would pass a bound.
  ///
  /// - Returns: Whether it was kept.
  @discardableResult
  package mutating func append(name: RawSpan, value: RawSpan) -> Bool {
    guard entries.count < Self.entryLimit, storage.count + name.byteCount + value.byteCount <= Self.storageLimit else {
      droppedCount += 1
      return false
    }
    let start = UInt32(truncatingIfNeeded: storage.count)
    storage.append(contentsOf: name)
    storage.append(contentsOf: value)
    entries.append(
      Entry(
        start: start, nameLength: UInt32(truncatingIfNeeded: name.byteCount),
        valueLength: UInt32(truncatingIfNeeded: value.byteCount)))
    return true
  }

  /// Continues the value of the last pair with a space and `piece`, as a folded line does; nothing where there is no
  /// room.
  package mutating func continueLast(with piece: RawSpan) {
    guard let last = entries.indices.last, storage.count + piece.byteCount < Self.storageLimit else { return }
    storage.append(ASCII.space)
    storage.append(contentsOf: piece)
    entries[last].valueLength &+= UInt32(truncatingIfNeeded: piece.byteCount + 1)
  }

  /// Opens a pair whose name and value arrive in pieces; ``appendToName(_:)`` and ``appendToValue(_:)`` follow.
  package mutating func beginPair() {
    entries.append(Entry(start: UInt32(truncatingIfNeeded: storage.count), nameLength: 0, valueLength: 0))
    isOpenPairTooLong = entries.count > Self.entryLimit
  }

  /// Takes the next piece of the open pair's name.
  package mutating func appendToName(_ piece: RawSpan) {
    guard hasRoom(for: piece), let last = entries.indices.last else { return }
    storage.append(contentsOf: piece)
    entries[last].nameLength &+= UInt32(truncatingIfNeeded: piece.byteCount)
  }

  /// Takes the next piece of the open pair's value.
  package mutating func appendToValue(_ piece: RawSpan) {
    guard hasRoom(for: piece), let last = entries.indices.last else { return }
    storage.append(contentsOf: piece)
    entries[last].valueLength &+= UInt32(truncatingIfNeeded: piece.byteCount)
  }

  /// Closes the open pair: keeps it, or, when it was not whole or passed a bound, forgets it.
  package mutating func endPair(isWhole: Bool = true) {
    guard let last = entries.last, !isWhole || isOpenPairTooLong else { return }
    storage.removeLast(storage.count - Int(last.start))
    entries.removeLast()
    if isWhole { droppedCount += 1 }
  }

  private mutating func hasRoom(for piece: RawSpan) -> Bool {
    if storage.count &+ piece.byteCount > Self.storageLimit { isOpenPairTooLong = true }
    return !isOpenPairTooLong
  }

  /// Appends a pair of owned bytes.
  package mutating func append(name: [UInt8], value: [UInt8]) {
    // The bytes of a [UInt8] have no padding: reading them raw is sound.
    unsafe append(name: name.span.bytes, value: value.span.bytes)
  }

  /// The name of pair `index`, as it came.
  package func name(_ index: Int) -> ArraySlice<UInt8> {
    let entry = entries[index]
    return storage[Int(entry.start)..<Int(entry.start + entry.nameLength)]
  }

  /// The value of pair `index`, as it came.
  package func value(_ index: Int) -> ArraySlice<UInt8> {
    let entry = entries[index]
    let start = Int(entry.start + entry.nameLength)
    return storage[start..<(start + Int(entry.valueLength))]
  }

  /// The value of the first pair named exactly `name` (meta-variables).
  package func first(_ name: StaticString) -> ArraySlice<UInt8>? {
    entries.indices.first { self.name($0).elementsEqual(name) }.map { value($0) }
  }

  /// The value of the first pair with that name, ASCII case ignored (header fields).
  package func firstField(_ name: StaticString) -> ArraySlice<UInt8>? {
    entries.indices.first { self.name($0).equalsIgnoringCase(name) }.map { value($0) }
  }

  /// How many pairs have that name, ASCII case ignored.
  package func countFields(_ name: StaticString) -> Int {
    entries.indices.count { self.name($0).equalsIgnoringCase(name) }
  }

  /// The first name that stands more than once, of those that `isOfInterest`, compared byte by byte; nil when none does.
  package func firstRepeatedName(
    where isOfInterest: (ArraySlice<UInt8>) -> Bool = { _ in true }
  ) -> ArraySlice<UInt8>? {
    var seen: Set<ArraySlice<UInt8>> = []
    return entries.indices.lazy.map { name($0) }.first { isOfInterest($0) && !seen.insert($0).inserted }
  }

  /// The pairs, one after another, as owned bytes.
  ///
  /// Not for the hot path.
  package var pairs: [(name: [UInt8], value: [UInt8])] {
    entries.indices.map { (Array(name($0)), Array(value($0))) }
  }
}

extension ArraySlice<UInt8> {
  /// Whether the bytes are exactly those of `literal`.
  package func elementsEqual(_ literal: StaticString) -> Bool { unsafe span.bytes.equals(literal) }
  /// Whether the bytes equal `literal`, ASCII case ignored.
  package func equalsIgnoringCase(_ literal: StaticString) -> Bool { unsafe span.bytes.equalsIgnoringCase(literal) }
}
