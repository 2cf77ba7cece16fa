// Keeping packets in a capture file while they are watched, and the clock of the trace loop.
//
// The file's form is CaptureFileWriter's.

import Glibc
import LiveCapture
import Packets
import WireBytes

/// Writes packets to a capture file.
struct PacketKeeper {
  private var copy: CaptureCopy
  private var writer: CaptureFileWriter?
  private var keepsAll = true

  init(_ copy: CaptureCopy) { self.copy = copy }

  /// Whether nothing is written any more.
  var isLost: Bool { copy.isLost }
  /// Whether not everything was written.
  var isBroken: Bool { copy.isBroken }

  /// Appends a packet; the file has the link type of the first one, and packets of another are not kept.
  mutating func keep(_ packet: CapturedPacket, _ linkType: LinkType, _ bytes: RawSpan) {
    let writer = begin(linkType)
    guard writer.linkType == linkType else { return complain() }
    copy.append(at: packet.origin.time) { pending in
      writer.appendRecord(
        at: packet.origin.time, frame: bytes, originalByteCount: packet.originalByteCount, to: &pending)
    }
  }

  private mutating func begin(_ linkType: LinkType) -> CaptureFileWriter {
    if let writer { return writer }
    let new = CaptureFileWriter(linkType: linkType)
    var header: [UInt8] = []
    new.appendHeader(to: &header)
    copy.begin(with: header)
    writer = new
    return new
  }

  private mutating func complain() {
    guard keepsAll else { return }
    keepsAll = false
    Ending.complain("\(copy.name) keeps only packets of the first capture's kind; the others are not written")
  }

  /// Takes note that no more packets come: even without any the file is a capture.
  mutating func finish() {
    _ = begin(.ethernet)
    copy.finish()
  }

  /// Writes what waits.
  mutating func flush() { copy.flush() }
}

enum SystemClock {
  /// The system's time.
  static var now: Timestamp {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
