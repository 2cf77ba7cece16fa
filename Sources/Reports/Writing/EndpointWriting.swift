// The ends of connections in reports: written where they lie, without a text of their own.

package import Exchanges

extension TextBuffer {
  /// Appends an endpoint as it is.
  package mutating func append(_ endpoint: Endpoint) { endpoint.withText { append($0) } }
}

extension JSONWriter {
  /// An endpoint as a string.
  package mutating func string(_ endpoint: Endpoint) {
    endpoint.withText { string($0) }
  }
}
