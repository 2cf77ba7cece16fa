// The faults of conditional requests and of ranges. One entry each; what an entry changes is HTTPPolicy's.

internal import WireBytes

extension HTTPFault {
  /// Faults in preconditions.
  static let conditions: [HTTPFault] = [
    .neglecting(
      "if-none-match-ignored", "H-9110-13.1.2-2", "If-None-Match is not heeded.",
      with: ["H-9110-13.1.2-1", "H-9110-13.1.3-1", "H-9110-13.2.2-1"], .ifNoneMatch),
    HTTPFault(
      "if-none-match-strong", "H-9110-13.1.2-2", "A weak tag in If-None-Match matches nothing.",
      with: ["H-9110-13.1.2-1", "H-9110-13.1.3-1", "H-9110-13.1.1-1", "H-9110-14.2-3"]
    ) {
      $0.hasWeakTags = true
      $0.neglects.insert(.weakComparison)
    },
    .neglecting(
      "any-tag-unknown", "H-9110-13.1.2-2", "If-None-Match: * matches nothing.",
      with: ["H-9110-13.1.1-1", "H-9110-13.1.1-2", "H-9110-13.1.4-1", "H-9110-13.2.2-1"], .anyTag),
    .neglecting(
      "not-modified-is-412", "H-9110-13.1.2-2", "If-None-Match that matches is answered 412 for GET.",
      with: ["H-9110-13.1.3-3", "H-9110-13.1.2-1", "H-9110-13.1.3-1", "H-9110-13.2.2-1"], .notModified),
    .deciding(
      "any-tag-matches", "H-9110-13.1.2-2", "If-None-Match with whatever tag is answered 304.",
      with: ["H-9110-13.1.3-1", "H-9110-5.6.1.2-1"]
    ) {
      guard $0.hasMethod("GET") || $0.isHEAD, $1.code == 200, !$0.values("if-none-match").isEmpty else { return }
      $1 = HTTPAnswer(ProbeHead(code: 304, reason: "Not Modified"))
    },
    .deciding("equal-date-is-modified", "H-9110-13.2.2-1", "If-Unmodified-Since of the page's own date fails.") {
      guard let date = $0.values("if-unmodified-since").first else { return }
      let isOwn = $1.head.fields.contains { $0.name == "Last-Modified" && $0.value == date }
      if isOwn { $1 = .refusal(412) }
    },
    HTTPFault("conditions-of-trace", "H-9110-13.2.1-3", "If-None-Match counts for TRACE.") {
      $0.allowed.append("TRACE")
      $0.decides = { if $0.hasMethod("TRACE"), !$0.values("if-none-match").isEmpty { $1 = .refusal(412) } }
    },
    .neglecting(
      "if-match-ignored", "H-9110-13.1.1-2", "If-Match is not heeded.", with: ["H-9110-13.1.1-1", "H-9110-13.2.2-1"],
      .ifMatch),
    .neglecting(
      "if-modified-since-ignored", "H-9110-13.1.3-3", "If-Modified-Since is not heeded.",
      with: ["H-9110-5.6.7-1"], .ifModifiedSince),
    .neglecting(
      "if-modified-since-beside-tag", "H-9110-13.1.3-1", "If-Modified-Since counts beside If-None-Match.",
      with: ["H-9110-13.2.2-1"], .precedenceOfTags),
    .neglecting(
      "if-modified-since-for-post", "H-9110-13.1.3-2", "If-Modified-Since counts for POST.",
      .datesOfGETOnly),
    .neglecting(
      "no-date-counts", "H-9110-13.1.3-2", "A date that is none counts as one.",
      with: ["H-9110-13.1.4-1"], .invalidDates),
    .neglecting(
      "old-dates-unknown", "H-9110-5.6.7-1", "Only one form of a date is known.",
      with: ["H-9110-13.1.3-3", "H-9110-5.6.7-4"], .oldDates),
    .neglecting(
      "short-years-ahead", "H-9110-5.6.7-4", "A two-digit year is of this century.",
      with: ["H-9110-5.6.7-1"], .datesOfTheFuture),
    .neglecting(
      "if-unmodified-since-ignored", "H-9110-13.1.4-2", "If-Unmodified-Since is not heeded.", with: ["H-9110-13.2.2-1"],
      .ifUnmodifiedSince),
    .neglecting(
      "if-unmodified-since-beside-tag", "H-9110-13.1.4-1", "If-Unmodified-Since counts beside If-Match.",
      with: ["H-9110-13.2.2-1"], .precedenceOfMatch),
    .neglecting(
      "conditions-of-missing-pages", "H-9110-13.2.1-1", "Conditions count for a page that is not there.",
      .conditionsOfErrors),
    .neglecting("conditions-of-options", "H-9110-13.2.1-3", "Conditions count for OPTIONS.", .conditionsOfOPTIONS),
    .deciding("not-modified-without-tag", "H-9110-15.4.5-1", "304 has no ETag.") {
      if $1.code == 304 { $1.remove("ETag") }
    },
    .deciding(
      "not-modified-with-metadata", "H-9110-15.4.5-2", "304 has a Content-Type and a Content-Language.",
      with: ["H-9110-5.3-3"]
    ) {
      guard $1.code == 304 else { return }
      $1.head.append("Content-Type", "text/plain")
      $1.head.append("Content-Language", "en")
    },
    .answering(
      "not-modified-length-zero", "H-9110-8.6-3", "304 says that its length is 0.",
      with: ["H-9110-15.4.5-2"]
    ) { if $1.code == 304 { $1.head.append("Content-Length", "0") } },
    .writing(
      "not-modified-with-body", "H1-9112-6.3-1", "304 has a body.",
      with: ["H-9110-15.4.5-3", "H-9110-6.4.1-1", "H-9110-9.3.2-1"]
    ) { _, answer, body in
      if answer.code == 304 { body = Array("not modified\n".utf8) }
    },
  ]

  /// Faults in ranges.
  static let ranges: [HTTPFault] = [
    .neglecting("range-of-head", "H-9110-14.2-1", "A range of HEAD is answered 206.", .rangesOfGETOnly),
    .neglecting("range-of-post", "H-9110-14.2-1", "A range of POST is answered 206.", .rangesOfPOST),
    .neglecting("any-range-unit", "H-9110-14.2-2", "A range in a unit that is not known is one of bytes.", .rangeUnits),
    .neglecting(
      "open-range-ignored", "H-9110-14.2-3", "A range without an end is not heeded.", with: ["H-9110-14.2-4"],
      .openRanges),
    .neglecting("last-bytes-ignored", "H-9110-14.2-3", "A range of the last bytes is not heeded.", .suffixRanges),
    .neglecting(
      "long-range-refused", "H-9110-14.2-3", "A range that ends behind the page is answered 416.",
      with: ["H-9110-14.2-4", "H-9110-14.1.2-1", "H-9110-15.3.7.1-1"], .longRanges),
    .neglecting(
      "positions-of-32-bits", "H-9110-14.1.2-1", "Positions are taken modulo 2^32.",
      with: ["H-9110-14.2-4"], .largePositions),
    .neglecting(
      "missing-range-is-whole", "H-9110-15.3.7.1-1", "A range that is not there is answered 206 with the page.",
      with: ["H-9110-14.2-4", "H-9110-14.1.2-1"], .unsatisfiable),
    .neglecting("if-range-ignored", "H-9110-13.1.5-2", "If-Range is not heeded.", .ifRange),
    .neglecting("if-range-later-date", "H-9110-13.1.5-2", "Any later date in If-Range matches.", .exactRangeDates),
    HTTPFault("if-range-needs-range", "H-9110-13.1.5-1", "If-Range without Range is answered 400.") {
      $0.refusesHead = { !$0.values("if-range").isEmpty && $0.values("range").isEmpty ? 400 : nil }
    },
    .deciding("part-without-place", "H-9110-15.3.7.1-1", "206 does not say which part it is.") {
      if $1.code == 206 { $1.remove("Content-Range") }
    },
    .deciding("part-at-another-place", "H-9110-15.3.7.1-1", "206 has the bytes behind those that it names.") {
      request, answer in
      guard answer.code == 206, answer.has("Content-Range") else { return }
      answer.body = answer.body.map { $0 &+ 1 }
    },
    .deciding("part-too-long", "H-9110-15.3.7.1-1", "206 has one byte more than it names.", with: ["H-9110-14.1.2-1"]) {
      if $1.code == 206, $1.has("Content-Range") { $1.body.append(0x21) }
    },
    .deciding("part-without-tag", "H-9110-15.3.7-1", "206 has no ETag.") {
      if $1.code == 206 { $1.remove("ETag") }
    },
    .deciding(
      "parts-without-boundary", "H-9110-15.3.7.2-1", "The type of several parts does not name their boundary.",
      with: ["H-9110-15.3.7.1-1"]
    ) {
      if $1.code == 206, !$1.has("Content-Range") { $1.set("Content-Type", "multipart/byteranges") }
    },
    .deciding(
      "parts-with-one-place", "H-9110-15.3.7.2-2", "Several parts have a Content-Range for all.",
      with: ["H-9110-15.3.7.2-3"]
    ) {
      if $1.code == 206, !$1.has("Content-Range") { $1.head.append("Content-Range", "bytes 0-9/100") }
    },
    .deciding("parts-without-place", "H-9110-15.3.7.2-3", "Of several parts none says which it is.") { _, answer in
      guard answer.code == 206, !answer.has("Content-Range") else { return }
      answer.body.replace(Array("Content-Range: bytes ".utf8), with: Array("X-Range:".utf8))
    },
    .deciding(
      "one-part-as-many", "H-9110-15.3.7.2-4", "One part is sent as several.",
      with: ["H-9110-15.3.7.1-1", "H-9110-14.1.2-1", "H-9110-15.3.7-1"]
    ) { request, answer in
      guard answer.code == 206, let range = answer.head.fields.first(where: { $0.name == "Content-Range" }) else {
        return
      }
      let head = Array("--part\r\nContent-Range: ".utf8) + range.value + Array("\r\n\r\n".utf8)
      answer.body = head + answer.body + Array("\r\n--part--\r\n".utf8)
      answer.remove("Content-Range")
      answer.set("Content-Type", "multipart/byteranges; boundary=part")
    },
    .deciding(
      "missing-range-without-length", "H-9110-15.5.17-1", "416 does not say how long the page is.",
      with: ["H-9110-14.4-2"]
    ) { if $1.code == 416 { $1.remove("Content-Range") } },
    HTTPFault("range-in-request-refused", "H-9110-14.4-1", "Content-Range of a GET is answered 400.") {
      $0.refusesHead = { $0.hasMethod("GET") && !$0.values("content-range").isEmpty ? 400 : nil }
    },
    HTTPFault(
      "spaced-ranges-refused", "H-9110-5.6.1.2-1", "White space in a list of ranges is answered 416.",
      with: ["H-9110-15.5.17-1"]
    ) {
      $0.decides = { request, answer in
        if request.values("range").contains(where: { $0.contains(ASCII.space) }) { answer = .refusal(416) }
      }
    },
    .deciding(
      "overlapping-parts-joined", "H-9110-15.3.7.2-1", "Of ranges that overlap the bytes come, and no more.",
      with: ["H-9110-15.3.7.1-1", "H-9110-17.5-1"]
    ) {
      guard $0.values("range").contains(where: { $0.filter { $0 == 0x2C }.count > 1 }), $1.code == 200 else { return }
      $1 = HTTPAnswer(206, "Partial Content", "abc")
    },
  ]
}
