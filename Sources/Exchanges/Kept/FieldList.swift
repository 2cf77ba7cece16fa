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
  /// The pair whose name and value are arriving; it is none of the entries before it is whole.
  private var open: Entry?
  /// Pairs that were seen but not kept.
  package private(set) var droppedCount = 0
  private var isOpenPairTooLong = false
  /// Takes note of pairs that another list, which this one is made of, did not keep.
  package mutating func noteDropped(_ count: Int) { droppedCount += count }

  /// Bounds of what is kept: bytes of names and values together, and pairs.
  package static let storageLimit = 256 * 1024
  package static let entryLimit = 4096
  /// Room made for the first pair: most requests fit in it and grow no further.
  private static let usualByteCount = 1000
  private static let usualCount = 24

  package init() {}

  /// How many pairs are kept.
  package var count: Int { entries.count }
  package var isEmpty: Bool { entries.isEmpty && droppedCount == 0 }
  package var indices: Range<Int> { entries.indices }
  /// The memory that the pairs take, in bytes.
  package var byteCount: Int { storage.count + entries.count * MemoryLayout<Entry>.stride }

  /// The memory that the list takes besides itself, in bytes: its room.
  var heldByteCount: Int { storage.capacity &+ entries.capacity &* MemoryLayout<Entry>.stride }
  /// The room that is made for the first pair.
  static var usualHeldByteCount: Int { usualByteCount &+ usualCount &* MemoryLayout<Entry>.stride }

  /// Gives back the room that is not needed: of a list that is whole and has to wait.
  mutating func fit() {
    storage.fit()
    entries.fit()
  }

  /// Appends a pair; counts it as dropped when it would pass a bound.
  ///
  /// - Returns: Whether it was kept.
  @discardableResult
  package mutating func append(name: RawSpan, value: RawSpan) -> Bool {
    guard admit(nameLength: name.byteCount, valueLength: value.byteCount) else { return false }
    storage.append(contentsOf: name)
    storage.append(contentsOf: value)
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

  /// Appends a pair whose value follows its name in one run of bytes; counts it as dropped when it would pass a bound.
  package mutating func append(_ pair: RawSpan, nameLength: Int) {
    guard admit(nameLength: nameLength, valueLength: pair.byteCount &- nameLength) else { return }
    storage.append(contentsOf: pair)
  }

  /// Enters a pair whose bytes come next, unless it would pass a bound.
  @inline(__always)
  private mutating func admit(nameLength: Int, valueLength: Int) -> Bool {
    guard entries.count < Self.entryLimit, storage.count + nameLength + valueLength <= Self.storageLimit else {
      droppedCount += 1
      return false
    }
    if entries.isEmpty { reserve() }
    entries.append(
      Entry(
        start: UInt32(truncatingIfNeeded: storage.count), nameLength: UInt32(truncatingIfNeeded: nameLength),
        valueLength: UInt32(truncatingIfNeeded: valueLength)))
    return true
  }

  /// Opens a pair whose name and value arrive in pieces; ``appendToName(_:)`` and ``appendToValue(_:)`` follow.
  package mutating func beginPair() {
    if entries.isEmpty { reserve() }
    open = Entry(start: UInt32(truncatingIfNeeded: storage.count), nameLength: 0, valueLength: 0)
    isOpenPairTooLong = entries.count >= Self.entryLimit
  }

  /// Takes the next piece of the open pair's name.
  package mutating func appendToName(_ piece: RawSpan) {
    guard hasRoom(for: piece) else { return }
    storage.append(contentsOf: piece)
    open?.nameLength &+= UInt32(truncatingIfNeeded: piece.byteCount)
  }

  /// Takes the next piece of the open pair's value.
  package mutating func appendToValue(_ piece: RawSpan) {
    guard hasRoom(for: piece) else { return }
    storage.append(contentsOf: piece)
    open?.valueLength &+= UInt32(truncatingIfNeeded: piece.byteCount)
  }

  /// Closes the open pair: keeps it, or, when it was not whole or passed a bound, forgets it.
  package mutating func endPair(isWhole: Bool = true) {
    guard let pair = open else { return }
    open = nil
    if isWhole, !isOpenPairTooLong {
      entries.append(pair)
    } else {
      storage.removeLast(storage.count - Int(pair.start))
      if isWhole { droppedCount += 1 }
    }
    // However pairs were cut, a list of the same pairs is the same.
    isOpenPairTooLong = false
  }

  private mutating func reserve() {
    // Asked first, for a list that has room is asked at its first pair as well.
    if storage.capacity < Self.usualByteCount { storage.reserveCapacity(Self.usualByteCount) }
    if entries.capacity < Self.usualCount { entries.reserveCapacity(Self.usualCount) }
  }

  /// Takes the memory of a list that is of no use any more; to be called while this one is empty.
  mutating func takeRoom(of other: inout FieldList) {
    storage.takeRoom(of: &other.storage)
    entries.takeRoom(of: &other.entries)
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
    index(nameLength: name.utf8CodeUnitCount) { $0.equals(name) }.map { value($0) }
  }

  /// Appends the value of the first pair named exactly `name`.
  ///
  /// - Returns: Whether there is one.
  @discardableResult
  func append(_ name: StaticString, to bytes: inout [UInt8]) -> Bool {
    guard let index = index(nameLength: name.utf8CodeUnitCount, where: { $0.equals(name) }) else { return false }
    let entry = entries[index]
    let start = Int(entry.start &+ entry.nameLength)
    unsafe bytes.append(contentsOf: storage.span.bytes.extracting(start..<(start &+ Int(entry.valueLength))))
    return true
  }

  /// The value of the first pair with that name, ASCII case ignored (header fields).
  package func firstField(_ name: StaticString) -> ArraySlice<UInt8>? {
    index(nameLength: name.utf8CodeUnitCount) { $0.equalsIgnoringCase(name) }.map { value($0) }
  }

  /// The first pair with a name of that length that is accepted.
  @inline(__always)
  private func index(nameLength: Int, where accepts: (RawSpan) -> Bool) -> Int? {
    let bytes = unsafe storage.span.bytes
    for index in entries.indices where entries[index].nameLength == nameLength {
      let start = Int(entries[index].start)
      if accepts(bytes.extracting(start..<(start &+ nameLength))) { return index }
    }
    return nil
  }

  /// Lends every pair, in order.
  ///
  /// The way of renderers: neither copies nor counts references.
  package func forEach(_ body: (_ name: RawSpan, _ value: RawSpan) -> Void) {
    let bytes = unsafe storage.span.bytes
    for entry in entries {
      let value = Int(entry.start &+ entry.nameLength)
      body(
        bytes.extracting(Int(entry.start)..<value), bytes.extracting(value..<(value &+ Int(entry.valueLength))))
    }
  }

  /// How many pairs have that name, ASCII case ignored.
  package func countFields(_ name: StaticString) -> Int {
    let bytes = unsafe storage.span.bytes
    let length = UInt32(truncatingIfNeeded: name.utf8CodeUnitCount)
    return entries.count { entry in
      guard entry.nameLength == length else { return false }
      let start = Int(entry.start)
      return bytes.extracting(start..<(start &+ Int(length))).equalsIgnoringCase(name)
    }
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

extension Array {
  /// Bytes of memory that are passed on at most: a list that grew large once shall not stay so.
  private static var roomLimit: Int { 16 * 1024 }

  /// Takes the memory of a list that is of no use any more; to be called while this one is empty.
  mutating func takeRoom(of other: inout [Element]) {
    guard other.capacity > 0, other.capacity * MemoryLayout<Element>.stride <= Self.roomLimit else { return }
    other.removeAll(keepingCapacity: true)
    swap(&self, &other)
  }
}

extension Array {
  /// Gives back the room that is not needed, where that is much of it.
  fileprivate mutating func fit() {
    if capacity > 2 * count { self = self.map { $0 } }
  }
}

extension Array where Element == UInt8 {
  /// Becomes a copy of `bytes`, in the memory that it has.
  mutating func assign(_ bytes: RawSpan) {
    removeAll(keepingCapacity: true)
    append(contentsOf: bytes)
  }
}

extension ArraySlice<UInt8> {
  /// Whether the bytes are exactly those of `literal`.
  package func elementsEqual(_ literal: StaticString) -> Bool { unsafe span.bytes.equals(literal) }
  /// Whether the bytes equal `literal`, ASCII case ignored.
  package func equalsIgnoringCase(_ literal: StaticString) -> Bool { unsafe span.bytes.equalsIgnoringCase(literal) }
}
