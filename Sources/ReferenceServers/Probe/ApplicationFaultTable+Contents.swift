// Faults in what an application makes of a body's bytes, and in what kind of request changes what it answers, whatever
// interface brings it. One entry each.

extension ApplicationFault {
  /// A fault in the bytes of a body that comes back.
  private static func reflected(
    _ name: String, _ summary: String, with fallsWith: [ProbeInterface: [String]] = [:],
    _ change: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> ApplicationFault {
    ApplicationFault(
      name, summary, [.fastcgi: "FCGI-5.3-1", .cgi: Breach("CGI-4.2-2", with: ["CGI-4.2-4"])].with(fallsWith),
      .answer { variables, steps in
        guard variables.asks("reflect") else { return }
        for index in steps.indices {
          if case .output(.bytes(let body)) = steps[index] { steps[index] = .output(.bytes(change(body))) }
        }
      })
  }

  /// Takes bytes off both ends.
  private static func trimmed(_ body: [UInt8], _ isTaken: (UInt8) -> Bool) -> [UInt8] {
    let rest = body.drop(while: isTaken)
    return rest.lastIndex { !isTaken($0) }.map { Array(rest[...$0]) } ?? []
  }

  private static func unquoted(_ value: [UInt8]) -> [UInt8] {
    guard value.count > 1, let first = value.first, first == value.last, first == 0x22 || first == 0x27 else {
      return value
    }
    return Array(value.dropFirst().dropLast())
  }

  /// Faults in the bytes of a body.
  static let contents: [ApplicationFault] = [
    reflected("body-trimmed", "Spaces and tabs around a body are taken away.") {
      trimmed($0) { $0 == 0x20 || $0 == 0x09 }
    },
    reflected("first-line-ends-skipped", "Line ends at the beginning of a body are skipped.") {
      Array($0.drop { $0 == 0x0D || $0 == 0x0A })
    },
    reflected("byte-255-ends-body", "A body ends before its last byte where that is 255.") {
      $0.last == 0xFF ? $0.dropLast() : $0
    },
    reflected("zeros-at-end-lost", "Zero bytes at the end of a body are lost.", with: [.fastcgi: ["FCGI-3.3-2"]]) {
      body in
      body.lastIndex { $0 != 0 }.map { Array(body[...$0]) } ?? []
    },
    reflected("byte-26-ends-body", "A byte 26 at the end of a body is lost.") { $0.last == 0x1A ? $0.dropLast() : $0 },
    reflected("byte-order-mark-lost", "The byte order mark of UTF-8 at the beginning of a body is lost.") {
      $0.starts(with: [0xEF, 0xBB, 0xBF]) ? Array($0.dropFirst(3)) : $0
    },
    reflected("body-unquoted", "Quotes around a body are taken away.") { unquoted($0) },
    ApplicationFault(
      "nothing-for-empty-body", "A body of no byte that is to come back gets no answer.",
      [.fastcgi: Breach("CGI-6.1-1", with: ["FCGI-3.3-14"]), .cgi: "CGI-6.1-1"],
      .answer { variables, steps in
        guard variables.asks("reflect"), steps.last == .output(.bytes([])) else { return }
        steps = []
      }),
    ApplicationFault(
      "rests-filled", "An output that rests for more than 100 ms gets a line end.",
      [.fastcgi: "FCGI-6.2-5", .cgi: "CGI-6.2-1", .uwsgi: "H1-9112-8-3"],
      .answer { _, steps in
        guard let index = steps.firstIndex(where: { $0.isSlow }), case .parts(1, let last, let delay) = steps[index]
        else { return }
        steps[index] = .parts(first: 1, last: 1, delay: delay)
        steps.insert(contentsOf: [.output(.bytes([0x0A])), .parts(first: 2, last: last, delay: delay)], at: index + 1)
      }),
    ApplicationFault(
      "rests-end-output", "An output that rests for more than 100 ms ends.",
      [.fastcgi: "FCGI-6.2-5", .cgi: "CGI-6.2-1", .uwsgi: "H1-9112-8-3"],
      .answer { _, steps in
        guard let index = steps.firstIndex(where: { $0.isSlow }), case .parts(1, _, let delay) = steps[index] else {
          return
        }
        steps[index] = .parts(first: 1, last: 1, delay: delay)
      }),
  ]

  private static func answer(
    _ name: String, _ summary: String, _ breaches: Breaches,
    _ change: @escaping @Sendable ([ProbeVariable], inout [ProbeStep]) -> Void
  ) -> ApplicationFault {
    ApplicationFault(name, summary, breaches, .answer(change))
  }

  /// A fault for which HEAD gets a body where that holds.
  private static func unheeded(
    _ name: String, _ summary: String,
    _ isMeant: @escaping @Sendable ([ProbeVariable], [ProbeStep]) -> Bool
  ) -> ApplicationFault {
    answer(name, summary, .shared("CGI-4.3.3-1")) { variables, steps in
      guard variables.has("REQUEST_METHOD", "HEAD"), isMeant(variables, steps) else { return }
      let place = steps.firstIndex { if case .head(let head) = $0 { head.code != nil } else { false } }
      if let place { steps.insert(.output(.bytes(Array("all the same\n".utf8))), at: place + 1) }
    }
  }

  /// Faults of one kind of request.
  static let kinds: [ApplicationFault] = [
    ApplicationFault(
      "value-unquoted", "Quotes around the value of a field are taken away.", .variables,
      .variables { $0.changeFields(unquoted) }),
    ApplicationFault(
      "cookie-cut-at-1024", "HTTP_COOKIE is cut to 1 024 bytes.", .variables,
      .variables { $0.change("HTTP_COOKIE") { Array($0.prefix(1_024)) } }),
    ApplicationFault(
      "method-overridden", "The field X-HTTP-Method-Override decides the method.", .shared("CGI-6.1-2"),
      .variables { variables in
        guard let method = variables.value(of: "HTTP_X_HTTP_METHOD_OVERRIDE") else { return }
        variables.change("REQUEST_METHOD") { _ in method }
      }),
    answer(
      "coded-without-saying", "A body is coded where Accept-Encoding allows it, and no field says so.",
      .shared("H-9110-8.4-1")
    ) { variables, steps in
      guard variables.value(of: "HTTP_ACCEPT_ENCODING") != nil else { return }
      for index in steps.indices {
        if case .output = steps[index] { steps[index] = .output(.bytes([0x1F, 0x8B, 0x08])) }
      }
    },
    answer(
      "interim-response", "Expect is answered by the head of an interim response.",
      .shared("CGI-6.2-1", with: ["CGI-6.3.1-1"])
        .but([.uwsgi: Breach("UWSGI-26", with: ["CGI-6.2-1", "CGI-6.3.1-1"])])
    ) { variables, steps in
      guard variables.value(of: "HTTP_EXPECT") != nil else { return }
      steps.insert(.output(.bytes(Array("Status: 100 Continue\r\n\r\n".utf8))), at: 0)
    },
    unheeded("head-of-fields-unheeded", "HEAD of the fields gets a body.") { variables, _ in variables.asks("fields") },
    unheeded("head-of-reflected-unheeded", "HEAD of what is to come back gets a body.") { variables, _ in
      variables.asks("reflect")
    },
    unheeded("head-of-errors-unheeded", "HEAD that is answered 400 gets a body.") { _, steps in
      steps.contains { if case .head(let head) = $0 { head.code == 400 } else { false } }
    },
    unheeded("head-with-length-unheeded", "HEAD that has a body itself gets one.") { variables, _ in
      !(variables.value(of: "CONTENT_LENGTH") ?? []).isEmpty
    },
    answer(
      "head-without-case", "The method head in lower case gets no body either.", .shared("CGI-6.1-2")
    ) { variables, steps in
      guard variables.has("REQUEST_METHOD", "head") else { return }
      steps.removeAll { if case .output = $0 { true } else { false } }
    },
    answer(
      "nothing-for-unknown", "What is not known gets no answer at all.", .shared("CGI-6.1-1")
    ) { _, steps in
      if steps.contains(.output(.bytes(Array("unknown probe\n".utf8)))) { steps = [] }
    },
    answer(
      "local-redirect-for-head-typed", "A local redirect for HEAD has a Content-Type.", .shared("CGI-6.2.2-1")
    ) { variables, steps in
      guard variables.has("REQUEST_METHOD", "HEAD") else { return }
      steps.changeHead { if $0.code == nil { $0.append("Content-Type", "text/plain") } }
    },
    answer(
      "type-copied", "CONTENT_TYPE is copied into the header as it is.", .shared("CGI-6.3-3")
    ) { variables, steps in
      guard variables.asks("reflect"), let type = variables.value(of: "CONTENT_TYPE"), type.contains(0x0D) else {
        return
      }
      steps.changeHead { $0.change("Content-Type") { _ in type } }
    },
    answer(
      "target-copied", "The target of a redirect is copied into the header as it is.", .shared("CGI-6.3.2-1")
    ) { variables, steps in
      let query = ProbeQuery(variables.value(of: "QUERY_STRING") ?? [])
      guard let target = query["to"], target.contains(0x0D), query.probe.starts(with: "document".utf8) else { return }
      var head = ProbeHead(code: 302, reason: "Found")
      head.append("Location", target)
      head.append("Content-Type", "text/plain")
      steps = [.head(head), .output(.bytes(Array("moved\n".utf8)))]
    },
  ]
}

extension [ProbeVariable] {
  /// Whether the probe is asked for that behaviour.
  func asks(_ behaviour: String) -> Bool {
    ProbeQuery(value(of: "QUERY_STRING") ?? []).probe.elementsEqual(behaviour.utf8)
  }
}

extension ProbeStep {
  /// Whether it streams from the first part on, with long pauses.
  fileprivate var isSlow: Bool { if case .parts(1, _, let delay) = self { delay > 100 } else { false } }
}
