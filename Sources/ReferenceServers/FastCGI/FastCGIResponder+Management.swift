// What a responder answers to management records.
//
// Spec: FastCGI 1.0 section 4.

internal import FastCGIWire

extension FastCGIResponder {
  /// The variables that are known, in the specification's order, with their values.
  private var knownVariables: [ProbeVariable] {
    let values = [
      (FastCGIVariable.maxConnections, String(options.maxConnections)),
      (FastCGIVariable.maxRequests, String(options.maxRequests)),
      (FastCGIVariable.multiplexes, options.multiplexes ? "1" : "0"),
    ]
    return values.filter { options.knownVariables.contains($0.0) }
      .map { ProbeVariable(name: Array($0.0.utf8), value: Array($0.1.utf8)) }
  }

  /// Answers FCGI_GET_VALUES: one result with those of the names asked for that are known, each once.
  ///
  /// Values that came with the names are ignored, and so is a pair that the record cut.
  ///
  /// Spec: FastCGI 1.0 section 4.1.
  mutating func answerQuery(_ content: [UInt8]) {
    connection.questionCount += 1
    var reply = QueryReply(
      asked: PairReader(content).pairs, known: knownVariables, number: connection.questionCount)
    policy.replies(&reply)
    var result: [UInt8] = []
    for pair in reply.pairs { FastCGINameValueEncoder.append(name: pair.name, value: pair.value, to: &result) }
    emit(
      .result, [SentRecord(.getValuesResult, id: 0, Array(result.prefix(FastCGIRecordHeader.largestContent)))])
  }

  /// Answers a management record of a type that is not known.
  ///
  /// Spec: FastCGI 1.0 section 4.2.
  mutating func answerUnknownType(_ type: FastCGIRecordType) {
    connection.unknownTypeCount += 1
    emit(.unknownType, [SentRecord(.unknownType, id: 0, [type.rawValue] + [UInt8](repeating: 0, count: 7))])
  }
}
