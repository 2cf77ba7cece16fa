// Outputs of a trace, which may fail while what feeds them goes on.
//
// A full disk or a reader that left ends the copy that goes there, and neither the trace nor, much less, the connections
// that a relay carries. A reader that has stopped reading is not waited for by traffic.

import Glibc
import LiveCapture
import Reports
import Transports
import WireBytes

/// How what is written waits for who reads it.
enum OutputPace {
  /// What is read can be read later: as long as it takes, but not when an end was asked for.
  case ofReader(CaptureStop)
  /// Traffic does not wait: what nobody takes is kept, and beyond a bound left out.
  case ofTraffic(CaptureStop)

  var stop: CaptureStop {
    switch self {
    case .ofReader(let stop), .ofTraffic(let stop): stop
    }
  }
}

/// Where bytes of a trace go, as long as they can be written.
struct TraceOutput {
  let file: FileOutput
  var pace: OutputPace
  /// Why nothing is written any more: the system's error number.
  private(set) var failure: Int32?
  /// Whole pieces that were written, in bytes.
  private(set) var byteCount = 0
  /// What nobody has taken yet, at traffic's pace.
  private var backlog = OutputBacklog()
  private var hasToldOfDrops = false
  /// How many bytes it was said were left out.
  private var toldByteCount = 0

  /// How long nothing at all is taken before what waits is given up at the end, in tenths of a second.
  private static let patience = 10

  /// - Parameter file: What does not wait itself, where it may have to.
  init(_ file: FileOutput, _ pace: OutputPace) {
    self.file = file
    self.pace = pace
  }

  /// Whether nothing is written any more.
  var isLost: Bool { failure != nil }

  /// Whether not everything was written, which a reader that has seen enough is no case of.
  var isBroken: Bool { failure.map { $0 != EPIPE } ?? (backlog.droppedByteCount > 0) }

  /// Writes everything that the buffer holds, and empties it.
  mutating func drain(_ buffer: inout TextBuffer) {
    write(buffer.bytes)
    buffer.clear()
  }

  /// Writes a piece, which is whole in itself; says so once where that cannot be done.
  mutating func write(_ bytes: ArraySlice<UInt8>) {
    guard failure == nil else { return }
    byteCount += bytes.count
    switch pace {
    case .ofReader(let stop): write(bytes, until: stop)
    case .ofTraffic:
      push()
      guard failure == nil else { return }
      let written = backlog.isEmpty ? attempt(bytes) : 0
      if failure == nil, written < bytes.count { keep(bytes, written: written) }
    }
    if failure != nil { byteCount -= bytes.count }
  }

  /// Writes what waits, as far as there is room.
  mutating func push() {
    if failure == nil, !backlog.isEmpty { backlog.remove(attempt(backlog.waiting)) }
  }

  /// Writes what waits, as long as somebody takes it: nothing follows for now.
  mutating func settle() {
    var idle = 0
    while failure == nil, !backlog.isEmpty {
      let before = backlog.waiting.count
      push()
      guard failure == nil, !backlog.isEmpty else { break }
      idle = backlog.waiting.count < before ? 0 : idle + 1
      if idle > Self.patience || pace.stop.isOverdue { return giveUp() }
      file.waitForRoom()
    }
    guard failure == nil, backlog.droppedByteCount > toldByteCount else { return }
    toldByteCount = backlog.droppedByteCount
    Ending.complain("\(file.name) was not read fast enough: \(backlog.droppedByteCount) bytes were left out")
  }

  private mutating func write(_ bytes: ArraySlice<UInt8>, until stop: CaptureStop) {
    var rest = bytes
    while failure == nil {
      rest = rest.dropFirst(attempt(rest))
      if rest.isEmpty { return }
      if stop.isOverdue { return giveUp() }
      file.waitForRoom()
    }
  }

  private mutating func attempt(_ bytes: ArraySlice<UInt8>) -> Int {
    let (count, error) = file.attemptNow(bytes)
    if let error { fail(error) }
    return count
  }

  private mutating func keep(_ bytes: ArraySlice<UInt8>, written: Int) {
    let dropped = backlog.droppedByteCount
    backlog.add(bytes, written: written)
    guard backlog.droppedByteCount > dropped, !hasToldOfDrops else { return }
    hasToldOfDrops = true
    Ending.complain("\(file.name) is not read: what comes is left out of it until it is")
  }

  private mutating func giveUp() {
    backlog.drop()
    failure = ETIMEDOUT
    Ending.complain("\(file.name) is not read: its end is left out")
  }

  private mutating func fail(_ number: Int32) {
    failure = number
    guard number != EPIPE else { return }
    Ending.complain("\(file.name) cannot be written: \(SystemError.words(number)); the trace goes on without it")
  }
}

/// A capture file that is written while traffic passes, and followed by others where it is to rotate.
struct CaptureCopy: CaptureDestination {
  private var output: TraceOutput
  private var rotation: FileRotation?
  /// The beginning of every file.
  private var header: [UInt8] = []
  private var pending: [UInt8] = []
  private static let batchByteCount = 1 << 20

  /// - Parameter rotation: Nil where all goes into the file.
  init(_ file: FileOutput, _ pace: OutputPace, _ rotation: FileRotation? = nil) {
    output = TraceOutput(file, pace)
    self.rotation = rotation
  }

  /// What messages call it.
  var name: String { output.file.name }

  /// Whether nothing is written any more.
  var isLost: Bool { output.isLost }
  /// Whether not everything was written.
  var isBroken: Bool { output.isLost || output.isBroken }

  /// Begins the first file.
  mutating func begin(with header: [UInt8]) {
    self.header = header
    pending = header
  }

  /// Appends one record or several, which `body` appends to the bytes that it gets.
  ///
  /// - Parameter time: Theirs, for files that are to span a certain time.
  mutating func append(at time: Timestamp, _ body: (inout [UInt8]) -> Void) {
    if rotation?.isDue(byteCount: output.byteCount + pending.count, at: time) == true { rotate() }
    body(&pending)
    if pending.count >= Self.batchByteCount { flush() }
  }

  private mutating func rotate() {
    flush()
    guard !output.isLost else { return }
    guard let next = rotation?.next() else {
      Ending.complain("no file can follow \(output.file.name): \(SystemError.words(errno)); it goes on")
      rotation = nil
      return
    }
    close(output.file.descriptor)
    output = TraceOutput(next, output.pace)
    pending = header
  }

  /// Writes what waits, to its end.
  mutating func finish() {
    flush()
    output.settle()
  }

  /// Writes what waits.
  mutating func flush() {
    guard !pending.isEmpty else { return output.push() }
    output.write(pending[...])
    pending.removeAll(keepingCapacity: !output.isLost)
    // A file ends with a whole record, though the disk be full.
    if output.isLost { ftruncate(output.file.descriptor, off_t(output.byteCount)) }
  }
}
