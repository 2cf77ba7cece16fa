// Keeping packets in a capture file while they are watched, and the clock of the trace loop.
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
  private var keepsAll = true
  private var pending: [UInt8] = []
  private static let batchByteCount = 1 << 20

  init(_ file: FileOutput) { self.file = file }

  /// Appends a packet; the file has the link type of the first one, and packets of another are not kept.
  mutating func keep(_ packet: CapturedPacket, _ linkType: LinkType, _ bytes: RawSpan) {
    if writer == nil {
      let new = CaptureFileWriter(linkType: linkType)
      new.appendHeader(to: &pending)
      writer = new
    }
    guard let writer, writer.linkType == linkType else { return complain() }
    writer.appendRecord(
      at: packet.origin.time, frame: bytes, originalByteCount: packet.originalByteCount, to: &pending)
    if pending.count >= Self.batchByteCount { flush() }
  }

  private mutating func complain() {
    guard keepsAll else { return }
    keepsAll = false
    Ending.complain("\(file.name) keeps only packets of the first capture's kind; the others are not written")
  }

  /// Takes note that no more packets come: even without any the file is a capture.
  mutating func finish() {
    if writer == nil { CaptureFileWriter(linkType: .ethernet).appendHeader(to: &pending) }
    flush()
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
