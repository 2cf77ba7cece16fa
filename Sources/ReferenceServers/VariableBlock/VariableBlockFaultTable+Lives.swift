// Faults that a server of SCGI and one of uwsgi have alike: in how a connection ends, what a server survives, what it
// remembers, and what becomes of its output. One entry each.

extension SharedBlockFault {
  /// The connection stays open after the answer, where that holds.
  ///
  /// Without a close nothing ends such an answer: every case about it waits in vain.
  private static func open(
    _ name: String, _ summary: String, breaksUWSGI: Bool = true,
    _ condition: @escaping @Sendable ([ProbeVariable]) -> Bool
  ) -> SharedBlockFault {
    SharedBlockFault(
      name, .init("SCGI-4", with: everythingOfSCGI),
      breaksUWSGI ? .init("UWSGI-1", with: everythingOfUWSGI) : nil, summary
    ) { $0.ending = { condition($0) ? .hangs : .closes } }
  }

  private static let everythingOfSCGI = [
    "SCGI-3", "SCGI-12", "SCGI-16", "SCGI-17", "SCGI-18", "CGI-6.3.3-1", "CGI-6.2-1", "CGI-4.3.3-1", "CGI-6.1-2",
    "CGI-6.1-1", "CGI-4.1-3", "SCGI-6", "CGI-4.1-5", "SCGI-8", "CGI-4.2-5", "CGI-4.3.2-1",
  ]
  private static let everythingOfUWSGI = [
    "UWSGI-48", "UWSGI-42", "UWSGI-43", "H-9110-15-1", "H-9110-9.3.2-1", "H1-9112-6.3-1", "H1-9112-6.3-20",
    "H-9110-15.3.5-1", "H-9110-15.4.5-3", "CGI-4.1-3", "CGI-4.1-5", "CGI-6.1-2", "H-9110-5.3-3", "H-9110-9.3.1-1",
    "H1-9112-8-3", "UWSGI-6", "H-9110-8.6-10", "H1-9112-9.3-4", "H-9110-8.6-7", "CGI-4.3.2-1", "H-9110-15.4-1",
  ]

  /// Faults in how a connection ends.
  static let endings: [SharedBlockFault] = [
    open("open-after-head", "After the answer to HEAD the connection stays open.", breaksUWSGI: false) {
      $0.has("REQUEST_METHOD", "HEAD")
    },
    open("open-after-post", "After the answer to POST the connection stays open.") {
      $0.has("REQUEST_METHOD", "POST")
    },
    open("open-after-status", "After an answer that another status was asked for, the connection stays open.") {
      $0.asks("status")
    },
    open("open-when-asked", "Where the client's connection is to be kept, this one is too.") {
      $0.value(of: "HTTP_CONNECTION") != nil
    },
    SharedBlockFault(
      "reset-at-end", .init("SCGI-4", with: everythingOfSCGI), .init("UWSGI-1", with: everythingOfUWSGI),
      "A large answer ends with a reset."
    ) { $0.ending = { $0.asks("pattern") ? .resets : .closes } },
    SharedBlockFault(
      "end-of-input-closes", .of("SCGI-3", "SCGI-24", "SCGI-12", "SCGI-17"), .of("UWSGI-1", "UWSGI-48"),
      "A client that shuts down its sending side is taken for one that left."
    ) {
      $0.endsWithInput = true
      $0.pauseMilliseconds = 1
    },
  ]

  private static func fatal(
    _ name: String, _ summary: String, _ trial: VariableBlockPolicy.Trial, uwsgi: String = "UWSGI-1"
  ) -> SharedBlockFault {
    SharedBlockFault(
      name, .init("SCGI-3", with: survival), .init(uwsgi, with: survivalOfUWSGI), summary
    ) { $0.diesOf = [trial] }
  }

  /// What the cases cite that ask something of a server that is gone.
  private static let survival = ["SCGI-4", "SCGI-12", "SCGI-6", "CGI-4.1-3", "SCGI-2"]
  private static let survivalOfUWSGI = [
    "UWSGI-48", "UWSGI-42", "UWSGI-3", "UWSGI-8", "UWSGI-38", "UWSGI-41", "CGI-4.1-3",
  ]

  /// A request is not answered while another connection is in that.
  private static func blocked(
    _ name: String, _ summary: String, by trial: VariableBlockPolicy.Trial
  ) -> SharedBlockFault {
    SharedBlockFault(name, .init("SCGI-3", with: survival), .init("UWSGI-1", with: survivalOfUWSGI), summary) {
      $0.waitsFor = [trial]
    }
  }

  /// Faults in what a server survives, and in what it remembers.
  static let lives: [SharedBlockFault] = [
    blocked("silence-blocks", "While a connection is silent, others are not answered.", by: .emptyConnection),
    blocked("upload-blocks", "While a body comes on a connection, others are not answered.", by: .cutBody),
    SharedBlockFault(
      "tenth-request-unanswered", .of("SCGI-3", "SCGI-4"), .of("UWSGI-1"), "The process ends after nine answers."
    ) { $0.answerLimit = 9 },
    SharedBlockFault(
      "next-request-served", .of("SCGI-18", "SCGI-4"), .of("UWSGI-48"),
      "What follows a request is served as another one."
    ) { $0.servesNextRequest = true },
    SharedBlockFault(
      "tails-of-values-stay", .of("CGI-4.1-5", "SCGI-8"), .of("CGI-4.1-5", "UWSGI-43"),
      "Behind a short value of a field are the bytes of a longer one before it."
    ) { $0.leaks = [.tails] },
    SharedBlockFault(
      "body-of-cut-requests-stays", .of("SCGI-12"), .of("UWSGI-48"),
      "The body of a request that was cut comes before that of the next."
    ) { $0.leaks = [.bodyOfCutRequests] },
    SharedBlockFault(
      "bodies-are-shared", .of("SCGI-12", "CGI-4.2-4"), .of("UWSGI-48", "CGI-4.2-4"),
      "A request gets the body of another one that is being answered."
    ) { $0.leaks = [.bodyOfOthers] },
    fatal("empty-connection-kills", "A connection without a byte ends the process.", .emptyConnection),
    fatal("malformed-kills", "Bytes that are no request end the process.", .malformed),
    fatal("cut-head-kills", "A request that is cut in its head ends the process.", .cutHead),
    fatal("cut-body-kills", "A request that is cut in its body ends the process.", .cutBody),
    fatal("desertion-kills", "A client that leaves before its answer is whole ends the process.", .desertion),
    SharedBlockFault(
      "variables-stay", .of("CGI-4.1-3", "CGI-4.1-5", "SCGI-6"), .of("CGI-4.1-3", "CGI-4.1-5", "UWSGI-42"),
      "Variables of a request are there in the next one, where that has none of the name."
    ) { $0.leaks = [.variables] },
    SharedBlockFault(
      "variables-of-cut-requests-stay", .of("CGI-4.1-3", "SCGI-6"), .of("CGI-4.1-3", "UWSGI-42"),
      "Variables of a request that was cut are there in the next one."
    ) { $0.leaks = [.variablesOfCutRequests] },
    SharedBlockFault(
      "body-stays", .of("SCGI-12", "CGI-4.2-4"), .of("UWSGI-48", "CGI-4.2-4"),
      "Behind a short body are the bytes of a longer one before it."
    ) { $0.leaks = [.body] },
    SharedBlockFault(
      "status-stays", .of("CGI-6.3.3-1", "SCGI-4"), .of("H-9110-15-1"),
      "A status that is an error is that of the next answer too."
    ) { $0.leaks = [.status] },
    SharedBlockFault(
      "cookies-stay", .of("CGI-6.2-1"), .of("H-9110-5.3-3"), "Cookies of an answer are there in the next one."
    ) { $0.leaks = [.cookies] },
  ]

  private static func output(
    _ name: String, _ summary: String, _ change: @escaping @Sendable (inout VariableBlockPolicy) -> Void
  ) -> SharedBlockFault {
    SharedBlockFault(
      name,
      .init(
        "SCGI-4",
        with: [
          "SCGI-3", "SCGI-12", "CGI-6.2-1", "CGI-4.2-4", "CGI-4.2-2", "CGI-6.1-2", "SCGI-6", "SCGI-8",
          "CGI-9.6-2", "CGI-4.1.7-1", "CGI-4.1-5",
        ]),
      .init(
        "UWSGI-1",
        with: [
          "UWSGI-48", "UWSGI-42", "UWSGI-43", "UWSGI-6", "H1-9112-6.3-20", "H1-9112-8-3", "CGI-4.2-4",
          "CGI-4.2-2", "CGI-9.6-2", "CGI-4.1.7-1", "CGI-4.1-5", "CGI-6.1-2",
        ]), summary, change)
  }

  /// Faults in what becomes of output.
  static let outputs: [SharedBlockFault] = [
    output("output-cut-at-65536", "More than 65 536 bytes of output are lost.") { $0.outputByteLimit = 65_536 },
    output("output-cut-at-megabyte", "More than 1 000 000 bytes of output are lost.") {
      $0.outputByteLimit = 1_000_000
    },
    output("closes-at-first-rest", "Where an output rests the connection is closed.") {
      $0.answers = { _, steps in
        guard let index = steps.firstIndex(where: { if case .parts = $0 { true } else { false } }) else { return }
        steps[index] = .parts(first: 1, last: 1, delay: 0)
      }
    },
  ]
}
