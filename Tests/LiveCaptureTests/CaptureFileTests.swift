// Reading capture files of every form, and the words for those that cannot be read.

import LiveCapture
import Packets
import Testing
import WireBytes

@Suite struct CaptureFileTests {
  static let forms: [(CaptureFileWriter.Precision, CaptureFileWriter.ByteOrder)] = [
    (.microseconds, .littleEndian), (.microseconds, .bigEndian), (.nanoseconds, .littleEndian),
    (.nanoseconds, .bigEndian),
  ]

  @Test(arguments: forms)
  func pcapInEveryForm(_ precision: CaptureFileWriter.Precision, _ order: CaptureFileWriter.ByteOrder) throws {
    let folder = try TemporaryFolder()
    let writer = CaptureFileWriter(linkType: .ethernet, precision: precision, byteOrder: order)
    var source = try CaptureSource.openFile(folder.write(pcap(writer), as: "a.pcap"))
    #expect(source.linkType == .ethernet)
    let isLive = source.isLive
    #expect(!isLive)
    #expect(source.statistics() == nil)
    let packets = try readAll(&source)
    let unit: Int64 = precision == .nanoseconds ? 1 : 1_000
    #expect(
      packets
        == frames.enumerated().map {
          ReadPacket(
            number: UInt64($0.offset + 1), nanoseconds: time($0.offset).nanoseconds / unit * unit,
            originalByteCount: $0.element.count, bytes: $0.element)
        })
    #expect(source.packetCount == 5)
  }

  @Test(arguments: [false, true])
  func pcapngInBothByteOrders(_ bigEndian: Bool) throws {
    let folder = try TemporaryFolder()
    var source = try CaptureSource.openFile(folder.write(pcapng(bigEndian: bigEndian), as: "a.pcapng"))
    let packets = try readAll(&source)
    #expect(packets.map(\.bytes) == frames)
    #expect(packets.map(\.nanoseconds) == frames.indices.map { time($0).nanoseconds })
  }

  @Test func interfacesMayCountTimeDifferently() throws {
    let folder = try TemporaryFolder()
    let interfaces = [PcapngInterface(name: "eth0"), PcapngInterface(name: "eth1", decimals: 6)]
    var source = try CaptureSource.openFile(folder.write(pcapng(bigEndian: false, interfaces), as: "a.pcapng"))
    let packets = try readAll(&source)
    #expect(packets.map(\.bytes) == frames)
    let expected = frames.indices.map { time($0).nanoseconds / ($0 % 2 == 0 ? 1 : 1_000) * ($0 % 2 == 0 ? 1 : 1_000) }
    #expect(packets.map(\.nanoseconds) == expected)
  }

  @Test(arguments: [false, true])
  func interfacesOfDifferentKindsAreNamedAndTakenApart(_ bigEndian: Bool) throws {
    let folder = try TemporaryFolder()
    let interfaces = [
      PcapngInterface(name: "eth0"), PcapngInterface(name: "tun\u{1B}0", linkType: .rawIP), PcapngInterface(),
    ]
    let path = try folder.write(pcapng(bigEndian: bigEndian, interfaces), as: "a b.pcapng")
    var source = try CaptureSource.openFile(path)
    var packets: [ReadPacket] = []
    let error = try #require(throws: CaptureError.self) { try read(&source, into: &packets) }
    #expect(error.code == .mixedInterfaces)
    #expect(error.message.contains(#"0 eth0, Ethernet (1); 1 tun\x1b0, raw IP (101); 2 (no name), Ethernet (1)."#))
    #expect(
      error.message.contains(
        "tshark -r '\(path)' -Y 'frame.interface_id == 0 || frame.interface_id == 2' -w - | "
          + "editcap -F pcap -T ether - part-0.pcap\n"))
    #expect(error.message.hasSuffix("\n  gatespec trace -r part-0.pcap -r part-1.pcap"))
  }

  @Test func shortenedPacketsKeepTheirLength() throws {
    let folder = try TemporaryFolder()
    let writer = CaptureFileWriter(linkType: .ethernet, snapshotByteCount: 60)
    var source = try CaptureSource.openFile(folder.write(pcap(writer), as: "a.pcap"))
    let packets = try readAll(&source)
    #expect(packets.map(\.bytes) == frames.map { Array($0.prefix(60)) })
    #expect(packets.map(\.originalByteCount) == frames.map(\.count))
  }

  @Test(arguments: LinkType.supported)
  func everySupportedLinkTypeOpens(_ linkType: LinkType) throws {
    let folder = try TemporaryFolder()
    var bytes: [UInt8] = []
    let writer = CaptureFileWriter(linkType: linkType)
    writer.appendHeader(to: &bytes)
    let frame = PacketEncoder(linkType: linkType).frame(TCPHeader(from: client, to: server, sequence: 1), payload: [5])
    unsafe writer.appendRecord(at: time(0), frame: frame.span.bytes, to: &bytes)
    var source = try CaptureSource.openFile(folder.write(bytes, as: "a.pcap"))
    let decoder = FrameDecoder(linkType: source.linkType)
    var payloads: [[UInt8]] = []
    try source.forEachPacket { packet, bytes in
      if case .segment(let segment) = decoder.decode(bytes, originalByteCount: packet.originalByteCount) {
        payloads.append(bytes.extracting(segment.payload).copied())
      }
      return .goOn
    }
    #expect(payloads == [[5]])
  }

  @Test func aStoppedLoopGoesOnWhereItWas() throws {
    let folder = try TemporaryFolder()
    let writer = CaptureFileWriter(linkType: .ethernet)
    var source = try CaptureSource.openFile(folder.write(pcap(writer), as: "a.pcap"))
    var numbers: [UInt64] = []
    try source.forEachPacket { packet, _ in
      numbers.append(packet.origin.packet)
      return packet.origin.packet == 2 ? .stop : .goOn
    }
    #expect(numbers == [1, 2])
    #expect(source.packetCount == 2)
    let rest = try readAll(&source)
    #expect(rest.map(\.number) == [3, 4, 5])
  }

  @Test func aRequestedStopIsSeenBeforeTheFirstPacket() throws {
    let folder = try TemporaryFolder()
    let writer = CaptureFileWriter(linkType: .ethernet)
    var source = try CaptureSource.openFile(folder.write(pcap(writer), as: "a.pcap"))
    let stop = CaptureStop()
    stop.request()
    var count = 0
    try source.forEachPacket(stop: stop) { _, _ in
      count += 1
      return .goOn
    }
    #expect(count == 0)
  }

  @Test func filtersChoosePackets() throws {
    let folder = try TemporaryFolder()
    let writer = CaptureFileWriter(linkType: .ethernet)
    let path = try folder.write(pcap(writer), as: "a.pcap")
    var source = try CaptureSource.openFile(path)
    try source.setFilter("tcp port 9000 and greater 254")
    let packets = try readAll(&source)
    #expect(packets.map(\.bytes.count) == frames.map(\.count).filter { $0 >= 254 })

    var other = try CaptureSource.openFile(path)
    let error = try #require(throws: CaptureError.self) { try other.setFilter("prot 80") }
    #expect(error.code == .filterRejected)
    #expect(error.context == "prot 80")
    #expect(error.message.contains("\"prot 80\""))
    #expect(error.message.contains("pcap-filter"))
  }

  @Test func aFileCutAnywhereGivesItsWholePackets() throws {
    let folder = try TemporaryFolder()
    let bytes = pcap(CaptureFileWriter(linkType: .ethernet))
    var ends = [CaptureFileWriter.headerByteCount]
    for frame in frames { ends.append((ends.last ?? 0) + CaptureFileWriter.recordHeaderByteCount + frame.count) }
    for length in stride(from: 24, to: bytes.count, by: 7) {
      let path = try folder.write(Array(bytes[..<length]), as: "cut.pcap")
      var source = try CaptureSource.openFile(path)
      var packets: [ReadPacket] = []
      let whole = ends.lastIndex { $0 <= length } ?? 0
      do {
        try read(&source, into: &packets)
        #expect(ends.contains(length), "the end at \(length) lies between two packets")
      } catch {
        #expect(!ends.contains(length))
        #expect(error.code == .truncated)
        #expect(error.message.contains("\(path) is cut off at byte \(length), inside the packet after number \(whole)"))
      }
      #expect(packets.map(\.bytes) == Array(frames[..<whole]))
    }
  }

  @Test func aBrokenRecordEndsWithItsPlace() throws {
    let folder = try TemporaryFolder()
    var bytes = pcap(CaptureFileWriter(linkType: .ethernet))
    let second = CaptureFileWriter.headerByteCount + CaptureFileWriter.recordHeaderByteCount + frames[0].count
    bytes.replaceSubrange((second + 8)..<(second + 12), with: [0xFF, 0xFF, 0xFF, 0x7F])
    var source = try CaptureSource.openFile(folder.write(bytes, as: "broken.pcap"))
    var packets: [ReadPacket] = []
    do {
      try read(&source, into: &packets)
      Issue.record("no error")
    } catch {
      #expect(error.code == .corrupt)
      #expect(error.message.contains("after packet 1 near byte"))
    }
    #expect(packets.count == 1)
  }

  /// First bytes, and what the message must say.
  static let strangers: [(String, [UInt8], String)] = [
    ("empty.pcap", [], "it is empty"),
    ("a.zst", [0x28, 0xB5, 0x2F, 0xFD, 0], "zstdcat "),
    ("notes.txt", Array("Dear diary,\ntoday".utf8), #"looks like text and begins "Dear diary,\x0atoda""#),
    ("a.bin", [0, 1, 2, 3, 4, 5, 6, 7, 8], "begins with the bytes 00 01 02 03 04 05 06 07"),
    ("a.zip", [0x50, 0x4B, 3, 4, 0, 0], "it is a zip archive"),
    ("short.pcap", [0xD4, 0xC3, 0xB2, 0xA1, 2, 0], "begins with the bytes d4 c3 b2 a1"),
  ]

  @Test(arguments: strangers)
  func whatIsNoCaptureIsDescribed(_ name: String, _ bytes: [UInt8], _ words: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, as: name)
    let error = try #require(throws: CaptureError.self) { _ = try CaptureSource.openFile(path) }
    #expect(error.code == .notACapture)
    #expect(error.context == path)
    #expect(error.message.hasPrefix("\(path) is not a capture file"))
    #expect(error.message.contains(words), "\(error.message)")
  }

  @Test func missingAndUnreadableFiles() throws {
    let folder = try TemporaryFolder()
    let missing = try #require(throws: CaptureError.self) { _ = try CaptureSource.openFile(folder.path + "/none") }
    #expect(missing.code == .fileMissing)
    #expect(missing.message == "There is no file \(folder.path)/none.")
    let directory = try #require(throws: CaptureError.self) { _ = try CaptureSource.openFile(folder.path) }
    #expect(directory.code == .fileUnreadable)
    #expect(directory.message.contains("is a directory"))
  }

  @Test func anotherLinkTypeIsNamed() throws {
    let folder = try TemporaryFolder()
    var bytes: [UInt8] = []
    CaptureFileWriter(linkType: LinkType(rawValue: 105)).appendHeader(to: &bytes)
    let path = try folder.write(bytes, as: "wifi.pcap")
    let error = try #require(throws: CaptureError.self) { _ = try CaptureSource.openFile(path) }
    #expect(error.code == .linkTypeUnsupported)
    #expect(error.message.contains("IEEE802_11 (105)"))
    #expect(error.message.contains("Ethernet (1), Linux cooked v1 (113)"))
  }
}
