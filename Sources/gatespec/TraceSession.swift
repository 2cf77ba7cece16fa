// Packets in, printed exchanges out: the loop of `gatespec trace`.
//
// Opens sources in order, keeps their packets where asked, ends on a limit or an interruption. Decoding and
// rendering are done below.

import Conformance
import Exchanges
import Glibc
import Inspection
import LiveCapture
import Packets
import Reports
import WireBytes

struct TraceSession: ~Copyable {
  /// Asks the loop to end; may be used from any thread.
  let stop = CaptureStop()
  private let options: InspectorOptions
  private let filter: String
  private let duration: Duration?
  private var printer: TracePrinter
  private var keeper: PacketKeeper?
  /// What inspectors of earlier sources saw.
  private var counters = InspectionCounters()
  private var isLive = false

  init(
    options: InspectorOptions, printer: TracePrinter, filter: String, keepFile: String?, duration: Duration?
  ) throws {
    self.options = options
    self.printer = printer
    self.filter = filter
    self.duration = duration
    keeper = try keepFile.map { PacketKeeper(try FileOutput.open($0)) }
  }

  /// The gravest verdict of a finding so far.
  var worst: Verdict { printer.worst }

  /// Reads everything and prints it.
  ///
  /// - Returns: What went wrong, after everything that could be decoded was printed.
  mutating func run(files: [String], interface: String) -> (any Error)? {
    var trouble: (any Error)?
    do {
      if files.isEmpty {
        isLive = true
        try inspect([.interface(interface)])
      } else {
        try inspect(try Self.inTimeOrder(files).map { .file($0) })
      }
    } catch {
      trouble = error
    }
    keeper?.flush()
    // Where not even one source could be opened, there is nothing to sum up.
    if trouble == nil || counters.packets > 0 { printer.finish(counters, isLive: isLive) }
    return trouble
  }

  private enum Origin {
    case file(String)
    case interface(String)

    func open() throws(CaptureError) -> CaptureSource {
      switch self {
      case .file(let path): try CaptureSource.openFile(path)
      case .interface(let name): try CaptureSource.openInterface(name)
      }
    }
  }

  /// Several files in the order of their first packets; one that holds none comes last.
  private static func inTimeOrder(_ files: [String]) throws(CaptureError) -> [String] {
    guard files.count > 1 else { return files }
    var starts: [(file: String, start: Timestamp?)] = []
    for file in files {
      var source = try CaptureSource.openFile(file)
      var start: Timestamp?
      do {
        try source.forEachPacket { packet, _ in
          start = packet.origin.time
          return .stop
        }
      } catch {
        // A damaged file complains when its turn comes.
      }
      starts.append((file, start))
    }
    return starts.sorted { ($0.start?.nanoseconds ?? .max) < ($1.start?.nanoseconds ?? .max) }.map(\.file)
  }

  /// Inspects sources one after another; connections go on from one to the next while the link type is the same.
  private mutating func inspect(_ origins: [Origin]) throws {
    var inspector: Inspector?
    var linkType: LinkType?
    var trouble: (any Error)?
    for origin in origins where !printer.isFull && !stop.isRequested {
      do {
        var source = try origin.open()
        if !filter.isEmpty { try source.setFilter(filter) }
        if linkType != source.linkType {
          if var finished = inspector.take() { finish(&finished) }
          inspector = Inspector(linkType: source.linkType, options: options)
          linkType = source.linkType
        }
        // Taken out for the time of the reading: an optional cannot be lent.
        if var current = inspector.take() {
          trouble = read(&source, &current)
          inspector = consume current
        }
      } catch {
        trouble = error
      }
      if trouble != nil { break }
    }
    if var finished = inspector.take() { finish(&finished) }
    if let trouble { throw trouble }
  }

  private mutating func finish(_ inspector: inout Inspector) {
    // What is still open when the count is reached is not asked for any more.
    if !printer.isFull { inspector.finish { printer.take($0) } }
    counters.add(inspector.counters)
  }

  private mutating func read(_ source: inout CaptureSource, _ inspector: inout Inspector) -> CaptureError? {
    let deadline = duration.map { SystemClock.now.nanoseconds + $0.nanoseconds }
    let flushes = source.isLive || source.name == "standard input"
    let isLive = source.isLive
    keeper?.begin(source.linkType)
    defer { if let statistics = source.statistics() { counters.kernelDrops += statistics.droppedByKernel } }
    do {
      try source.forEachPacket(
        stop: stop,
        idle: {
          printer.flush()
          keeper?.flush()
          return Self.isPast(deadline) ? .stop : .goOn
        }
      ) { packet, bytes in
        keeper?.keep(packet, bytes)
        inspector.receive(bytes, originalByteCount: packet.originalByteCount, time: packet.origin.time) {
          printer.take($0)
        }
        if flushes, printer.isPending, isLive || !StandardInput.hasMore { printer.flush() }
        return printer.isFull || isLive && Self.isPast(deadline) ? .stop : .goOn
      }
      return nil
    } catch {
      return error
    }
  }

  private static func isPast(_ deadline: Int64?) -> Bool {
    guard let deadline else { return false }
    return SystemClock.now.nanoseconds >= deadline
  }
}

extension InspectionCounters {
  /// Adds what another inspector saw.
  fileprivate mutating func add(_ other: InspectionCounters) {
    packets += other.packets
    bytes += other.bytes
    exchanges += other.exchanges
    connections += other.connections
    incomplete += other.incomplete
    unknownConnections += other.unknownConnections
    gapBytes += other.gapBytes
    truncatedPackets += other.truncatedPackets
    undecodedPackets += other.undecodedPackets
    fragments += other.fragments
    findings += other.findings
  }
}
