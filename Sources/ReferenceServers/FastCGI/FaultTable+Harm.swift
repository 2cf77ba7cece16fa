// The faults of a process that does not bear what clients do: the connection that is next is lost, as where the worker
// dies that it was queued at. One entry each; what an entry changes is ResponderPolicy's.

internal import FastCGIWire

extension ResponderFault {
  /// A fault for which something is fatal.
  private static func fatal(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ isFatal: @escaping @Sendable (ResponderMoment) -> Bool
  ) -> ResponderFault {
    // A connection that is lost has no end of its request either.
    ResponderFault(name, violates, "\(summary), and the next connection is lost.", with: fallsWith + ["FCGI-5.5-1"]) {
      $0.isFatal = isFatal
    }
  }

  /// A fault for which the end of a client is fatal.
  private static func departure(
    _ name: String, _ summary: String, with fallsWith: [String] = [],
    _ isFatal: @escaping @Sendable (RecordPlace, [RequestProgress], _ byReset: Bool) -> Bool
  ) -> ResponderFault {
    fatal(name, "FCGI-3.5-4", summary, with: fallsWith) {
      if case .lost(let place, let requests, let byReset) = $0 { isFatal(place, requests, byReset) } else { false }
    }
  }

  /// A fault for which a record is fatal.
  private static func harmful(
    _ name: String, _ summary: String, with fallsWith: [String] = [],
    _ isFatal: @escaping @Sendable (FastCGIRecordHeader, [UInt8], RequestProgress?, FastCGIRole?) -> Bool
  ) -> ResponderFault {
    fatal(name, "FCGI-7-4", summary, with: fallsWith) {
      if case .record(let record) = $0 {
        isFatal(record.header, record.content, record.request, record.role)
      } else {
        false
      }
    }
  }

  /// A fault for which a CONTENT_LENGTH is fatal.
  private static func length(
    _ name: String, _ summary: String, _ isFatal: @escaping @Sendable (String) -> Bool
  ) -> ResponderFault {
    fatal(name, "FCGI-7-4", summary) {
      if case .parameters(_, let variables) = $0 {
        isFatal(String(decoding: variables.value(of: "CONTENT_LENGTH") ?? [], as: UTF8.self))
      } else {
        false
      }
    }
  }

  /// Faults in bearing that a client leaves.
  static let departures: [ResponderFault] = [
    departure("close-without-a-byte-fatal", "A client leaves without a byte") { $0 == .untouched && $1.isEmpty && !$2 },
    departure("reset-without-a-byte-fatal", "A client resets its connection without a byte") {
      $0 == .untouched && $1.isEmpty && $2
    },
    departure("close-in-header-fatal", "A client leaves inside a record header", with: ["FCGI-7-4"]) {
      place, _, byReset in place == .header && !byReset
    },
    departure("close-in-content-fatal", "A client leaves inside content", with: ["FCGI-7-4"]) { place, _, byReset in
      place == .content && !byReset
    },
    departure("close-in-padding-fatal", "A client leaves inside padding", with: ["FCGI-7-4"]) { place, _, byReset in
      place == .padding && !byReset
    },
    departure("close-after-begin-fatal", "A client leaves after FCGI_BEGIN_REQUEST", with: ["FCGI-7-4"]) {
      $0 == .boundary && $1 == [.begun] && !$2
    },
    departure("close-in-params-fatal", "A client leaves before PARAMS have ended") {
      $0 == .boundary && $1 == [.params] && !$2
    },
    departure("close-after-params-fatal", "A client leaves between PARAMS and the body") {
      $0 == .boundary && $1 == [.paramsEnded] && !$2
    },
    departure("close-in-body-fatal", "A client leaves in the middle of a body") {
      $0 == .boundary && $1 == [.body] && !$2
    },
    departure("reset-in-params-fatal", "A client resets its connection before PARAMS have ended") {
      $0 == .boundary && $1 == [.params] && $2
    },
    departure("reset-in-body-fatal", "A client resets its connection in the middle of a body") {
      $0 == .boundary && $1 == [.body] && $2
    },
    departure("close-in-output-fatal", "A client leaves while output streams") {
      $0 == .boundary && $1 == [.paused(hasOutput: true)] && !$2
    },
    departure("reset-in-output-fatal", "A client resets its connection while output streams", with: ["FCGI-7-4"]) {
      $0 == .boundary && $1 == [.output] && $2
    },
    departure("close-in-silence-fatal", "A client leaves while the application computes") {
      $0 == .boundary && $1 == [.paused(hasOutput: false)] && !$2
    },
    departure("close-with-two-requests-fatal", "A client leaves with two requests") {
      $0 == .boundary && $1.count == 2 && !$2
    },
  ]

  /// Faults in bearing what a client sends, and what becomes of its requests.
  static let harms: [ResponderFault] = [
    fatal("foreign-bytes-fatal", "FCGI-7-4", "Bytes come that are no FastCGI", with: ["FCGI-3.5-4"]) {
      if case .noRecord = $0 { true } else { false }
    },
    fatal("cut-pair-fatal", "FCGI-7-4", "PARAMS end inside a pair", with: ["FCGI-3.4-7"]) {
      if case .parameters(let content, _) = $0 { PairReader(content).isCut } else { false }
    },
    fatal("huge-length-fatal", "FCGI-7-4", "A pair claims more than a gigabyte", with: ["FCGI-3.4-7"]) {
      if case .parameters(let content, _) = $0 { content.contains([0xFF, 0xFF, 0xFF, 0xFF]) } else { false }
    },
    fatal(
      "rejection-fatal", "FCGI-3.5-4", "A request is rejected",
      with: ["FCGI-5.1-2", "FCGI-5.5-7", "FCGI-7-4", "FCGI-5.5-6"]
    ) {
      if case .rejected = $0 { true } else { false }
    },
    fatal(
      "status-one-fatal", "FCGI-3.5-4", "A request ends with application status 1",
      with: ["FCGI-6.2-10", "FCGI-7-4", "FCGI-5.4-2", "FCGI-5.3-1", "FCGI-6.1-14"]
    ) {
      $0.isEnd(status: 1)
    },
    fatal("crash-fatal", "FCGI-3.5-4", "An application ends abnormally", with: ["FCGI-3.3-12", "FCGI-7-4"]) {
      $0.isEnd(status: FastCGIResponder.crashedStatus)
    },
    length("length-of-letters-fatal", "CONTENT_LENGTH has letters in it") { $0.utf8.contains { $0 >= 0x61 } },
    length("length-below-zero-fatal", "CONTENT_LENGTH is negative") { $0.hasPrefix("-") },
    length("length-above-64-bits-fatal", "CONTENT_LENGTH exceeds 64 bits") { $0.utf8.count > 19 },
    harmful("abort-with-content-fatal", "FCGI_ABORT_REQUEST has content", with: ["FCGI-5.4-2"]) { header, _, _, _ in
      header.type == .abortRequest && header.contentLength > 0
    },
    harmful("abort-without-id-fatal", "FCGI_ABORT_REQUEST has ID 0", with: ["FCGI-3.3-19"]) { header, _, _, _ in
      header.type == .abortRequest && header.requestID == 0
    },
    harmful("begin-without-id-fatal", "FCGI_BEGIN_REQUEST has ID 0", with: ["FCGI-3.3-19"]) { header, _, _, _ in
      header.type == .beginRequest && header.requestID == 0
    },
    harmful("params-without-id-fatal", "PARAMS have ID 0", with: ["FCGI-3.3-15", "FCGI-3.3-19"]) { header, _, _, _ in
      header.type == .params && header.requestID == 0
    },
    harmful("input-without-id-fatal", "An input or a result has ID 0", with: ["FCGI-3.3-19"]) { header, _, _, _ in
      header.requestID == 0 && [.stdin, .data, .getValuesResult, .unknownType].contains(header.type)
    },
    harmful("data-before-input-ends-fatal", "FCGI_DATA come before STDIN", with: ["FCGI-6.4-1"]) {
      header, _, request, role in header.type == .data && role == .filter && request == .paramsEnded
    },
    harmful("question-with-id-fatal", "FCGI_GET_VALUES has an ID", with: ["FCGI-3.3-19"]) { header, _, _, _ in
      header.type == .getValues && header.requestID != 0
    },
    harmful("cut-question-fatal", "FCGI_GET_VALUES ends inside a pair", with: ["FCGI-3.4-7"]) { header, content, _, _ in
      header.type == .getValues && PairReader(content).isCut
    },
    harmful("short-begin-fatal", "FCGI_BEGIN_REQUEST has less than 8 bytes", with: ["FCGI-5.1-2"]) { header, _, _, _ in
      header.type == .beginRequest && 1..<8 ~= header.contentLength
    },
    harmful("empty-begin-fatal", "FCGI_BEGIN_REQUEST has no content", with: ["FCGI-5.1-2"]) { header, _, _, _ in
      header.type == .beginRequest && header.contentLength == 0
    },
    harmful("long-begin-fatal", "FCGI_BEGIN_REQUEST has more than 8 bytes", with: ["FCGI-5.1-2"]) { header, _, _, _ in
      header.type == .beginRequest && header.contentLength > 8
    },
    harmful("own-records-fatal", "A record comes that only applications send", with: ["FCGI-A-1"]) { header, _, _, _ in
      [FastCGIRecordType.stdout, .stderr, .endRequest].contains(header.type)
    },
    harmful("undefined-type-fatal", "A record of an unknown type has an ID", with: ["FCGI-3.3-4"]) { header, _, _, _ in
      !header.type.isDefined && header.requestID != 0
    },
    harmful("body-before-params-end-fatal", "STDIN comes before PARAMS have ended", with: ["FCGI-6.1-8"]) {
      header, _, request, _ in header.type == .stdin && request == .params
    },
    harmful("body-after-its-end-fatal", "STDIN comes after its end", with: ["FCGI-3.3-23", "FCGI-3.3-12"]) {
      header, _, request, _ in
      header.type == .stdin && header.contentLength > 0 && (request == .output || request == .paused(hasOutput: false))
    },
    harmful("params-after-their-end-fatal", "PARAMS come after their end", with: ["FCGI-3.3-23"]) {
      header, _, request, _ in
      header.type == .params && request != .begun && request != .params && request != nil
    },
    harmful("data-for-responder-fatal", "FCGI_DATA come for a responder", with: ["FCGI-5.1-3"]) { header, _, _, role in
      header.type == .data && role == .responder
    },
  ]
}
