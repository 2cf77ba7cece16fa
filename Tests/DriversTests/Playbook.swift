// A driver played by hand: what is given to it, and what it asks for, with the time in milliseconds.

import Conformance
import Drivers
import Exchanges
import FastCGIWire
import Fixtures
import Transports
import WireBytes

/// A case in a driver's hands.
struct Playbook {
  private(set) var driver: CaseDriver
  private(set) var milliseconds: Int64 = 0

  /// - Parameter latency: What a plain request takes, in milliseconds.
  init(
    _ steps: [Step], expecting expectations: [Expectation] = [], protocol wireProtocol: WireProtocol = .fastCGI,
    timeouts: PhaseTimeouts = Playbook.timeouts, latency: Int64 = 0, writing writeByteCount: Int? = nil
  ) throws {
    let testCase = Case(
      id: "fastcgi/test/case", wireProtocol: wireProtocol, summary: "", requirements: ["FCGI-5.5-1"],
      writeByteCount: writeByteCount, steps: steps, expectations: expectations)
    driver = CaseDriver(
      testCase, TargetProfile(target: try Target("fastcgi://127.0.0.1:9000/")),
      CasePace(timeouts: timeouts, latencyNanoseconds: latency * 1_000_000), at: Timestamp(nanoseconds: 0))
  }

  /// Different for each phase, so that a wrong one shows.
  static var timeouts: PhaseTimeouts {
    var timeouts = PhaseTimeouts()
    timeouts.connect = 100
    timeouts.firstByte = 200
    timeouts.idle = 300
    timeouts.close = 400
    timeouts.total = 5_000
    return timeouts
  }

  private var now: Timestamp { Timestamp(nanoseconds: milliseconds * 1_000_000) }

  /// Lets time pass, and then lets the driver go on.
  mutating func advance(_ more: Int64 = 0) -> [DriverAction] {
    milliseconds += more
    return driver.advance(now)
  }

  /// Gives the driver an event, and lets it go on.
  mutating func give(_ number: Int, _ event: OwnedConnectionEvent<[UInt8]>.Kind) -> [DriverAction] {
    driver.receive(OwnedConnectionEvent(event, at: now), on: number)
    return driver.advance(now)
  }

  /// Breaks a connection, and lets the driver go on.
  mutating func fail(_ number: Int, _ message: String) -> [DriverAction] {
    driver.fail(number, message)
    return driver.advance(now)
  }

  /// Opens a connection that the driver asked for.
  mutating func connect(_ number: Int = 1) -> [DriverAction] {
    driver.connected(number, client: .loopback(UInt16(50_000 + number)), server: .loopback(9_000), at: now)
    return driver.advance(now)
  }

  /// When the driver wants to be asked again, in milliseconds from now.
  var patience: Int64? { driver.deadline.map { $0.nanoseconds / 1_000_000 - milliseconds } }
}

extension Endpoint {
  /// A port of this machine.
  static func loopback(_ port: UInt16) -> Endpoint { .ip(IPEndpoint(IPAddress(v4: 0x7F00_0001), port: port)) }
}

enum Records {
  /// A record from the server.
  static func record(_ type: FastCGIRecordType, _ id: UInt16 = 1, _ content: [UInt8] = []) -> [UInt8] {
    var bytes: [UInt8] = []
    FastCGIEncoder().appendRecord(type, requestID: id, content: content, to: &bytes)
    return bytes
  }

  static func end(_ id: UInt16 = 1) -> [UInt8] { record(.endRequest, id, [UInt8](repeating: 0, count: 8)) }

  /// A whole answer.
  static func answer(_ id: UInt16 = 1) -> [UInt8] {
    record(.stdout, id, Array("Content-Type: text/plain\r\n\r\nok".utf8)) + record(.stdout, id) + end(id)
  }
}

extension DriverAction {
  /// What is done, without the bytes.
  var name: String {
    switch self {
    case .connect(let number): "connect \(number)"
    case .send(let number, _): "send \(number)"
    case .halfClose(let number): "half-close \(number)"
    case .close(let number): "close \(number)"
    case .reset(let number): "reset \(number)"
    }
  }
}
