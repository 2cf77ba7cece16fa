// Outputs of a trace, which may fail while what feeds them goes on.
//
// A full disk or a reader that left ends the copy that goes there, and neither the trace nor, much less, the connections
// that a relay carries.

import Glibc
import Reports
import WireBytes

/// Where bytes of a trace go, as long as they can be written.
struct TraceOutput {
  let file: FileOutput
  /// Why nothing is written any more: the system's error number.
  private(set) var failure: Int32?
  /// Whole pieces that were written, in bytes.
  private(set) var byteCount = 0

  init(_ file: FileOutput) { self.file = file }

  /// Whether nothing is written any more.
  var isLost: Bool { failure != nil }

  /// Whether the output broke, which a reader that has seen enough is not.
  var isBroken: Bool { failure.map { $0 != EPIPE } ?? false }

  /// Writes everything that the buffer holds, and empties it.
  mutating func drain(_ buffer: inout TextBuffer) {
    write(buffer.bytes)
    buffer.clear()
  }

  /// Writes a piece, which is whole in itself; says so once where that cannot be done.
  mutating func write(_ bytes: ArraySlice<UInt8>) {
    guard failure == nil else { return }
    guard let number = file.attempt(bytes) else { return byteCount += bytes.count }
    failure = number
    guard number != EPIPE else { return }
    Ending.complain("\(file.name) cannot be written: \(SystemError.words(number)); the trace goes on without it")
  }
}

/// A capture file that is written while traffic passes, and followed by others where it is to rotate.
struct CaptureCopy {
  private var output: TraceOutput
  private var rotation: FileRotation?
  /// The beginning of every file.
  private var header: [UInt8] = []
  private var pending: [UInt8] = []
  private static let batchByteCount = 1 << 20

  init(_ file: FileOutput) { output = TraceOutput(file) }

  /// - Parameter rotation: Nil where all goes into the file.
  init(_ file: FileOutput, _ rotation: FileRotation?) {
    output = TraceOutput(file)
    self.rotation = rotation
  }

  /// What messages call it.
  var name: String { output.file.name }

  /// Whether nothing is written any more.
  var isLost: Bool { output.isLost }

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
    output = TraceOutput(next)
    pending = header
  }

  /// Writes what waits.
  mutating func flush() {
    guard !pending.isEmpty else { return }
    output.write(pending[...])
    pending.removeAll(keepingCapacity: !output.isLost)
    // A file ends with a whole record, though the disk be full.
    if output.isLost { ftruncate(output.file.descriptor, off_t(output.byteCount)) }
  }
}
