// What can go wrong for the operator when packets are read, and what to do about it.
//
// Errors only, with their messages. What is odd inside packets is no error: it is counted by those who decode them.

internal import Glibc
import Packets

/// Why packets could not be read, or no longer.
package struct CaptureError: Error, Sendable, CustomStringConvertible {
  /// The kind of trouble, for programs.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package var rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let fileMissing = Code(rawValue: "file-missing")
    package static let fileUnreadable = Code(rawValue: "file-unreadable")
    package static let notACapture = Code(rawValue: "not-a-capture")
    /// The file ends inside a packet; every whole packet was delivered.
    package static let truncated = Code(rawValue: "truncated")
    /// The file's structure breaks; every packet before was delivered.
    package static let corrupt = Code(rawValue: "corrupt")
    /// The packets of one file have different link types; those before the second were delivered.
    package static let mixedInterfaces = Code(rawValue: "mixed-interfaces")
    package static let linkTypeUnsupported = Code(rawValue: "link-type-unsupported")
    package static let interfaceMissing = Code(rawValue: "interface-missing")
    package static let interfaceDown = Code(rawValue: "interface-down")
    package static let permissionDenied = Code(rawValue: "permission-denied")
    package static let filterRejected = Code(rawValue: "filter-rejected")
    package static let captureFailed = Code(rawValue: "capture-failed")
    /// The end was asked for before it had begun.
    package static let stopped = Code(rawValue: "stopped")
  }

  package var code: Code
  /// What happened to which thing, and what to do: one or more sentences.
  package var message: String
  /// The file, interface or filter expression concerned.
  package var context: String
  /// The system's error number, where there is one.
  package var underlying: Int32?

  package init(_ code: Code, _ message: String, context: String, underlying: Int32? = nil) {
    self.code = code
    self.message = message
    self.context = context
    self.underlying = underlying
  }

  package var description: String { message }
}

extension CaptureError {
  static func stopped(_ name: String) -> CaptureError {
    CaptureError(.stopped, "Nothing was read from \(name): the end was asked for before it began.", context: name)
  }

  static func file(_ name: String, errno number: Int32) -> CaptureError {
    switch number {
    case ENOENT, ENOTDIR:
      return CaptureError(.fileMissing, "There is no file \(name).", context: name, underlying: number)
    case EISDIR:
      return CaptureError(
        .fileUnreadable, "\(name) is a directory; name a capture file in it.", context: name, underlying: number)
    case EACCES, EPERM:
      return CaptureError(
        .fileUnreadable, "\(name) may not be read by this user: \(text(number)). Ask for read permission on it.",
        context: name, underlying: number)
    default:
      return CaptureError(
        .fileUnreadable, "\(name) cannot be read: \(text(number)).", context: name, underlying: number)
    }
  }

  static func notACapture(_ name: String, _ head: FileHead, isStandardInput: Bool, libpcap: String) -> CaptureError {
    let advice = head.advice(name, isStandardInput: isStandardInput)
    return CaptureError(
      .notACapture, "\(name) is not a capture file (pcap or pcapng): it \(head.looks). \(advice)(libpcap: \(libpcap))",
      context: name)
  }

  static func cutOff(_ name: String, afterPackets count: UInt64, at offset: Int?, libpcap: String) -> CaptureError {
    let place = offset.map { " at byte \($0)" } ?? ""
    return CaptureError(
      .truncated,
      "\(name) is cut off\(place), inside the packet after number \(count): \(libpcap). "
        + "Every whole packet was read; copy the file again if more is expected, or let its writer finish.",
      context: name)
  }

  static func corrupt(_ name: String, afterPackets count: UInt64, at offset: Int?, libpcap: String) -> CaptureError {
    let place = offset.map { " near byte \($0)" } ?? ""
    return CaptureError(
      .corrupt,
      "\(name) cannot be read on after packet \(count)\(place): \(libpcap). Every packet before was read.",
      context: name)
  }

  static func compression(
    _ name: String, _ trouble: GzipStream.Trouble, afterPackets count: UInt64
  ) -> CaptureError {
    switch trouble {
    case .cutOff:
      return CaptureError(
        .truncated,
        "\(name) is cut off: its gzip data ends too early, after packet \(count). Every whole packet was read; copy "
          + "the file again if more is expected, or let its writer finish.",
        context: name)
    case .damaged(let words):
      return CaptureError(
        .corrupt,
        "\(name) cannot be read on after packet \(count): its gzip data is damaged (zlib: \(words)). Every packet "
          + "before was read.",
        context: name)
    case .unreadable(let number):
      return .file(name, errno: number)
    }
  }

  static func unsupported(_ linkType: LinkType, libpcapName: String?, in name: String) -> CaptureError {
    let called = libpcapName.map { "\($0) (\(linkType.rawValue))" } ?? "\(linkType.rawValue)"
    let supported = LinkType.supported.map(\.description).joined(separator: ", ")
    return CaptureError(
      .linkTypeUnsupported,
      "\(name) has the link type \(called), which is not decoded. Decoded are: \(supported). "
        + "On Linux, capturing on the interface any gives Linux cooked packets.",
      context: name)
  }

  static func missingInterface(_ name: String, known: [String]) -> CaptureError {
    let list = known.isEmpty ? "None can be listed by this user" : "There are: \(known.joined(separator: ", "))"
    return CaptureError(
      .interfaceMissing, "There is no interface \(name). \(list).", context: name, underlying: ENODEV)
  }

  static func noPermission(_ name: String, libpcap: String) -> CaptureError {
    CaptureError(
      .permissionDenied,
      "Capturing on \(name) needs the privilege CAP_NET_RAW, which this process does not have. Run it with sudo, or "
        + "give the program the privilege once: sudo setcap cap_net_raw+ep \"$(command -v gatespec)\". "
        + "(libpcap: \(libpcap))",
      context: name, underlying: EPERM)
  }

  static func rejectedFilter(_ expression: String, libpcap: String) -> CaptureError {
    CaptureError(
      .filterRejected,
      "libpcap does not accept the filter \"\(expression)\": \(libpcap). Its language is described in pcap-filter(7).",
      context: expression)
  }

  /// The system's words for an error number.
  static func text(_ number: Int32) -> String {
    unsafe String(cString: strerror(number))
  }
}
