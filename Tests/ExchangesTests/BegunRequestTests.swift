// Requests that are kept small until more of them comes are in the end what they would have been otherwise.

import ConversationTesting
import Exchanges
import FastCGIWire
import TestSupport
import Testing
import WireBytes

@Suite struct BegunRequestTests {
  /// With a log, nothing is kept small.
  private static func outcome(_ steps: [ScriptStep], piecesOf length: Int, isLogged: Bool) -> Script.Outcome {
    let retention = Retention(bodyByteCount: 100, wireEventLimit: isLogged ? 1 : 0)
    var outcome = Script(.fastCGI, retention: retention, steps).play(piecesOf: length)
    outcome.exchanges.sort { $0.index < $1.index }
    for index in outcome.exchanges.indices {
      outcome.exchanges[index].wireEvents = []
      outcome.exchanges[index].droppedWireEvents = 0
    }
    return outcome
  }

  private static func expectTheSame(_ steps: [ScriptStep], piecesOf length: Int) {
    let small = outcome(steps, piecesOf: length, isLogged: false)
    let other = outcome(steps, piecesOf: length, isLogged: true)
    #expect(small.exchanges == other.exchanges)
    #expect(small.summary?.fastCGI == other.summary?.fastCGI)
    #expect(small.summary?.anomalies == other.summary?.anomalies)
    #expect(small.summary?.exchangeCount == other.summary?.exchangeCount)
  }

  @Test(arguments: 0..<60 as Range<UInt64>) func asOtherwise(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    func number(below bound: Int) -> Int { Int(generator.next() >> 16) % bound }
    let roles: [FastCGIRole] = [.responder, .authorizer, .filter]
    func begin(_ id: UInt16) -> ScriptStep {
      .client(FastCGISteps.beginRecord(id, role: roles[number(below: 3)], keep: number(below: 2) == 0))
    }
    var steps = (1...12).map { begin($0) }
    for _ in 0..<120 {
      let id = UInt16(1 + number(below: 30))
      switch number(below: 24) {
      case 0..<10: steps.append(begin(id))
      case 10..<13: steps.append(.client(FastCGISteps.stream(.params, id, FastCGISteps.pairs(FastCGISteps.plain))))
      case 13..<15: steps.append(.client(FastCGISteps.stream(.stdin, id, "in")))
      case 15..<18: steps.append(.server(FastCGISteps.page(id)))
      case 18: steps.append(.client(FastCGISteps.abort(id)))
      case 19: steps.append(.server(FastCGISteps.stream(.stderr, id, "oh", ended: false)))
      case 20: steps.append(.client([1, 9, 0, 0, 0, 0, 0, 0]))
      case 21: if number(below: 4) == 0 { steps.append(.lost(.request, 16)) }
      case 22: if number(below: 8) == 0 { steps.append(.client([7, 7, 7, 7, 7, 7, 7, 7, 7])) }
      default: steps.append(.client([1, 1, 0, UInt8(id), 0, 8, 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 3]))
      }
    }
    // Cut within the record that begins a request.
    if seed % 2 == 0 { steps.append(.client(Array(FastCGISteps.beginRecord(31).prefix(11)))) }
    switch seed % 5 {
    case 0: steps.append(.clientEnd)
    case 1: steps.append(.serverEnd)
    case 2: steps.append(.serverReset)
    case 3: steps += [.clientEnd, .server(FastCGISteps.page(3)), .serverEnd]
    default: break
    }
    for length in [1, 5, 16, .max] { Self.expectTheSame(steps, piecesOf: length) }
  }

  /// Its record comes in two packets, and an answer between them.
  @Test func anAnswerBeforeTheRecordIsWhole() {
    let begin = FastCGISteps.beginRecord(20)
    let steps: [ScriptStep] =
      (1...12).map { .client(FastCGISteps.beginRecord($0)) } + [
        .client(Array(begin.prefix(12))), .server(FastCGISteps.page(20)), .client(Array(begin.dropFirst(12))),
        .client(begin), .serverEnd,
      ]
    Self.expectTheSame(steps, piecesOf: .max)
  }
}
