// Keeping packets in a capture file while they are watched, and the clock and pipe questions of the trace loop.
//
// The file's form is CaptureFileWriter's.

import Glibc
import LiveCapture
import Packets
import WireBytes

/// Writes packets to a capture file.
struct PacketKeeper {
  private let file: FileOutput
  private var writer: CaptureFileWriter?
  private var isKeeping = true
  private var pending: [UInt8] = []
  private static let batchByteCount = 1 << 20

  init(_ file: FileOutput) { self.file = file }

  /// Takes note of the link type; the file has that of the first source, and packets of another are not kept.
  mutating func begin(_ linkType: LinkType) {
    if let writer {
      isKeeping = writer.linkType == linkType
      if !isKeeping {
        Ending.complain("\(file.name) keeps only packets of the first capture's kind; the others are not written")
      }
      return
    }
    let writer = CaptureFileWriter(linkType: linkType)
    writer.appendHeader(to: &pending)
    self.writer = writer
  }

  /// Appends a packet.
  mutating func keep(_ packet: CapturedPacket, _ bytes: RawSpan) {
    guard isKeeping else { return }
    writer?.appendRecord(
      at: packet.origin.time, frame: bytes, originalByteCount: packet.originalByteCount, to: &pending)
    if pending.count >= Self.batchByteCount { flush() }
  }

  /// Writes what waits.
  mutating func flush() {
    guard !pending.isEmpty else { return }
    file.write(pending[...])
    pending.removeAll(keepingCapacity: true)
  }
}

enum SystemClock {
  /// The system's time.
  static var now: Timestamp {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}

enum StandardInput {
  /// Whether more bytes wait to be read: what was printed need not be written yet.
  static var hasMore: Bool {
    var count: Int32 = 0
    return unsafe ioctl(STDIN_FILENO, UInt(FIONREAD), &count) == 0 && count > 0
  }
}
