// The second copies of packets on the loopback interface, kept out of the kernel's buffer.
//
// Linux shows every packet of the loopback interface twice, as it leaves and as it arrives. libpcap passes over the one
// that leaves, but only after it has been copied: half of the buffer, and half of the copying, would be for nothing.
// A filter expression cannot say it: libpcap runs filters itself on what is in the buffer already, and has no
// directions there.

internal import Glibc

enum LoopbackCopies {
  /// The loopback interface's name, which is the one that libpcap looks at.
  private static let loopback = "lo"
  /// SOL_PACKET and PACKET_IGNORE_OUTGOING of Linux 4.20; earlier ones refuse it, and all is as it was.
  private static let packetLevel: Int32 = 263
  private static let ignoreOutgoing: Int32 = 23

  /// Asks the kernel for the packets that arrive only, where that are all of them.
  static func keepOut(of descriptor: Int32, on interface: String) {
    guard interface == loopback, descriptor >= 0 else { return }
    var on: Int32 = 1
    _ = unsafe setsockopt(descriptor, packetLevel, ignoreOutgoing, &on, socklen_t(MemoryLayout<Int32>.size))
  }
}
