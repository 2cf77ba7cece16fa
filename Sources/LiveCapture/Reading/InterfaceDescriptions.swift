// The interfaces that a pcapng file says its packets come from.
//
// Read only for an error's words, when libpcap refuses a file because its interfaces differ: which ones there are and
// how to take the file apart. Packets are libpcap's.

internal import Glibc
import Packets
import WireBytes

/// One interface description of a pcapng file.
///
/// Spec: draft-ietf-opsawg-pcapng section 4.2.
struct InterfaceDescription: Hashable, Sendable {
  /// Its number in the file, from 0.
  var index: Int
  var linkType: LinkType
  /// As the file names it, escaped; empty where it does not.
  var name: String

  /// The interfaces described in a file; empty for what is no pcapng file of one byte order.
  ///
  /// Skips the packets; looks at no more than ``blockLimit`` blocks and ``limit`` interfaces.
  static func read(_ path: String) -> [InterfaceDescription] {
    guard let file = unsafe fopen(path, "rb") else { return [] }
    defer { unsafe fclose(file) }
    var isBigEndian = false
    func u16(_ bytes: [UInt8], _ index: Int) -> Int {
      let pair = (Int(bytes[index]), Int(bytes[index + 1]))
      return isBigEndian ? pair.0 << 8 | pair.1 : pair.1 << 8 | pair.0
    }
    func u32(_ bytes: [UInt8], _ index: Int) -> Int {
      let pair = (u16(bytes, index), u16(bytes, index + 2))
      return isBigEndian ? pair.0 << 16 | pair.1 : pair.1 << 16 | pair.0
    }
    func take(_ count: Int) -> [UInt8]? {
      var bytes = [UInt8](repeating: 0, count: count)
      return unsafe fread(&bytes, 1, count, file) == count ? bytes : nil
    }

    var found: [InterfaceDescription] = []
    var position = 0
    for _ in 0..<blockLimit {
      guard unsafe fseeko(file, off_t(position), SEEK_SET) == 0, let head = take(12), found.count < limit else { break }
      if head.starts(with: sectionType) {
        // A second section counts its interfaces anew: then numbers would mislead.
        guard position == 0 else { return [] }
        isBigEndian = head[8] == 0x1A
      }
      let byteCount = u32(head, 4)
      guard byteCount >= 12 else { break }
      if u32(head, 0) == 1, byteCount >= 20 {
        let options = take(min(byteCount - 16, optionLimit)) ?? []
        let linkType = LinkType(rawValue: Int32(u16(head, 8)))
        let name = options.count > 4 ? Self.name(in: Array(options.dropFirst(4)), u16) : ""
        found.append(InterfaceDescription(index: found.count, linkType: linkType, name: name))
      }
      position += (byteCount + 3) / 4 * 4
    }
    return found
  }

  private static let sectionType: [UInt8] = [0x0A, 0x0D, 0x0D, 0x0A]
  private static let blockLimit = 1_000_000
  private static let limit = 64
  private static let optionLimit = 4_096

  /// The option if_name.
  private static func name(in options: [UInt8], _ u16: ([UInt8], Int) -> Int) -> String {
    var index = 0
    while index + 4 <= options.count {
      let code = u16(options, index), count = u16(options, index + 2)
      guard code != 0, index + 4 + count <= options.count else { break }
      if code == 2 { return WireText.escape(Array(options[(index + 4)..<(index + 4 + count)])) }
      index += 4 + (count + 3) / 4 * 4
    }
    return ""
  }
}

extension CaptureError {
  /// libpcap reads files of one link type only.
  static func mixedInterfaces(_ name: String, afterPackets count: UInt64, libpcap: String) -> CaptureError {
    let interfaces = InterfaceDescription.read(name)
    var types: [LinkType] = []
    for interface in interfaces where !types.contains(interface.linkType) { types.append(interface.linkType) }
    var message =
      "\(name) cannot be read on after packet \(count): its interfaces have different link types, and libpcap reads "
      + "one link type at a time (libpcap: \(libpcap))."
    guard types.count > 1 else { return CaptureError(.mixedInterfaces, message, context: name) }
    let list = interfaces.map { "\($0.index) \($0.name.isEmpty ? "(no name)" : $0.name), \($0.linkType)" }
    message += " They are: \(list.joined(separator: "; ")). Take the file apart and read the parts together:"
    let quoted = quote(name)
    var parts: [String] = []
    for (number, type) in types.enumerated() {
      guard let encapsulation = type.editcapName else { continue }
      let numbers = interfaces.filter { $0.linkType == type }.map { "frame.interface_id == \($0.index)" }
      let part = "part-\(number).pcap"
      message +=
        "\n  tshark -r \(quoted) -Y '\(numbers.joined(separator: " || "))' -w - | "
        + "editcap -F pcap -T \(encapsulation) - \(part)"
      parts.append(part)
    }
    message += "\n  gatespec trace" + parts.map { " -r \($0)" }.joined()
    return CaptureError(.mixedInterfaces, message, context: name)
  }

  /// A path as a shell takes it.
  private static func quote(_ path: String) -> String {
    "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}

extension LinkType {
  /// What editcap calls a link type that is decoded.
  fileprivate var editcapName: String? {
    switch self {
    case .ethernet: "ether"
    case .linuxCooked: "linux-sll"
    case .linuxCooked2: "linux-sll2"
    case .null: "null"
    case .loop: "loop"
    case .rawIP, .rawIP12, .rawIP14: "rawip"
    case .rawIPv4: "rawip4"
    case .rawIPv6: "rawip6"
    default: nil
    }
  }
}
