// The ways of a responder to be correct: sets of options that have a name.
//
// None of them may raise an alarm. What an option does is ResponderOptions'.

internal import FastCGIWire

/// A named set of options: one of the ways to be correct.
package struct ResponderStyle: SoundStyle {
  package var name: String
  package var summary: String
  package var options: ResponderOptions
  package var declines: [String]
  package var toldBy: String?

  private init(
    _ name: String, _ summary: String, declines: [String] = [], toldBy: String? = nil,
    _ change: (inout ResponderOptions) -> Void
  ) {
    self.toldBy = toldBy
    self.name = name
    self.summary = summary
    self.declines = declines
    options = ResponderOptions()
    change(&options)
  }

  package static let interface = ProbeInterface.fastcgi
  package var service: ReferenceService { .connections { [options] in .fastCGI($0, options) } }

  /// Every style, the ordinary one first.
  package static let all = [
    ResponderStyle("standard", "Records are padded to multiples of 8 bytes; requests are multiplexed.") { _ in },
    ResponderStyle("minimal", "Records carry no padding and as much content as they can.", declines: ["FCGI-3.3-9"]) {
      $0.encoder.padding = .none
      $0.recordByteCount = FastCGIRecordHeader.largestContent
    },
    ResponderStyle("padded", "Every record carries 255 bytes of padding.", declines: ["FCGI-3.3-9"]) {
      $0.encoder.padding = .bytes(255)
      $0.encoder.paddingBytes = [0xA5]
    },
    ResponderStyle("chatty", "Records are tiny, and the error stream is always ended.") {
      $0.recordByteCount = 7
      $0.alwaysEndsErrorStream = true
    },
    ResponderStyle("no-multiplexing", "One request at a time; a second one gets FCGI_CANT_MPX_CONN.") {
      $0.multiplexes = false
      $0.maxRequests = 1
    },
    ResponderStyle(
      "one-byte-records", "Every byte of output travels in a record of its own.", declines: ["FCGI-3.3-9"]
    ) {
      $0.recordByteCount = 1
      $0.encoder.padding = .none
    },
    ResponderStyle("error-notes", "Error text comes with every response: before it, in its middle, and after it.") {
      $0.notesErrors = true
    },
    ResponderStyle("in-turn", "One request at a time; a second one on the connection waits for its turn.") {
      $0.multiplexes = false
      $0.runsInTurn = true
    },
    ResponderStyle("one-connection", "One connection at a time; a second one waits until the first is closed.") {
      $0.maxConnections = 1
    },
    ResponderStyle("one-request", "One request at a time; one on another connection gets FCGI_OVERLOADED.") {
      $0.multiplexes = false
      $0.maxRequests = 1
      $0.processRequests = 1
    },
    ResponderStyle(
      "workers-of-three", "A process ends after its third request, and another one is started.",
      toldBy: "fastcgi/connection/keep-open"
    ) {
      $0.requestsPerProcess = 3
    },
    ResponderStyle("random-records", "Records are tiny, their padding is of any length.", declines: ["FCGI-3.3-9"]) {
      $0.variesRecords = true
      $0.recordByteCount = 64
    },
    ResponderStyle("line-feeds", "Lines of the CGI header end with LF alone.") { $0.lineFeedsAlone = true },
    ResponderStyle("single-bytes", "The first 2 000 bytes are written one by one.") { $0.singleByteCount = 2_000 },
    ResponderStyle("closes-late", "A connection is closed 300 ms after it could be.") { $0.closeMilliseconds = 300 },
    ResponderStyle("few-variables", "Of the variables of FCGI_GET_VALUES only FCGI_MPXS_CONNS is known.") {
      $0.knownVariables = [FastCGIVariable.multiplexes]
    },
    ResponderStyle("no-variables", "No variable of FCGI_GET_VALUES is known.") { $0.knownVariables = [] },
    ResponderStyle("finishes-aborted", "A program that has begun is not stopped by an abort.") {
      $0.finishesAborted = true
    },
    ResponderStyle("errors-end-first", "The error stream is always ended, and before the output.") {
      $0.alwaysEndsErrorStream = true
      $0.endsErrorStreamFirst = true
    },
  ]

  /// The style of that name.
  package static func named(_ name: String) -> ResponderStyle? { all.first { $0.name == name } }
}
