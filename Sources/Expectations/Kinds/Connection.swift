// Conditions on a connection, whatever is spoken on it: what came, and who ended it.

import Exchanges

extension ConnectionConditions {
  static let closing: [any ConditionEntry<ObservedConnection>] = [
    completedExchanges, closedByServer, silent, beginsWith,
  ]

  package static let completedExchanges = ConnectionKind(
    "completed", in: "connection", takes: "number",
    holdsWhen: "so many exchanges were answered or ended by FCGI_END_REQUEST", Number(0...1000),
    words: { count, _ in "\(count) \(count == 1 ? "request is" : "requests are") answered to the end" },
    judgement: { count, seen in
      let completed = seen.exchanges.count { $0.ending == .complete || $0.ending == .aborted }
      return completed == count ? .holds : .differs("\(completed) exchanges were completed, expected \(count)")
    })

  package static let closedByServer = ConnectionKind(
    "closed-by-server", in: "connection", takes: "true or false",
    holdsWhen: "the server closed or reset its side before gatespec did, or did not", TrueOrFalse(),
    words: { closes, _ in closes ? "the target closes it" : "the target leaves it open" },
    judgement: { expected, seen in
      if seen.closedByServer == expected { return .holds }
      guard expected else { return .differs("the server closed the connection") }
      return .differs("the server left the connection open" + (seen.closeTimeout.map { "; \($0)" } ?? ""))
    })

  package static let silent = ConnectionKind(
    "silent", in: "connection", takes: "`true`", holdsWhen: "no byte came", OnlyTrue(),
    words: { _, _ in "nothing comes" },
    judgement: { _, seen in
      let byteCount = seen.summary?.responseByteCount ?? 0
      return byteCount == 0 ? .holds : .differs("\(byteCount) bytes came, expected none")
    })

  package static let beginsWith = ConnectionKind(
    "begins-with", in: "connection", takes: "bytes, at most 64",
    holdsWhen: "the first bytes that came are these, whatever they mean", FewBytes(atMost: 64),
    words: { first, _ in "what comes begins with \(Expected.quoted(first))" },
    judgement: { first, seen in
      seen.firstBytes.starts(with: first)
        ? .holds : .differs("what came does not begin with \(Seen.quoted([first]))")
    })
}
