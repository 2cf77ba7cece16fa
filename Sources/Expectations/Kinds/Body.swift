// Conditions on the body of a response.

import Exchanges

extension ExchangeConditions {
  static let body: [any ConditionEntry<ObservedExchange>] = [bodyIs, bodyByteCount, bodyContains, noBody]

  package static let bodyIs = ExchangeKind(
    "body", takes: "bytes", holdsWhen: "the body is exactly this", isNeutral: true, AnyBytes(),
    words: { expected, _ in "the body is \(Expected.blob(expected))" },
    judgement: { expected, seen in Seen.judge("body", seen.exchange.response.body, expected.bytes) })

  package static let bodyByteCount = ExchangeKind(
    "body-bytes", takes: "number", holdsWhen: "it has so many bytes", isNeutral: true, Number.count,
    words: { count, _ in "the body has \(Expected.bytes(count))" },
    judgement: { count, seen in
      let byteCount = seen.exchange.response.body.byteCount
      return byteCount == count ? .holds : .differs("body has \(byteCount) bytes, expected \(count)")
    })

  package static let bodyContains = ExchangeKind(
    "body-contains", takes: "bytes, at most 64 KiB", holdsWhen: "it contains these", isNeutral: true,
    FewBytes(atMost: 65_536),
    words: { part, _ in "the body contains \(Expected.quoted(part))" },
    judgement: { part, seen in
      Seen.contains(seen.exchange.response.body.retained, part) ? .holds : .differs("body lacks \(Seen.quoted([part]))")
    })

  package static let noBody = ExchangeKind(
    "no-body", takes: "`true`", holdsWhen: "no byte of a body came", isNeutral: true, OnlyTrue(),
    words: { _, _ in "there is no body" },
    judgement: { _, seen in
      let byteCount = seen.exchange.response.body.byteCount
      guard byteCount == 0 else { return .differs("\(byteCount) bytes of body, expected none") }
      // On a connection for one response nothing else can be behind it.
      let hasSurplus = seen.exchange.variableBlock != nil && seen.exchange.http1?.responseSurplus != nil
      return hasSurplus ? .differs("bytes behind a response that has no body") : .holds
    })
}
