// What is measured: one target, in one of the ways that its interface knows, under one load.
//
// Values only.

package import Exchanges

/// How connections are used for requests.
package struct BenchMode: RawRepresentable, Hashable, Sendable {
  package var rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }

  /// A process is started for every request.
  package static let process = BenchMode(rawValue: "process")
  /// A connection is opened for every request.
  package static let close = BenchMode(rawValue: "close")
  /// A connection serves one request after another.
  package static let keep = BenchMode(rawValue: "keep")
  /// One connection serves many requests at a time.
  package static let multiplex = BenchMode(rawValue: "multiplex")

  /// Every way that there is.
  package static let all: [BenchMode] = [.process, .close, .keep, .multiplex]

  /// The way in words.
  package var title: String {
    switch self {
    case .process: "a process for every request"
    case .close: "a connection for every request"
    case .keep: "kept connections"
    case .multiplex: "one connection, multiplexed"
    default: rawValue
    }
  }
}

/// Who decides when the next request is sent.
package enum BenchLoad: Hashable, Sendable {
  /// So many users, each of whom sends its next request when it has the answer to the last.
  case closed(users: Int)
  /// So many requests a second, whatever becomes of the earlier ones; at most `cap` of them are under way.
  case open(rate: Double, cap: Int)

  /// The most requests that are under way at a time.
  package var places: Int {
    switch self {
    case .closed(let users): users
    case .open(_, let cap): cap
    }
  }

  /// Requests a second that are wanted; nil where there are as many as the target answers.
  package var rate: Double? {
    switch self {
    case .closed: nil
    case .open(let rate, _): rate
    }
  }
}

/// One row of a run.
package struct BenchVariant: Hashable, Sendable {
  /// The target as the user named it.
  package var target: String
  package var wireProtocol: WireProtocol
  package var mode: BenchMode
  package var load: BenchLoad

  package init(target: String, wireProtocol: WireProtocol, mode: BenchMode, load: BenchLoad) {
    self.target = target
    self.wireProtocol = wireProtocol
    self.mode = mode
    self.load = load
  }
}
