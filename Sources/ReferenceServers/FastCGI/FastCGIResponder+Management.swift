// What a responder answers to management records.
//
// Spec: FastCGI 1.0 section 4.

internal import FastCGIWire

extension FastCGIResponder {
  /// The variables that are known, in the specification's order, with their values.
  private var knownValues: [(name: String, value: String)] {
    let multiplexes = options.multiplexes != (policy.changesMultiplexing && resultCount > 1)
    let values = [
      (FastCGIVariable.maxConnections, String(options.maxConnections)),
      (FastCGIVariable.maxRequests, String(options.maxRequests)),
      (FastCGIVariable.multiplexes, multiplexes ? "1" : "0"),
    ]
    return values.filter { options.knownVariables.contains($0.0) }.map { ($0.0, policy.values[$0.0] ?? $0.1) }
  }

  /// Answers FCGI_GET_VALUES: one result with those of the names asked for that are known, each once.
  ///
  /// Values that came with the names are ignored, and so is a pair that the record cut.
  ///
  /// Spec: FastCGI 1.0 section 4.1.
  mutating func answerQuery(_ content: [UInt8]) {
    if policy.getValuesClearsParams {
      for index in requests.indices { requests[index].params = [] }
    }
    switch policy.getValues {
    case .ignore: return
    case .close: return close()
    case .proper, .answerAndClose: break
    }
    if policy.getValuesWaits, !requests.isEmpty {
      if waitingQueries.count < options.maxRequests { waitingQueries.append(content) }
      return
    }
    if policy.answersOnce, resultCount > 0 { return }
    resultCount += 1
    let reader = PairReader(content)
    let asked = policy.looksAt(reader.pairs.map(\.name))
    var result: [UInt8] = []
    for (name, value) in knownValues
    where policy.answersAllNames || asked.contains(where: { policy.isName($0, Array(name.utf8)) }) {
      let sent = reader.pairs.value(of: name) ?? []
      FastCGINameValueEncoder.append(
        name: name, value: policy.echoesValues && !sent.isEmpty ? String(decoding: sent, as: UTF8.self) : value,
        to: &result)
    }
    if policy.cutsResult { result = result.dropLast() }
    if policy.answersUnknownNames {
      let known = knownValues.map { Array($0.name.utf8) }
      for name in asked where !known.contains(name) {
        FastCGINameValueEncoder.append(name: name, value: [], to: &result)
      }
    }
    append(.getValuesResult, id: policy.resultID, Array(result.prefix(FastCGIRecordHeader.largestContent)))
    if policy.endsResult { append(.getValuesResult, id: policy.resultID, []) }
    if policy.getValues == .answerAndClose { close() }
  }

  /// Answers a management record of a type that is not known.
  ///
  /// Spec: FastCGI 1.0 section 4.2.
  mutating func answerUnknownType(_ type: FastCGIRecordType) {
    switch policy.unknownType {
    case .ignore: return
    case .close: return close()
    case .proper, .answerAndClose: break
    }
    if policy.ignoresType(type) || policy.answersTypeOnce && unknownTypeCount > 0 { return }
    unknownTypeCount += 1
    var body = [UInt8](repeating: 0, count: max(1, policy.unknownTypeByteCount))
    body[0] = type.rawValue &+ policy.unknownTypeOffset
    append(.unknownType, id: 0, body)
    if policy.unknownType == .answerAndClose { close() }
  }
}
