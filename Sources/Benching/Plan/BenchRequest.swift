// The request that every variant sends, before any interface has written it. Values only.

/// One request, as a gateway knows it.
package struct BenchRequest: Sendable {
  package typealias Pair = (name: [UInt8], value: [UInt8])

  package var method: [UInt8]
  /// Path and query, as in a request line.
  package var target: [UInt8]
  /// The meta-variables, for interfaces that have those.
  package var variables: [Pair]
  /// The header fields, for those that have fields.
  package var fields: [Pair]

  package init(method: [UInt8], target: [UInt8], variables: [Pair], fields: [Pair]) {
    self.method = method
    self.target = target
    self.variables = variables
    self.fields = fields
  }
}
