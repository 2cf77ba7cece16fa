// What the probe says about a plain request, held against the request: whether it is the one that was sent.

extension EchoReport {
  /// What a report of a request without a body says that cannot be so; nil where it fits.
  ///
  /// - Parameters:
  ///   - method: The request's method.
  ///   - query: The request's query.
  package func contradiction(method: [UInt8], query: [UInt8]) -> String? {
    if let count = bodyByteCount, count > 0 { return "it says that the request had a body of \(count) bytes" }
    for (name, value) in [("REQUEST_METHOD", method), ("QUERY_STRING", query)] {
      let said = params.first { $0.name.elementsEqual(name.utf8) }
      if let said, said.value != value {
        return "it says that \(name) was '\(String(decoding: said.value, as: UTF8.self))'"
      }
    }
    return nil
  }
}
