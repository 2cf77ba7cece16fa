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
  private var pipeline: TracePipeline<TracePrinter>
  private var keeper: ConversationKeeper<CaptureCopy>?
  private let ports: [UInt16: WireProtocol]
  private let deadline: Int64?
  /// How many bytes of each open connection were decoded, in both directions.
  private var byteCounts: [UInt64: UInt64] = [:]
  private var complaints = 0

  /// Refused connections that are told one by one; the rest is only counted.
  private static let complaintLimit = 5

  init(options: InspectorOptions, pipeline: consuming TracePipeline<TracePrinter>, duration: Duration?) {
    inspector = StreamInspector(options: options)
    self.pipeline = pipeline
    ports = options.ports
    deadline = duration.map { SystemClock.now.nanoseconds + $0.nanoseconds }
  }

  /// The gravest verdict of a finding so far.
  var worst: Verdict { pipeline.worst }

  /// Whether something that was to be written is not, or not whole.
  private(set) var isOutputBroken = false

  /// The name of a Unix socket that clients connect to.
  private struct Place {
    var path: String
    var guardian: RelayGuard
    /// Whether it was a server's before.
    var isTaken: Bool
    /// Whether something else, or nothing, has the name by now.
    var isLost = false
  }

  /// Relays until it is interrupted, or as long or as much as was asked for.
  mutating func run(routes: [RelayRoute], takes: [String], write: WriteOptions, user: String?) throws {
    let user = try RunsAs(user)
    let stop = CaptureStop()
    pipeline.viewer.output.pace = .ofTraffic(stop)
    let copy = try write.open()
    try copy?.require(user)
    copy?.give(to: user)
    var entrances: [RelayEntrance] = []
    var places: [Place] = []
    do {
      for path in takes {
        let (entrance, guardian) = try Self.take(path)
        places.append(Place(path: path, guardian: guardian, isTaken: true))
        entrances.append(entrance)
      }
      for route in routes {
        let (entrance, guardian) = try Self.listen(route)
        if let guardian { places.append(Place(path: "\(route.listen)", guardian: guardian, isTaken: false)) }
        entrances.append(entrance)
      }
    } catch {
      copy?.abandon()
      throw error
    }
    let called = try user.admitted(to: entrances.compactMap(\.server)).become()
    keeper = try copy.map { ConversationKeeper(try $0.begin(.ofTraffic(stop))) }
    let server = try RelayServer.start(entrances)
    let queue = server.queue
    Signals.onInterrupt {
      stop.request()
      queue.wake()
    }
    tell(takes, routes, called)
    let names = takes + routes.map { "\($0.listen)" }
    pipeline.viewer.live?.begin(source: "relay \(names.joined(separator: ", "))", clock: .system, stop: stop)
    while !stop.isRequested, !isOver {
      for event in queue.take(waitingSeconds: 0.25) { receive(event) }
      notice(&places)
      pipeline.advance(to: SystemClock.now)
      pipeline.viewer.flush()
      keeper?.flush()
      pipeline.viewer.live?.report(inspector.counters, openConnections: inspector.openConnections)
    }
    pipeline.viewer.live?.end()
    // New connections go straight to the server while those that are open come to an end.
    for place in places { place.guardian.restore() }
    server.stop(graceSeconds: 3) { open in
      for event in queue.take(waitingSeconds: 0) { receive(event) }
      let now = Origin(time: SystemClock.now)
      var waiting: [UInt64: UInt64] = [:]
      for number in open where inspector.isWaiting(number, at: now) { waiting[number] = byteCounts[number] ?? 0 }
      return waiting
    }
    Ending.undo()
    for event in queue.take(waitingSeconds: 0) { receive(event) }
    if !pipeline.isFull || pipeline.viewer.printsConnections {
      inspector.finish(at: Origin(time: SystemClock.now), to: &pipeline)
    }
    keeper?.finish()
    if queue.unobservedConnections > 0 {
      Ending.complain("\(queue.unobservedConnections) connections were relayed and not decoded: decoding lagged behind")
    }
    pipeline.viewer.finish(pipeline.finish(inspector.counters), isLive: true)
    isOutputBroken = pipeline.viewer.output.isBroken || keeper?.isBroken == true
  }

  /// Takes the place of a socket, which is given back however the program ends.
  private static func take(_ path: String) throws -> (RelayEntrance, RelayGuard) {
    if SocketTakeover.repair(path) { Ending.complain("put back \(path), which an earlier run had left aside") }
    let takeover = try SocketTakeover.take(path)
    return (takeover.entrance, try watch(takeover.name))
  }

  /// Listens at an address; the file of a Unix socket is removed however the program ends.
  private static func listen(_ route: RelayRoute) throws -> (RelayEntrance, RelayGuard?) {
    let entrance = try RelaySocket.listen(route)
    return (entrance, try entrance.name.map { try watch($0) })
  }

  /// Has a guard give a name back at the end.
  private static func watch(_ name: RelayName) throws -> RelayGuard {
    do {
      let guardian = try RelayGuard.start(name, verb: RelayGuardCommand.verb)
      Ending.atExit { guardian.giveBack() }
      // A crash may take its time, or be looked into, and nobody accepts connections meanwhile.
      Signals.onFatal { guardian.giveBack() }
      return guardian
    } catch {
      name.giveBack()
      throw error
    }
  }

  private func tell(_ takes: [String], _ routes: [RelayRoute], _ user: String) {
    for path in takes {
      Ending.complain(
        "relaying \(path) as \(user); it is given back at the end",
        remedy: "should every process of gatespec be killed: \(SocketTakeover.repairCommand(path))")
    }
    for route in routes { Ending.complain("relaying \(route.listen) to \(route.connect) as \(user); Ctrl-C ends") }
  }

  /// Whether nothing is left to do: as much or as long was relayed as was asked for, or nobody reads what is printed.
  private var isOver: Bool {
    if pipeline.viewer.output.isLost, keeper?.isLost ?? true {
      Ending.complain("nobody reads the trace any more: the relay ends, and lets open connections end")
      return true
    }
    return pipeline.isFull || deadline.map { SystemClock.now.nanoseconds >= $0 } ?? false
  }

  /// Says once where a name is the relay's no more: nobody comes in there any longer.
  private func notice(_ places: inout [Place]) {
    for index in places.indices where !places[index].isLost && !places[index].guardian.isHeld {
      places[index].isLost = true
      let path = places[index].path
      if places[index].isTaken {
        Ending.complain(
          "\(path) is a new socket by now: its server was started again, and what connects to it is not seen any more",
          remedy: "end gatespec and start it again, to take the place of the new one")
      } else {
        Ending.complain(
          "\(path) is not the relay's socket any more: somebody removed or replaced it, and what connects there is not "
            + "seen", remedy: "end gatespec and start it again, to listen there anew")
      }
    }
  }

  private mutating func receive(_ event: RelayEvent) {
    let origin = Origin(time: event.time)
    let connection = event.connection
    switch event.kind {
    case .opened(let client, let server):
      keeper?.open(connection, client: client, server: server, at: event.time)
      let info = ConnectionInfo(id: connection, client: client, server: server)
      inspector.open(info, protocol: server.port.flatMap { ports[$0] }, at: origin, to: &pipeline)
    case .passed(let kind):
      keeper?.keep(kind, on: connection, at: event.time)
      count(kind, on: connection)
      OwnedConnectionEvent(kind, at: event.time).lend { inspector.receive($0, on: connection, to: &pipeline) }
    case .refused(let error):
      keeper?.keep(OwnedConnectionEvent<TransportBytes>.Kind.finished, on: connection, at: event.time)
      complaints += 1
      if complaints <= Self.complaintLimit { Ending.complain(error.message) }
    }
  }

  private mutating func count(_ event: OwnedConnectionEvent<TransportBytes>.Kind, on connection: UInt64) {
    switch event {
    case .bytes(_, let bytes): byteCounts[connection, default: 0] &+= UInt64(bytes.count)
    case .gap(_, let byteCount): byteCounts[connection, default: 0] &+= byteCount
    case .finished: byteCounts[connection] = nil
    case .opened, .established, .closed: break
    }
  }
}
