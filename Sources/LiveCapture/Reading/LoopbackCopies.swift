// The second copies of packets on the loopback interface, kept out of the kernel's buffer.
//
// Linux shows every packet of the loopback interface twice, as it leaves and as it arrives. libpcap passes over the one
// that leaves, but only after it has been copied: half of the buffer, and half of the copying, would be for nothing.

internal import CPcap
internal import Glibc

enum LoopbackCopies {
  /// The loopback interface's name, which is the one that libpcap looks at.
  private static let loopback = "lo"
  /// The interface that stands for all.
  private static let all = "any"
  /// SOL_PACKET and PACKET_IGNORE_OUTGOING of Linux 4.20; earlier ones refuse it, and all is as it was.
  private static let packetLevel: Int32 = 263
  private static let ignoreOutgoing: Int32 = 23

  /// Prepares a capture that was activated, before its link type is asked for.
  ///
  /// Of the loopback interface alone the kernel is asked for what arrives, which is all. Of all interfaces it is told apart
  /// by a filter, for which packets have to tell their interface: version 2 of the cooked link type, if there is one.
  static func prepare(_ handle: OpaquePointer, for interface: String) {
    if interface == all { unsafe pcap_set_datalink(handle, DLT_LINUX_SLL2) }
    guard interface == loopback else { return }
    var on: Int32 = 1
    _ = unsafe setsockopt(
      pcap_fileno(handle), packetLevel, ignoreOutgoing, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// A filter expression that lets pass what `expression` does, second copies apart; nil where it cannot say so.
  ///
  /// libpcap runs a filter itself on what is in the buffer already, and has interfaces and directions there only where
  /// packets tell them.
  ///
  /// - Parameter expression: A libpcap filter expression that compiles by itself, or nothing.
  static func excluded(from expression: String, on interface: String, _ linkType: Int32) -> String? {
    guard interface == all, linkType == DLT_LINUX_SLL2 else { return nil }
    let index = unsafe if_nametoindex(loopback)
    guard index > 0 else { return nil }
    let copies = "not (outbound and ifindex \(index))"
    return expression.isEmpty ? copies : "(\(expression)) and \(copies)"
  }
}
