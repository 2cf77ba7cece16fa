// Conditions on what an application writes beside its response: FCGI_STDERR, or a program's standard error.

import Exchanges

extension ExchangeConditions {
  static let errorStream: [any ConditionEntry<ObservedExchange>] = [
    errorStreamIs, errorStreamContains, errorStreamByteCount, errorStreamWithout, noErrorStream,
  ]

  package static let errorStreamIs = ExchangeKind(
    "stderr", takes: "bytes", holdsWhen: "the error stream is exactly this", AnyBytes(),
    words: { expected, _ in "the error stream is \(Expected.blob(expected))" },
    judgement: { expected, seen in Seen.judge("error stream", seen.exchange.errorStream, expected.bytes) })

  package static let errorStreamContains = ExchangeKind(
    "stderr-contains", takes: "bytes, at most 256 KiB", holdsWhen: "it contains these", FewBytes(atMost: 262_144),
    words: { part, _ in "the error stream contains \(Expected.quoted(part))" },
    judgement: { part, seen in
      Seen.contains(seen.exchange.errorStream.retained, part)
        ? .holds : .differs("the error stream lacks \(Seen.quoted([part]))")
    })

  package static let errorStreamByteCount = ExchangeKind(
    "stderr-bytes", takes: "number", holdsWhen: "it has so many bytes", Number.count,
    words: { count, _ in "the error stream has \(Expected.bytes(count))" },
    judgement: { count, seen in
      let byteCount = seen.exchange.errorStream.byteCount
      return byteCount == count ? .holds : .differs("the error stream has \(byteCount) bytes, expected \(count)")
    })

  package static let errorStreamWithout = ExchangeKind(
    "stderr-without", takes: "bytes, at most 64 KiB", holdsWhen: "it does not contain these", FewBytes(atMost: 65_536),
    words: { part, _ in "the error stream does not contain \(Expected.quoted(part))" },
    judgement: { part, seen in
      Seen.contains(seen.exchange.errorStream.retained, part)
        ? .differs("the error stream contains \(Seen.quoted([part]))") : .holds
    })

  package static let noErrorStream = ExchangeKind(
    "no-stderr-unless", takes: "`{exchange: N, on: N}`",
    holdsWhen: """
      no error text came, unless that exchange has some too: an application may write some with every response
      """,
    OtherExchange(),
    words: { other, places in "no error text comes, unless \(places.name(other)) has some too" },
    judgement: { other, seen in
      let byteCount = seen.exchange.errorStream.byteCount
      if byteCount == 0 || (seen.other(other)?.errorStream.byteCount ?? 0) > 0 { return .holds }
      return .differs("the error stream has \(byteCount) bytes, expected none")
    })
}
