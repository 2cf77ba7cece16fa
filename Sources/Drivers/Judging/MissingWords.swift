// What did not happen, in words: the step that waited in vain, the answer that did not come, and who ended it.
//
// Words only. What is missing is found by CaseDriver and ExpectationJudge.

import Exchanges
import FastCGIWire
import Fixtures

extension PlayedCase {
  /// What the step that stopped the case waited for and did not get; nil where every step was played.
  var missingWords: String? {
    guard let step = unfinishedStep else { return nil }
    guard timeout?.phase != .connect else { return "connection \(step.connection) could not be opened" }
    let number = connections.count > 1 ? " on connection \(step.connection)" : ""
    guard case .waitFor(let milestone) = step.verb else { return "not every step of the case could be played" }
    switch milestone {
    case .endRequest(let id): return "no FCGI_END_REQUEST came for request \(id)\(number)"
    case .record(let type, let id?): return "no \(type.specificationName) came for request \(id)\(number)"
    case .record(let type, nil): return "no \(type.specificationName) came\(number)"
    case .response(let count):
      return count == 1 ? "no whole response came\(number)" : "not all \(count) responses came whole\(number)"
    case .close:
      return "the target did not close \(number.isEmpty ? "the connection" : "connection \(step.connection)")"
    }
  }

  /// Why an exchange has no answer: who ended it, and when.
  func endingWords(_ exchange: Exchange) -> String {
    let connection = connections[Int(exchange.connection.id)]
    if let closed = connection?.serverClosed, let sent = exchange.timeline.requestStart, closed <= sent {
      return "the target had closed the connection before this request was sent"
    }
    let isProgram = exchange.process != nil
    switch exchange.ending {
    case .complete: return isProgram ? "the program ended" : "the request was ended without one"
    case .aborted: return "the request was ended after the abort"
    case .serverClosed: return isProgram ? "the program ended" : "the target closed the connection"
    case .clientClosed: return "gatespec closed the connection"
    case .unfinished: return "the exchange was not over"
    case .lost: return "what came could not be read"
    }
  }
}

extension FastCGIRecordType {
  /// The name as the specification writes it: `FCGI_GET_VALUES_RESULT`.
  fileprivate var specificationName: String {
    isDefined ? "FCGI_" + name.uppercased().replacing("-", with: "_") : "record of type \(rawValue)"
  }
}
