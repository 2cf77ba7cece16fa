// The faults of limits in bodies, records, requests, questions and answers: a number, a length or a sum up to which a
// responder is right. One entry each; what an entry changes is ResponderPolicy's.

internal import FastCGIWire

extension ResponderFault {
  /// A fault that closes the connection at such a record.
  private static func records(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ isSuch: @escaping @Sendable (ReceivedRecord) -> Bool
  ) -> ResponderFault {
    ResponderFault(name, violates, summary, with: fallsWith + ["FCGI-5.5-1"]) {
      $0.reacts(.close, to: isSuch)
    }
  }

  /// Faults of limits in bodies, records, requests and answers.
  static let otherLimits: [ResponderFault] = [
    ResponderFault(
      "body-cut-at-16383", "FCGI-5.3-1", "The application is given at most 16 383 bytes of a body.",
      with: ["FCGI-3.3-6", "FCGI-3.3-5", "FCGI-3.3-2"]
    ) {
      $0.changesBodies { Array($0.prefix(16_383)) }
    },
    ResponderFault(
      "body-cut-at-262144", "FCGI-5.3-1", "The application is given at most 262 144 bytes of a body.",
      with: ["FCGI-3.3-6"]
    ) {
      $0.changesBodies { Array($0.prefix(262_144)) }
    },
    ResponderFault(
      "body-of-4096-lost", "FCGI-5.3-1", "A body of 4 096 bytes is lost."
    ) { $0.gives = { if $0.body.count == 4_096 { $0.body = [] } } },
    ResponderFault(
      "body-of-32767-loses-a-byte", "FCGI-5.3-1", "A body of 32 767 or 32 768 bytes loses its last one."
    ) { $0.gives = { if 32_767...32_768 ~= $0.body.count { $0.body.removeLast() } } },
    ResponderFault(
      "body-counted-to-4000000", "FCGI-5.3-1",
      "The application is told of 4 000 000 bytes of a body, where it is longer."
    ) {
      $0.gives = { $0.bodyByteCount = min($0.bodyByteCount, 4_000_000) }
    },
    ResponderFault(
      "body-of-131072-lost", "FCGI-5.3-1", "Of a body of 131 072 bytes nothing reaches the application."
    ) { $0.gives = { if $0.body.count == 131_072 { $0.body = [] } } },
    records("stdin-records-above-1000-close", "FCGI-3.3-22", "The 1 001st record of STDIN closes the connection.") {
      $0.header.type == .stdin && $0.number > 1_000
    },
    records(
      "record-of-4096-closes", "FCGI-3.3-6", "A record of 4 096 bytes closes the connection.",
      with: ["FCGI-5.3-1", "FCGI-3.3-22"]
    ) { $0.header.contentLength == 4_096 },
    records(
      "record-of-65534-closes", "FCGI-3.3-6", "A record of 65 534 bytes closes the connection.",
      with: ["FCGI-5.3-1", "FCGI-3.3-22"]
    ) { $0.header.contentLength == 65_534 },
    ResponderFault(
      "split-content-closes", "FCGI-3.3-2", "A record whose content arrives in two reads closes the connection.",
      with: ["FCGI-5.5-1", "FCGI-5.3-1", "FCGI-4.1-2"]
    ) { $0.closes(inside: .content) },
    ResponderFault(
      "large-requests-only-thirty", "FCGI-5.1-5", "After thirty requests a body closes the connection.",
      with: ["FCGI-3.3-14", "FCGI-5.5-1"]
    ) { $0.reacts(.close) { $0.header.contentLength == 5_000 && $0.endedCount >= 30 } },
    ResponderFault(
      "only-one-connection", "FCGI-3.5-4", "The process serves its first connection, and no other.",
      with: [
        "CGI-6.1-1", "FCGI-3.3-15", "FCGI-3.3-8", "FCGI-5.2-1", "FCGI-5.4-2",
        "FCGI-5.5-1", "FCGI-7-4", "FCGI-5.3-1", "FCGI-3.3-12", "FCGI-6.1-14", "FCGI-6.2-5", "FCGI-6.2-10",
      ]
    ) { $0.admits = { $0.isAllowed && $0.number == 1 } },
    ResponderFault(
      "only-ten-connections", "FCGI-3.5-4", "The process serves ten connections, and no other.", with: ["FCGI-5.5-1"]
    ) { $0.admits = { $0.isAllowed && $0.number <= 10 } },
    ResponderFault(
      "eleventh-request-dropped", "FCGI-5.1-7", "Of requests at once the eleventh is dropped.",
      with: ["FCGI-5.5-6", "FCGI-5.5-1"],
      options: { options, policy in
        options.maxRequests = 10
        policy.reacts(.ignore) { $0.beginsAnother && $0.requests.count >= 10 }
      }),
    ResponderFault(
      "question-of-four-names-ignored", "FCGI-4.1-2", "A question for more than four variables gets no answer.",
      with: ["FCGI-4.1-3", "FCGI-4.1-4", "FCGI-7-4"]
    ) { $0.reacts(.ignore) { $0.header.type == .getValues && PairReader($0.content).pairs.count > 4 } },
    ResponderFault(
      "question-of-1024-bytes-closes", "FCGI-4.1-2", "A question of more than 1 024 bytes closes the connection.",
      with: ["FCGI-4.1-3", "FCGI-4.1-10", "FCGI-5.5-1"]
    ) { $0.reacts(.close) { $0.header.type == .getValues && $0.header.contentLength > 1_024 } },
    ResponderFault(
      "question-of-16384-bytes-closes", "FCGI-4.1-2", "A question of more than 16 384 bytes closes the connection.",
      with: ["FCGI-4.1-3", "FCGI-4.1-10", "FCGI-5.5-1"]
    ) { $0.reacts(.close) { $0.header.type == .getValues && $0.header.contentLength > 16_384 } },
    ResponderFault(
      "unknown-name-last-voids-question", "FCGI-4.1-2",
      "A question that ends with an unknown name gets an empty answer.",
      with: ["FCGI-4.1-3"]
    ) { $0.looks { $0.last?.starts(with: "FCGI_MPXS_CONNS_".utf8) ?? false ? [] : $0 } },
    ResponderFault(
      "question-in-reverse-ignored", "FCGI-4.1-2", "A question for three variables that ends with the first is ignored."
    ) {
      $0.reacts(.ignore) { record in
        let names = PairReader(record.content).pairs.map(\.name)
        return record.header.type == .getValues && names.count == 3
          && names[2].elementsEqual(FastCGIVariable.maxConnections.utf8)
      }
    },
    ResponderFault(
      "fifty-names-only", "FCGI-4.1-2", "Of a question fifty names are looked at.", with: ["FCGI-4.1-3"]
    ) { $0.looks { Array($0.prefix(50)) } },
    ResponderFault(
      "unknown-name-ends-question", "FCGI-4.1-2", "What a question asks behind an unknown name is not answered.",
      with: ["FCGI-4.1-3"]
    ) { $0.looks { Array($0.prefix { $0.starts(with: "FCGI_".utf8) }) } },
    ResponderFault(
      "names-without-case", "FCGI-4.1-2", "Names of variables are compared without case, and a second is not answered.",
      with: ["FCGI-4.1-3"]
    ) { $0.looks { $0.first?.starts(with: "fcgi_".utf8) ?? false ? [] : $0 } },
    ResponderFault(
      "names-by-their-beginning", "FCGI-4.1-2", "A name that lacks the end of a known one ends the question.",
      with: ["FCGI-4.1-3"]
    ) { $0.looks { $0.first?.elementsEqual("FCGI_MPXS_CONN".utf8) ?? false ? [] : $0 } },
    ResponderFault(
      "question-in-long-form-unread", "FCGI-3.4-4", "Of a question with lengths in four bytes nothing is answered.",
      with: ["FCGI-4.1-2"]
    ) {
      $0.reacts(.ignore) { $0.header.type == .getValues && PairReader.hasNeedlessLongForm($0.content) }
    },
    records(
      "empty-name-asked-closes", "FCGI-4.1-10", "A question with an empty name closes the connection.",
      with: ["FCGI-4.1-2", "FCGI-4.1-3"]
    ) { $0.header.type == .getValues && PairReader($0.content).pairs.contains { $0.name.isEmpty } },
    ResponderFault(
      "two-questions-only", "FCGI-4.1-2", "A question for FCGI_MAX_CONNS alone gets no answer.", with: ["FCGI-4.1-5"]
    ) {
      $0.reacts(.ignore) { record in
        let names = PairReader(record.content).pairs.map(\.name)
        return record.header.type == .getValues && names == [Array(FastCGIVariable.maxConnections.utf8)]
      }
    },
    ResponderFault("output-of-255-loses-a-byte", "FCGI-6.2-5", "An output of 255 bytes loses its last one.") {
      $0.answers = { _, steps in steps.cutOutput(of: 255) }
    },
    ResponderFault("output-of-65528-loses-a-byte", "FCGI-6.2-5", "An output of 65 528 bytes loses its last one.") {
      $0.answers = { _, steps in steps.cutOutput(of: 65_528) }
    },
    ResponderFault("error-text-of-8192-lost", "FCGI-6.2-5", "Error text of 8 192 bytes is lost.") {
      $0.answers = { _, steps in
        steps.removeAll { if case .error(let content) = $0 { content.byteCount == 8_192 } else { false } }
      }
    },
  ]
}

extension [ProbeStep] {
  /// Takes the last byte from an output of that length.
  fileprivate mutating func cutOutput(of byteCount: UInt64) {
    for index in indices {
      guard case .output(let content) = self[index], content.byteCount == byteCount else { continue }
      self[index] = .output(.pattern(byteCount: byteCount - 1))
    }
  }
}
