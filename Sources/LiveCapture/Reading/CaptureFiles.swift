// Several capture files as one capture.
//
// Packets of all files in the order of their times, whether the files follow on one another (a rotated capture) or
// overlap (one capture for each interface). Only files that overlap are open at the same time.

internal import Glibc
package import Packets
import WireBytes

/// Capture files, read together.
package struct CaptureFiles: ~Copyable {
  /// Whether the only file is a pipe: what comes through it may come slowly.
  package let isPipe: Bool
  /// Their paths, `-` for standard input.
  package private(set) var paths: [String] = []
  /// What was wrong with files, in the order in which it was met; those files ended early, the others were read.
  package private(set) var troubles: [CaptureError] = []
  private let filter: String
  private let stop: CaptureStop?
  /// Files not begun yet, the earliest last.
  private var waiting: [WaitingFile] = []
  /// Files begun and not ended.
  private var active: [ActiveFile] = []
  private var packetCount: UInt64 = 0

  private struct WaitingFile {
    var path: String
    /// The time of the first packet; the latest there is where none can be read.
    var start: Timestamp
    /// A pipe cannot be opened a second time and stays open.
    var pipe: ActiveFile?
  }

  /// Packets between two looks at the stop flag.
  private static let batch: UInt64 = 4_096
  private static let never = Timestamp(nanoseconds: .max)

  /// Opens files; a path given twice is read once.
  ///
  /// - Parameters:
  ///   - patterns: Paths, `-` for standard input, or patterns of `glob(3)` where no file has that very name.
  ///   - filter: A libpcap filter expression for all of them; empty for none.
  ///   - stop: Looked at while a pipe is silent, before its first byte as well; there are no packets then.
  ///   - idle: Called then, ten times a second.
  /// - Throws: What is wrong with a file that cannot be opened, or with the filter, before any packet is lent.
  package init(
    _ patterns: [String], filter: String = "", stop: CaptureStop? = nil,
    idle: @escaping () -> CaptureFlow = { .goOn }
  ) throws(CaptureError) {
    self.filter = filter
    self.stop = stop
    let paths = try CaptureFiles.expand(patterns)
    self.paths = paths
    do throws(CaptureError) {
      if paths.count == 1 {
        active = [try CaptureFiles.openFile(paths[0], filter, stop, idle)]
      } else {
        waiting = try paths.map { path throws(CaptureError) in try CaptureFiles.look(at: path, filter, stop, idle) }
          .sorted { $0.start > $1.start }
      }
    } catch {
      guard error.code == .stopped else { throw error }
      isPipe = true
      return
    }
    isPipe = active.first?.source.wait != nil
  }

  /// When a file of several begins.
  private static func look(
    at path: String, _ filter: String, _ stop: CaptureStop?, _ idle: @escaping () -> CaptureFlow
  ) throws(CaptureError) -> WaitingFile {
    let file = try openFile(path, "", stop, idle)
    let isPipe = file.source.wait != nil
    // Of a pipe no packet can be read twice: its first one must have passed the filter.
    if isPipe, !filter.isEmpty { try file.source.setFilter(filter) }
    // What is wrong with a file's beginning is said when its turn comes.
    file.packet = (try? file.source.next()) ?? nil
    if !isPipe, !filter.isEmpty { try file.source.setFilter(filter) }
    return WaitingFile(path: path, start: file.packet?.time ?? never, pipe: isPipe ? file : nil)
  }

  /// Lends every packet of every file, numbered from 1 in the order in which they come.
  ///
  /// - Parameters:
  ///   - stop: Looked at between batches of packets, and ten times a second while nothing comes through the only file.
  ///   - idle: Called when the only file is a pipe and has nothing more to lend, as
  ///     ``CaptureSource/forEachPacket(stop:idle:_:)`` does.
  package mutating func forEachPacket(
    stop: CaptureStop? = nil, idle: () -> CaptureFlow = { .goOn },
    _ body: (CapturedPacket, LinkType, RawSpan) -> CaptureFlow
  ) {
    if waiting.isEmpty, active.count == 1, active[0].packet == nil {
      readAlone(active[0], stop, idle, body)
    } else {
      merge(stop, body)
    }
  }

  private mutating func readAlone(
    _ file: ActiveFile, _ stop: CaptureStop?, _ idle: () -> CaptureFlow,
    _ body: (CapturedPacket, LinkType, RawSpan) -> CaptureFlow
  ) {
    let linkType = file.source.linkType
    do {
      try file.source.forEachPacket(stop: stop, idle: idle) { body($0, linkType, $1) }
    } catch {
      troubles.append(error)
    }
  }

  private mutating func merge(
    _ stop: CaptureStop?, _ body: (CapturedPacket, LinkType, RawSpan) -> CaptureFlow
  ) {
    while true {
      beginDueFiles()
      guard let index = earliest() else { return }
      let file = active[index]
      let linkType = file.source.linkType
      // It goes on alone for as long as no other file has an earlier packet.
      let limit = earliestTime(besides: index)
      while let packet = file.packet, packet.time <= limit {
        if packetCount % CaptureFiles.batch == 0, let stop, stop.isRequested { return }
        packetCount &+= 1
        let place = CapturedPacket(
          origin: Origin(time: packet.time, packet: packetCount), originalByteCount: packet.originalByteCount)
        let flow = packet.lend { body(place, linkType, $0) }
        advance(file)
        if flow == .stop || file.source.wait?.isLeft == true { return }
      }
      if file.packet == nil { active.remove(at: index) }
    }
  }

  /// Begins every file whose first packet is due: not later than those of the files begun.
  private mutating func beginDueFiles() {
    while let next = waiting.last, active.isEmpty || next.start <= earliestTime(besides: -1) {
      waiting.removeLast()
      if let pipe = next.pipe {
        if pipe.packet == nil { advance(pipe) }
        if pipe.packet != nil { active.append(pipe) }
        continue
      }
      do throws(CaptureError) {
        let file = try CaptureFiles.openFile(next.path, filter, stop, { .goOn })
        advance(file)
        if file.packet != nil { active.append(file) }
      } catch {
        troubles.append(error)
      }
    }
  }

  /// The file with the earliest packet.
  private func earliest() -> Int? {
    active.indices.min { (active[$0].packet?.time ?? Self.never) < (active[$1].packet?.time ?? Self.never) }
  }

  /// The time of the earliest packet of all files but one.
  private func earliestTime(besides excluded: Int) -> Timestamp {
    var earliest = waiting.last?.start ?? CaptureFiles.never
    for (index, file) in active.enumerated() where index != excluded {
      if let time = file.packet?.time { earliest = min(earliest, time) }
    }
    return earliest
  }

  private mutating func advance(_ file: ActiveFile) {
    do {
      file.packet = try file.source.next()
    } catch {
      file.packet = nil
      troubles.append(error)
    }
  }

  private static func openFile(
    _ path: String, _ filter: String, _ stop: CaptureStop?, _ idle: @escaping () -> CaptureFlow
  ) throws(CaptureError) -> ActiveFile {
    let file = ActiveFile(try CaptureSource.openFile(path, stop: stop, idle: idle))
    if !filter.isEmpty { try file.source.setFilter(filter) }
    return file
  }
}

/// A file that was begun, and its next packet.
private final class ActiveFile {
  var source: CaptureSource
  var packet: HeldPacket?

  init(_ source: consuming CaptureSource) { self.source = source }
}

extension CaptureFiles {
  /// The paths that patterns stand for, in their order, each once.
  private static func expand(_ patterns: [String]) throws(CaptureError) -> [String] {
    var paths: [String] = []
    for pattern in patterns {
      let exists = unsafe access(pattern, F_OK) == 0
      let isPath = pattern == "-" || exists || !pattern.contains { "*?[".contains($0) }
      for path in isPath ? [pattern] : try matches(pattern) where !paths.contains(path) { paths.append(path) }
    }
    return paths
  }

  /// What a pattern matches, in alphabetical order: at least one path.
  private static func matches(_ pattern: String) throws(CaptureError) -> [String] {
    var found = unsafe glob_t()
    defer { unsafe globfree(&found) }
    guard unsafe glob(pattern, 0, nil, &found) == 0, unsafe found.gl_pathc > 0 else {
      throw CaptureError(.fileMissing, "No file matches \(pattern).", context: pattern, underlying: ENOENT)
    }
    return unsafe (0..<Int(found.gl_pathc)).compactMap { index in
      unsafe found.gl_pathv[index].map { unsafe String(cString: $0) }
    }
  }
}
