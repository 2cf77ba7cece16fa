// Conditions on the header fields of a response. Names are compared without case, values as they are.

import Exchanges
import WireBytes

extension ExchangeConditions {
  static let fields: [any ConditionEntry<ObservedExchange>] = [field, hasField, noField, sameFields]

  package static let field = ExchangeKind(
    "field", takes: "map: name to text, or to a list of texts",
    holdsWhen: "a field of that name has that value; with a list, its values in order", isNeutral: true, FieldMap(),
    words: { expected, _ in
      switch expected.values {
      case .one(let value): "the field \(Expected.name(expected.name)) is \(Expected.quoted(value))"
      case .all(let values):
        "the fields \(Expected.name(expected.name)) are \(Expected.list(values.map(Expected.quoted))), in this order"
      }
    },
    judgement: { expected, seen in
      let values = seen.exchange.values(of: expected.name)
      let name = Seen.text(expected.name)
      switch expected.values {
      case .one(let value):
        let words = values.isEmpty ? "absent" : Seen.quoted(values)
        return values.contains(value) ? .holds : .differs("\(name) was \(words), expected \(Seen.quoted([value]))")
      case .all(let all):
        return values == all ? .holds : .differs("\(name) was \(Seen.quoted(values)), expected \(Seen.quoted(all))")
      }
    })

  package static let hasField = ExchangeKind(
    "has-field", takes: "list of names", holdsWhen: "a field of each name is there", isNeutral: true, EachName(),
    words: { name, _ in "there is a field \(Expected.name(name))" },
    judgement: { name, seen in
      seen.exchange.values(of: name).isEmpty ? .differs("\(Seen.text(name)) is absent") : .holds
    })

  package static let noField = ExchangeKind(
    "no-field", takes: "list of names", holdsWhen: "no field of these names is there", isNeutral: true, EachName(),
    words: { name, _ in "there is no field \(Expected.name(name))" },
    judgement: { name, seen in
      let values = seen.exchange.values(of: name)
      return values.isEmpty ? .holds : .differs("\(Seen.text(name)) is \(Seen.quoted(values)), expected none")
    })

  package static let sameFields = ExchangeKind(
    "same-fields", takes: "`{exchange: N, on: N, names: [NAME…]}`",
    holdsWhen: "each of these fields that is present has the values it has in that exchange", isNeutral: true,
    FieldsOfOther(),
    words: { expected, places in
      "\(Expected.list(expected.names.map(Expected.name))), where present, as in the response to "
        + places.name(expected.exchange)
    },
    judgement: { expected, seen in
      guard let other = seen.other(expected.exchange) else {
        return .differs("there is no exchange \(expected.exchange.index) to compare with")
      }
      for name in expected.names {
        let here = seen.exchange.values(of: name)
        let there = other.values(of: name)
        if !here.isEmpty, here != there {
          return .differs("\(Seen.text(name)) was \(Seen.quoted(here)) and there \(Seen.quoted(there))")
        }
      }
      return .holds
    })
}

/// A field and what its values are to be.
package struct ExpectedField: Sendable {
  package enum Values: Sendable {
    /// One of the fields has this value.
    case one([UInt8])
    /// These are the values of all of them, in order.
    case all([[UInt8]])
  }
  package var name: [UInt8]
  package var values: Values

  package init(name: [UInt8], values: Values) {
    self.name = name
    self.values = values
  }
}

/// A map of names, each with a value or a list of values.
package struct FieldMap: ArgumentForm {
  package typealias Argument = ExpectedField

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    guard let entries = reader.entries(node, what: "\(what) is a map of names to values") else { return [] }
    func value(_ node: Reader.Node) -> [UInt8]? {
      reader.bytes(node, what: "a field value", atMost: Blob.writtenLimit)
    }
    return entries.compactMap { key, node -> ExpectedField? in
      guard let name = reader.bytes(key, what: "a field name", atMost: Blob.writtenLimit) else { return nil }
      if let elements = reader.elements(node) {
        return ExpectedField(name: name, values: .all(elements.compactMap(value)))
      }
      return value(node).map { ExpectedField(name: name, values: .one($0)) }
    }
  }
}

/// Fields of another exchange: `{exchange: N, on: N, names: [NAME…]}`.
package struct FieldsOfOther: ArgumentForm {
  package typealias Argument = (exchange: ExchangeSelector, names: [[UInt8]])

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    guard
      let members = reader.members(
        node, what: what, keys: ["exchange", "on", "names"], required: ["exchange", "names"]),
      let list = members["names"], let names = reader.names(list, what: "`names`")
    else { return [] }
    return [(ExchangeSelector(on: members["on"], exchange: members["exchange"], by: &reader), names)]
  }
}

extension Exchange {
  /// The values of all fields of that name, in order; the name without case.
  fileprivate func values(of name: [UInt8]) -> [[UInt8]] {
    let fields = response.fields
    return fields.indices.filter { fields.name($0).equalsIgnoringCase(name) }
      .map { Array(fields.value($0)) }
  }
}
