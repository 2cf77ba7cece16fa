// Packets set aside in a file without a name, for a second reading of what can be read only once.
//
// Bounded; where the bound is reached, it says so.

import Glibc
import LiveCapture
import Packets
import Transports
import WireBytes

/// A temporary capture file.
struct PacketSpool {
  private let file: FileOutput
  private var keeper: PacketKeeper<CaptureCopy>
  private var byteCount = 0
  private var isFull = false
  /// The most bytes of packets that are set aside.
  private static let byteLimit = 1 << 30

  /// - Parameter user: Who is to read it again; nil for whoever makes it.
  init(for user: RunsAs? = nil) throws(CaptureError) {
    let folder = Terminal.environment("TMPDIR") ?? "/tmp"
    var template = Array("\(folder)/gatespec-XXXXXX".utf8CString)
    let descriptor = unsafe mkstemp(&template)
    guard descriptor >= 0 else {
      throw CaptureError(
        .fileUnreadable, "No temporary file can be made in \(folder): \(SystemError.words(errno)). Set TMPDIR.",
        context: folder)
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    // Gone from the folder at once: whatever happens, nothing is left behind.
    unsafe unlink(template)
    if let user { fchown(descriptor, user.user, user.group) }
    file = FileOutput(descriptor: descriptor, name: "the spool in \(folder)")
    keeper = PacketKeeper(CaptureCopy(file, .ofReader(CaptureStop())), complain: { Ending.complain($0) })
  }

  mutating func keep(_ packet: CapturedPacket, _ linkType: LinkType, _ bytes: RawSpan) {
    guard !isFull else { return }
    byteCount += bytes.byteCount + CaptureFileWriter.recordHeaderByteCount
    if byteCount > Self.byteLimit {
      isFull = true
      Ending.complain(
        "\(file.name) is full (\(Self.byteLimit >> 20) MiB) after packet \(packet.origin.packet - 1): later packets are "
          + "not written", remedy: "a capture file needs no spool: keep one with --write, and read that")
    } else {
      keeper.keep(packet, linkType, bytes)
    }
  }

  /// The path under which the spool can be read, once no more packets come.
  mutating func finish() -> String {
    keeper.finish()
    return "/proc/self/fd/\(file.descriptor)"
  }
}
