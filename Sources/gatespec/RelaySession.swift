// `gatespec trace --relay`: bytes pass, exchanges are printed.
//
// Sets relays up, decodes what they tell, and undoes everything on every way out. Carrying bytes is the transports'
// matter, rendering the printer's.

import Conformance
import Exchanges
import Glibc
import Inspection
import LiveCapture
import Reports
import Transports
import WireBytes

struct RelaySession: ~Copyable {
  private var inspector: StreamInspector
  private var printer: TracePrinter
  private var keeper: RelayKeeper?
  private let ports: [UInt16: WireProtocol]
  private let deadline: Int64?
  private var complaints = 0

  /// Refused connections that are told one by one; the rest is only counted.
  private static let complaintLimit = 5

  init(
    options: InspectorOptions, printer: consuming TracePrinter, keepFile: String?, duration: Duration?
  ) throws {
    inspector = StreamInspector(options: options)
    self.printer = printer
    keeper = try keepFile.map { RelayKeeper(try FileOutput.open($0)) }
    ports = options.ports
    deadline = duration.map { SystemClock.now.nanoseconds + $0.nanoseconds }
  }

  /// The gravest verdict of a finding so far.
  var worst: Verdict { printer.worst }

  /// Relays until it is interrupted, or as long or as much as was asked for.
  mutating func run(routes: [RelayRoute], takes: [String]) async throws {
    var entrances: [RelayEntrance] = []
    var takeovers: [SocketTakeover] = []
    for path in takes {
      if SocketTakeover.repair(path) { Ending.complain("put back \(path), which an earlier run had left aside") }
      let takeover = try SocketTakeover.take(path)
      Signals.onFatal { takeover.giveBack() }
      Ending.atExit { takeover.giveBack() }
      takeovers.append(takeover)
      entrances.append(takeover.entrance)
      Ending.complain(
        "relaying \(path); it is given back at the end",
        remedy: "should gatespec be killed: \(SocketTakeover.repairCommand(path))")
    }
    for route in routes {
      let entrance = try RelaySocket.listen(route)
      Ending.atExit { entrance.remove() }
      entrances.append(entrance)
      Ending.complain("relaying \(route.listen) to \(route.connect); Ctrl-C ends")
    }
    let server = try await RelayServer.start(entrances)
    let queue = server.queue
    let stop = CaptureStop()
    var lost: Set<Int> = []
    let names = takes + routes.map { "\($0.listen)" }
    printer.live?.begin(source: "relay \(names.joined(separator: ", "))", clock: .system, stop: stop)
    Signals.onInterrupt {
      stop.request()
      queue.wake()
    }
    while !stop.isRequested, !printer.isFull, deadline.map({ SystemClock.now.nanoseconds < $0 }) ?? true {
      for event in queue.take(waitingSeconds: 0.25) { receive(event) }
      for index in takeovers.indices where !lost.contains(index) && !takeovers[index].isHeld {
        lost.insert(index)
        Ending.complain(
          "\(takeovers[index].path) is a new socket by now: its server was started again, and what connects to it is "
            + "not seen any more", remedy: "end gatespec and start it again, to take the place of the new one")
      }
      printer.advance(to: SystemClock.now)
      printer.flush()
      keeper?.flush()
      printer.live?.report(inspector.counters, openConnections: inspector.openConnections)
    }
    printer.live?.end()
    // New connections go straight to the server while those that are open come to an end.
    for takeover in takeovers { takeover.restore() }
    await server.stop(graceSeconds: 3)
    Ending.undo()
    for event in queue.take(waitingSeconds: 0) { receive(event) }
    if !printer.isFull || printer.printsConnections {
      inspector.finish(at: Origin(time: SystemClock.now), to: &printer)
    }
    keeper?.flush()
    if queue.unobservedConnections > 0 {
      Ending.complain("\(queue.unobservedConnections) connections were relayed and not decoded: decoding lagged behind")
    }
    printer.finish(inspector.counters, isLive: true)
  }

  private mutating func receive(_ event: RelayEvent) {
    let origin = Origin(time: event.time)
    let connection = event.connection
    keeper?.keep(event)
    switch event.kind {
    case .opened(let client, let server):
      let info = ConnectionInfo(id: connection, client: client, server: server)
      inspector.open(info, protocol: settledProtocol(server), at: origin, to: &printer)
    case .established: pass(.established(origin), connection)
    case .bytes(let direction, let bytes): bytes.withSpan { pass(.bytes(direction, $0, origin), connection) }
    case .unobserved(let direction, let byteCount):
      pass(.gap(direction, byteCount: byteCount, origin), connection)
    case .closed(let direction, let closing): pass(.closed(direction, closing, origin), connection)
    case .finished: pass(.finished(origin), connection)
    case .refused(let error):
      complaints += 1
      if complaints <= Self.complaintLimit { Ending.complain(error.message) }
    }
  }

  private mutating func pass(_ event: borrowing ConnectionEvent, _ connection: UInt64) {
    inspector.receive(event, on: connection, to: &printer)
  }

  private func settledProtocol(_ server: Endpoint) -> WireProtocol? {
    guard let colon = server.description.lastIndex(of: ":") else { return nil }
    return UInt16(server.description[server.description.index(after: colon)...]).flatMap { ports[$0] }
  }
}
