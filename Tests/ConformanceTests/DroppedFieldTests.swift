// Where a head was too long to be kept whole, no rule says that something is missing which may be among the rest.

import Conformance
import ConversationTesting
import Exchanges
import Testing

@Suite struct DroppedFieldTests {
  /// An exchange of which not every field was kept.
  private struct Shortened {
    var exchange: Exchange
    var what: String
  }

  /// The list without the pairs for which `isDropped` holds, as if there had been no room for them.
  private static func list(_ fields: FieldList, without isDropped: (Int) -> Bool) -> FieldList {
    var list = FieldList()
    for index in fields.indices {
      if isDropped(index) {
        list.noteDropped(1)
      } else {
        list.append(name: Array(fields.name(index)), value: Array(fields.value(index)))
      }
    }
    return list
  }

  /// The exchange without one of its fields, and without all from one on: a value that is too long, and too many pairs.
  private static func shortened(_ exchange: Exchange) -> [Shortened] {
    var all: [Shortened] = []
    for (side, fields) in [("request", exchange.request.fields), ("response", exchange.response.fields)] {
      for first in fields.indices {
        for isOneOnly in [true, false] {
          let kept = list(fields) { isOneOnly ? $0 == first : $0 >= first }
          let name = String(decoding: fields.name(first), as: UTF8.self)
          var copy = exchange
          if side == "request" {
            copy.request.fields = kept
            // What backends are told of the request is read from the pairs that are kept.
            if exchange.wireProtocol.traits.requestNames == .metaVariables, kept.first("REQUEST_METHOD") == nil {
              copy.request.method = []
            }
          } else {
            copy.response.fields = kept
          }
          all.append(Shortened(exchange: copy, what: "\(side) without \(name)\(isOneOnly ? "" : " and what follows")"))
        }
      }
    }
    return all
  }

  private static func requirements(_ exchange: Exchange) -> Set<RequirementID> {
    var found = Findings { _ in .must }
    RuleCatalog.judge(exchange, [.server, .client], diagnosing: true, into: &found)
    return Set(found.list.map(\.requirement))
  }

  @Test("nothing new is found", arguments: RuleTests.cases) func nothingNewIsFound(_ row: RuleCase) {
    for exchange in row.bad.play().exchanges + row.good.play().exchanges {
      let known = Self.requirements(exchange)
      for short in Self.shortened(exchange) {
        let new = Self.requirements(short.exchange).subtracting(known)
        #expect(new.isEmpty, "\(short.what): \(new.map(\.rawValue).sorted())")
      }
    }
  }
}
