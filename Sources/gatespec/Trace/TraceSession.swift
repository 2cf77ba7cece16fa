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
import Transports
import WireBytes

struct TraceSession: ~Copyable {
  /// Asks the loop to end; may be used from any thread.
  let stop = CaptureStop()
  private let options: InspectorOptions
  private let filter: String
  private let duration: Duration?
  private let write: WriteOptions
  private let user: String?
  private var pipeline: TracePipeline<TracePrinter>
  private var keeper: PacketKeeper<CaptureCopy>?
  /// Packets that cannot be read a second time, where they are what is to be written.
  private var spool: PacketSpool?
  /// What was seen, once the reading is over.
  private var counters = InspectionCounters()
  private var fragmented = FragmentedPackets()
  private var isLive = false
  /// The time of the last packet.
  private var latest = Timestamp.zero
  /// After which packet a pipe fell silent, and when.
  private var silence = (after: Timestamp.zero, since: Int64.max)
  /// All that there is was read: no limit and nobody ended it.
  private var isEndReached = false

  init(
    options: InspectorOptions, pipeline: consuming TracePipeline<TracePrinter>, filter: String, write: WriteOptions,
    user: String?,
    duration: Duration?
  ) {
    self.options = options
    self.pipeline = pipeline
    self.filter = filter
    self.duration = duration
    self.write = write
    self.user = user
  }

  /// The gravest verdict of a finding so far.
  var worst: Verdict { pipeline.worst }

  /// Whether something that was to be written is not, or not whole.
  private(set) var isOutputBroken = false

  /// Reads everything and prints it.
  ///
  /// - Returns: What went wrong, after everything that could be decoded was printed.
  mutating func run(files: [String], interface: String) -> (any Error)? {
    isLive = files.isEmpty
    pipeline.viewer.output.pace = isLive ? .ofTraffic(stop) : .ofReader(stop)
    var trouble: (any Error)?
    do {
      if isLive { try capture(interface) } else { try read(files) }
    } catch {
      trouble = error
    }
    keeper?.finish()
    leaveLive(trouble)
    writeChosenPackets(files)
    // Where not even one source could be opened, there is nothing to sum up, nor where nobody is left to read it.
    if trouble == nil || counters.packets > 0, !isAbandoned {
      pipeline.viewer.finish(pipeline.finish(counters), isLive: isLive)
    }
    isOutputBroken = pipeline.viewer.output.isBroken || keeper?.isBroken == true
    return trouble
  }

  /// Reads files together, in the order of time; a connection may span several.
  private mutating func read(_ paths: [String]) throws {
    Signals.onInterrupt { [stop] in stop.request() }
    let deadline = duration.map { SystemClock.now.nanoseconds + $0.nanoseconds }
    var files = try CaptureFiles(
      paths, filter: filter, stop: stop, idle: { Self.isPast(deadline) ? .stop : .goOn })
    // Only now is it known that there is something to write.
    try write.requireOutput(besides: files.paths)
    keeper = try write.open(besides: files.paths).map {
      PacketKeeper(try $0.begin(.ofReader(stop)), complain: { Ending.complain($0) })
    }
    var inspector = Inspector(linkType: .ethernet, options: options)
    let isPipe = files.isPipe
    if isPipe, pipeline.planner != nil { spool = try PacketSpool() }
    let limit = isPipe ? deadline : nil
    pipeline.viewer.live?.begin(source: Self.name(paths), clock: isPipe ? .traffic : .none, stop: stop)
    files.forEachPacket(
      stop: stop,
      // What comes through a pipe is shown as it comes.
      idle: { rest(inspector, nil, limit, at: pipeTime()) }
    ) { packet, linkType, bytes in
      take(packet, linkType, bytes, &inspector)
      if pipeline.viewer.live?.wantsReport == true { report(inspector) }
      return isOver(limit) ? .stop : .goOn
    }
    isEndReached = !isPipe || !isOver(limit)
    finish(&inspector)
    for trouble in files.troubles.dropLast() { Ending.complain(trouble.description) }
    if let trouble = files.troubles.last { throw trouble }
  }

  private mutating func capture(_ interface: String) throws {
    let user = try RunsAs(user)
    var source = try CaptureSource.openInterface(interface)
    if !filter.isEmpty { try source.setFilter(filter) }
    let copy = try write.open()
    try copy?.require(user)
    copy?.give(to: user)
    if pipeline.planner != nil { spool = try PacketSpool(for: user) }
    let called = try user.become()
    keeper = try copy.map { PacketKeeper(try $0.begin(.ofTraffic(stop)), complain: { Ending.complain($0) }) }
    Signals.onInterrupt { [stop] in stop.request() }
    // From here on nothing is missed: scripts wait for this line.
    Ending.complain("capturing on \(interface) as \(called); Ctrl-C ends")
    let linkType = source.linkType
    var inspector = Inspector(linkType: linkType, options: options)
    let meter = source.meter
    let live = filter.isEmpty ? interface : "\(interface) \(filter)"
    pipeline.viewer.live?.begin(source: live, clock: .system, stop: stop)
    let deadline = duration.map { SystemClock.now.nanoseconds + $0.nanoseconds }
    var trouble: CaptureError?
    do {
      try source.forEachPacket(
        stop: stop,
        idle: { rest(inspector, meter, deadline, at: SystemClock.now) }
      ) { packet, bytes in
        take(packet, linkType, bytes, &inspector)
        if pipeline.viewer.live?.wantsReport == true { report(inspector, meter) }
        return isOver(deadline) ? .stop : .goOn
      }
    } catch {
      trouble = error
    }
    finish(&inspector)
    counters.kernelDrops = source.statistics()?.droppedByKernel ?? 0
    if let trouble { throw trouble }
  }

  /// Whether everything that is written has nobody left to read it.
  private var isAbandoned: Bool { pipeline.viewer.output.isLost && keeper?.isLost ?? true }

  private mutating func take(
    _ packet: CapturedPacket, _ linkType: LinkType, _ bytes: RawSpan, _ inspector: inout Inspector
  ) {
    keeper?.keep(packet, linkType, bytes)
    spool?.keep(packet, linkType, bytes)
    latest = packet.origin.time
    inspector.linkType = linkType
    inspector.receive(bytes, originalByteCount: packet.originalByteCount, origin: packet.origin, to: &pipeline)
  }

  /// What is done while nothing comes: everything is shown that there is to show.
  private mutating func rest(
    _ inspector: borrowing Inspector, _ meter: CaptureMeter?, _ deadline: Int64?, at time: Timestamp
  ) -> CaptureFlow {
    pipeline.advance(to: time)
    pipeline.viewer.flush()
    keeper?.flush()
    if pipeline.viewer.live != nil { report(inspector, meter) }
    return isOver(deadline) ? .stop : .goOn
  }

  /// The time of what comes through a pipe: that of its last packet, and what passed since it fell silent.
  ///
  /// A second of silence is not counted: whoever fills the pipe may be slow.
  private mutating func pipeTime() -> Timestamp {
    let now = SystemClock.now.nanoseconds
    if latest != silence.after { silence = (latest, now) }
    return Timestamp(nanoseconds: latest.nanoseconds &+ max(now - silence.since - 1_000_000_000, 0))
  }

  /// Tells the live view what was seen so far.
  private func report(_ inspector: borrowing Inspector, _ meter: CaptureMeter? = nil) {
    var counters = inspector.counters
    counters.kernelDrops = meter?.read()?.droppedByKernel ?? 0
    pipeline.viewer.live?.report(counters, openConnections: inspector.openConnections)
  }

  /// Ends the live view; what was read to its end is shown until somebody quits.
  private mutating func leaveLive(_ trouble: (any Error)?) {
    guard let live = pipeline.viewer.live else { return }
    if isEndReached {
      pipeline.settle()
      live.report(counters, openConnections: 0, isOver: true)
      if let trouble { live.show(message: "\(trouble)") }
      if !stop.isRequested { live.waitForQuit() }
    }
    live.end()
  }

  /// What a live view calls the files that it shows.
  private static func name(_ paths: [String]) -> String {
    paths.count == 1 ? paths[0] == "-" ? "standard input" : paths[0] : "\(paths.count) files"
  }

  private mutating func finish(_ inspector: inout Inspector) {
    // What is still open when the count is reached is not asked for any more, unless connections are printed.
    if !pipeline.isFull || pipeline.viewer.printsConnections {
      inspector.finish(to: &pipeline, while: { [stop] in !stop.isOverdue })
    }
    counters = inspector.counters
    fragmented = inspector.fragmented
  }

  /// Reads everything a second time and writes the packets of the exchanges that were chosen.
  private mutating func writeChosenPackets(_ paths: [String]) {
    guard var plan = pipeline.planner?.plan(fragmented) else { return }
    if fragmented.isCut {
      Ending.complain("fragments of later packets are not written: \(FragmentedPackets.limit) are remembered")
    }
    var output = PacketKeeper(
      CaptureCopy(pipeline.viewer.output.file, .ofReader(stop)), complain: { Ending.complain($0) })
    var decoder = FrameDecoder(linkType: .ethernet)
    do throws(CaptureError) {
      // The spool holds what passed the filter already.
      let spooled = spool?.finish()
      var files = try CaptureFiles(spooled.map { [$0] } ?? paths, filter: spooled == nil ? filter : "")
      // What came into a file since then was not looked at.
      let last = counters.packets
      files.forEachPacket { packet, linkType, bytes in
        guard packet.origin.packet <= last, !stop.isOverdue else { return .stop }
        if decoder.linkType != linkType { decoder = FrameDecoder(linkType: linkType) }
        if plan.takes(packet.origin.packet, bytes, originalByteCount: packet.originalByteCount, decoder) {
          output.keep(packet, linkType, bytes)
        }
        return .goOn
      }
    } catch {
      // What is wrong with the files was told after the first reading.
    }
    output.finish()
  }

  /// Whether no more packets are wanted.
  ///
  /// Changes nothing; but to lend what is so large means to copy it, for every packet.
  private mutating func isOver(_ deadline: Int64?) -> Bool {
    pipeline.isFull || stop.isRequested || Self.isPast(deadline) || isAbandoned
  }

  private static func isPast(_ deadline: Int64?) -> Bool {
    guard let deadline else { return false }
    return SystemClock.now.nanoseconds >= deadline
  }
}
