// Several files as one capture: in the order of time, of different kinds, with damaged ones among them, from pipes.

import Foundation
import Glibc
import LiveCapture
import Packets
import Synchronization
import Testing
import WireBytes

/// A capture with packets at the given milliseconds; each one's payload names its file and its time.
private func capture(_ name: Character, at times: [Int64], _ linkType: LinkType = .ethernet) -> [UInt8] {
  let writer = CaptureFileWriter(linkType: linkType)
  var bytes: [UInt8] = []
  writer.appendHeader(to: &bytes)
  for time in times {
    let frame = PacketEncoder(linkType: linkType).frame(
      TCPHeader(from: client, to: server, sequence: 1), payload: Array("\(name)\(time)".utf8))
    unsafe writer.appendRecord(at: Timestamp(nanoseconds: time * 1_000_000), frame: frame.span.bytes, to: &bytes)
  }
  return bytes
}

/// What the packets say, in their order.
private func contents(_ files: inout CaptureFiles, stopAfter limit: UInt64 = .max) -> [String] {
  var list: [String] = []
  files.forEachPacket { packet, linkType, bytes in
    switch FrameDecoder(linkType: linkType).decode(bytes, originalByteCount: packet.originalByteCount) {
    case .segment(let segment):
      list.append(String(decoding: bytes.extracting(segment.payload).copied(), as: UTF8.self))
    default: list.append("?")
    }
    #expect(packet.origin.packet == UInt64(list.count) || limit < .max)
    return packet.origin.packet == limit ? .stop : .goOn
  }
  return list
}

@Suite struct MergedFilesTests {
  @Test func filesThatFollowOnOneAnotherAndFilesThatOverlap() throws {
    let folder = try TemporaryFolder()
    let paths = [
      try folder.write(capture("c", at: [70, 80]), as: "c.pcap"),
      try folder.write(capture("a", at: [10, 30, 50]), as: "a.pcap"),
      try folder.write(gzip(capture("b", at: [20, 40, 60], .linuxCooked)), as: "b.pcap.gz"),
      try folder.write(capture("d", at: []), as: "d.pcap"),
    ]
    var files = try CaptureFiles(paths)
    #expect(contents(&files) == ["a10", "b20", "a30", "b40", "a50", "b60", "c70", "c80"])
    let troubles = files.troubles
    #expect(troubles.isEmpty)
  }

  @Test func aFileWhoseClockStepsBackKeepsItsOrder() throws {
    let folder = try TemporaryFolder()
    let paths = [
      try folder.write(capture("a", at: [10, 50, 20, 60]), as: "a.pcap"),
      try folder.write(capture("b", at: [30, 40]), as: "b.pcap"),
    ]
    var files = try CaptureFiles(paths)
    #expect(contents(&files) == ["a10", "b30", "b40", "a50", "a20", "a60"])
  }

  @Test func aStoppedMergeGoesOnBehindTheLastPacket() throws {
    let folder = try TemporaryFolder()
    let paths = [
      try folder.write(capture("a", at: [10, 30]), as: "a.pcap"),
      try folder.write(capture("b", at: [20, 40]), as: "b.pcap"),
    ]
    var files = try CaptureFiles(paths)
    #expect(contents(&files, stopAfter: 2) == ["a10", "b20"])
    #expect(contents(&files, stopAfter: 3) == ["a30"])
    #expect(contents(&files, stopAfter: 9) == ["b40"])
    #expect(contents(&files) == [])
  }

  @Test func aDamagedFileEndsAloneAndIsComplainedAbout() throws {
    let folder = try TemporaryFolder()
    let paths = [
      try folder.write(Array(capture("a", at: [10, 30]).dropLast(1)), as: "a.pcap"),
      try folder.write(capture("b", at: [20, 40]), as: "b.pcap"),
      // Not even its first packet is whole.
      try folder.write(Array(capture("e", at: [5]).dropLast(1)), as: "e.pcap"),
    ]
    var files = try CaptureFiles(paths)
    #expect(contents(&files) == ["a10", "b20", "b40"])
    let troubles = files.troubles
    #expect(troubles.map(\.code) == [.truncated, .truncated])
    #expect(troubles.map(\.context) == [paths[0], paths[2]])
  }

  @Test func patternsStandForFilesAndNoneIsReadTwice() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(capture("a", at: [10]), as: "a.pcap")
    let named = try folder.write(capture("b", at: [20]), as: "b[1].pcap")
    var files = try CaptureFiles([folder.path + "/*.pcap", named, folder.path + "/?.pcap"])
    #expect(contents(&files) == ["a10", "b20"])
    let error = try #require(throws: CaptureError.self) { _ = try CaptureFiles([folder.path + "/*.cap"]) }
    #expect(error.code == .fileMissing)
    #expect(error.message == "No file matches \(folder.path)/*.cap.")
  }

  @Test func whatCannotBeOpenedIsToldBeforeAnythingIsRead() throws {
    let folder = try TemporaryFolder()
    let good = try folder.write(capture("a", at: [10]), as: "a.pcap")
    let missing = try #require(throws: CaptureError.self) { _ = try CaptureFiles([good, folder.path + "/none"]) }
    #expect(missing.code == .fileMissing)
    let other = try folder.write(capture("b", at: [20]), as: "b.pcap")
    let filter = try #require(throws: CaptureError.self) { _ = try CaptureFiles([good, other], filter: "prot 80") }
    #expect(filter.code == .filterRejected)
  }

  @Test func theFilterHoldsForAllFiles() throws {
    let folder = try TemporaryFolder()
    let paths = [
      try folder.write(capture("a", at: [10, 300]), as: "a.pcap"),
      try folder.write(capture("b", at: [20, 400]), as: "b.pcap"),
    ]
    // Ethernet, IP and TCP headers are 54 bytes; the payload is 3 or 4.
    var files = try CaptureFiles(paths, filter: "greater 58")
    #expect(contents(&files) == ["a300", "b400"])
  }

  /// A pipe cannot be opened twice: its first packet must not get lost.
  @Test func pipesAreMergedToo() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path + "/pipe"
    try #require(unsafe mkfifo(pipe, 0o600) == 0)
    let file = try folder.write(capture("b", at: [20, 40]), as: "b.pcap")
    let bytes = capture("a", at: [10, 30])
    // Held open for reading and writing, so that nobody waits; the capture fits into the pipe.
    let descriptor = unsafe open(pipe, O_RDWR | O_CLOEXEC)
    try #require(descriptor >= 0)
    try #require(unsafe write(descriptor, bytes, bytes.count) == bytes.count)
    var files = try CaptureFiles([pipe, file])
    close(descriptor)
    #expect(contents(&files) == ["a10", "b20", "a30", "b40"])
  }

  @Test func onePipeIsReadWhileItIsWritten() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/pipe"
    try #require(unsafe mkfifo(path, 0o600) == 0)
    let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
    try #require(descriptor >= 0)
    let bytes = capture("a", at: [10, 20])
    let record = (bytes.count - 24) / 2
    try #require(unsafe write(descriptor, bytes, 24 + record) == 24 + record)
    var files = try CaptureFiles([path])
    let isPipe = files.isPipe
    #expect(isPipe)
    var seen: [UInt64] = []
    var isWhole = false
    files.forEachPacket(
      idle: {
        // The first packet came although the second is not written yet.
        #expect(seen == [1])
        let rest = Array(bytes[(24 + record)...])
        #expect(unsafe write(descriptor, rest, rest.count) == rest.count)
        close(descriptor)
        isWhole = true
        return .goOn
      }
    ) { packet, _, _ in
      #expect(isWhole || packet.origin.packet == 1)
      seen.append(packet.origin.packet)
      return .goOn
    }
    #expect(seen == [1, 2])
    let troubles = files.troubles
    #expect(troubles.isEmpty)
  }

  /// Nobody writes, or not yet all that a capture begins with: whether by flag or by time, the wait ends.
  @Test(arguments: [-1, 0, 8, 20], [false, true]) func aPipeIsLeftBeforeItHasBegun(
    _ count: Int, _ byFlag: Bool
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/pipe"
    try #require(unsafe mkfifo(path, 0o600) == 0)
    // Without it there is nobody at the other end.
    let descriptor = count < 0 ? -1 : unsafe open(path, O_RDWR | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    let bytes = capture("a", at: [10])
    if count > 0 { try #require(unsafe write(descriptor, bytes, count) == count) }
    let file = try folder.write(capture("b", at: [20]), as: "b.pcap")
    for paths in [[path], [file, path]] {
      let stop = CaptureStop()
      let rests = Mutex(0)
      var files = try CaptureFiles(
        paths, stop: stop,
        idle: {
          let isEnough = rests.withLock { count in
            count += 1
            return count == 3
          }
          guard isEnough else { return .goOn }
          if byFlag { stop.request() }
          return byFlag ? .goOn : .stop
        })
      #expect(rests.withLock { $0 } == 3)
      #expect(contents(&files).isEmpty)
      let (troubles, isPipe) = (files.troubles, files.isPipe)
      #expect(troubles.isEmpty && isPipe)
      // What was written was read the first time.
      if count > 0 { try #require(unsafe write(descriptor, bytes, count) == count) }
    }
  }

  @Test(arguments: [false, true]) func aPipeIsLeftInTheMiddleOfAPacket(_ byFlag: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/pipe"
    try #require(unsafe mkfifo(path, 0o600) == 0)
    let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let bytes = capture("a", at: [10, 20])
    try #require(unsafe write(descriptor, bytes, bytes.count - 3) == bytes.count - 3)
    var files = try CaptureFiles([path])
    let stop = CaptureStop()
    var seen: [UInt64] = []
    var rests = 0
    files.forEachPacket(
      stop: stop,
      idle: {
        rests += 1
        guard rests == 3 else { return .goOn }
        if byFlag { stop.request() }
        return byFlag ? .goOn : .stop
      }
    ) { packet, _, _ in
      seen.append(packet.origin.packet)
      return .goOn
    }
    #expect(seen == [1])
    #expect(rests == 3)
    let troubles = files.troubles
    #expect(troubles.isEmpty)
  }
}
