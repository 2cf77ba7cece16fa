// How a responder behaves where the specification leaves a choice, and its bounds.
//
// Everything here is correct behaviour; what is wrong on purpose is ResponderPolicy's.

package import FastCGIWire

/// The choices and bounds of a ``FastCGIResponder``.
package struct ResponderOptions: Hashable, Sendable {
  /// FCGI_MAX_CONNS: how many connections the server accepts at once.
  package var maxConnections = 64
  /// FCGI_MAX_REQS: how many requests may be active on one connection; more are rejected with FCGI_OVERLOADED.
  package var maxRequests = 64
  /// FCGI_MPXS_CONNS: whether requests may be active at once on one connection; where not, a second one is rejected
  /// with FCGI_CANT_MPX_CONN.
  package var multiplexes = true
  /// The header bytes and the padding of the records sent.
  package var encoder = FastCGIEncoder(padding: .aligned(to: 8))
  /// The most content of an output record, `1...65535` bytes.
  package var recordByteCount = 16_376
  /// Whether an error stream that carried nothing is ended by its empty record all the same.
  package var alwaysEndsErrorStream = false
  /// The most bytes of PARAMS of one request; beyond it the request is rejected with FCGI_OVERLOADED.
  package var paramsLimit = 1 << 20
  /// The most bytes of request bodies kept for one connection; a body beyond it is answered by status 413.
  package var bodyLimit = 64 << 20
  /// About how many bytes are sent before the responder lets its peer catch up.
  package var turnByteCount = 256 << 10

  package init() {}
}

/// A named set of options: one of the ways to be correct.
package struct ResponderStyle: Hashable, Sendable {
  package var name: String
  /// What is special about it, in one sentence.
  package var summary: String
  package var options: ResponderOptions
  /// The IDs of recommendations that it does not follow.
  package var declines: [String]

  private init(
    _ name: String, _ summary: String, declines: [String] = [], _ change: (inout ResponderOptions) -> Void
  ) {
    self.name = name
    self.summary = summary
    self.declines = declines
    options = ResponderOptions()
    change(&options)
  }

  /// Every style, the ordinary one first.
  package static let all = [
    ResponderStyle("standard", "Records are padded to multiples of 8 bytes; requests are multiplexed.") { _ in },
    ResponderStyle("minimal", "Records carry no padding and as much content as they can.", declines: ["FCGI-3.3-9"]) {
      $0.encoder.padding = .none
      $0.recordByteCount = FastCGILimits.contentByteCount
    },
    ResponderStyle("padded", "Every record carries 255 bytes of padding.", declines: ["FCGI-3.3-9"]) {
      $0.encoder.padding = .bytes(255)
      $0.encoder.paddingByte = 0xA5
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
  ]

  /// The style of that name.
  package static func named(_ name: String) -> ResponderStyle? { all.first { $0.name == name } }
}
