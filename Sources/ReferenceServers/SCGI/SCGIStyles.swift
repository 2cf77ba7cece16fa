// The ways in which the reference SCGI server is right.

extension SCGIStyle {
  /// Every style, the ordinary one first.
  package static let all = [
    SCGIStyle("standard", "A Status field always; what is no request is closed without a word."),
    SCGIStyle("minimal", "No Status field for status 200, lines that end with LF.") {
      $0.heads = { _, head in if head.code == 200 { head.code = nil } }
      $0.writes = { _, bytes in bytes.removeAll { $0 == 0x0D } }
    },
    SCGIStyle("chatty", "Fields of HTTP and extension fields besides, one of them empty.") {
      $0.heads = { _, head in
        guard head.code != nil, !head.isCut else { return }
        head.append("Cache-Control", "no-store")
        head.append("X-Powered-By", "gatespec: the reference")
        head.append("X-Empty", "")
      }
    },
    SCGIStyle("answers-errors", "What is no request is answered 400.") {
      $0.malformed = .answers
      $0.cut = .answers
    },
    SCGIStyle(
      "lenient", "Whatever can be read is served.",
      declines: [
        "SCGI-6", "SCGI-7", "SCGI-9", "SCGI-10", "SCGI-11", "SCGI-13", "SCGI-14", "SCGI-19", "SCGI-20", "SCGI-21",
        "SCGI-22",
      ]
    ) {
      $0.scgi.takesLeadingZeros = true
      $0.scgi.takesSignsAndSpaces = true
      $0.scgi.takesAnyEnd = true
      $0.scgi.takesUnterminated = true
      $0.scgi.dropsLoneName = true
      $0.scgi.takesNoLength = true
      $0.scgi.takesLateLength = true
      $0.scgi.takesEmptyLength = true
      $0.scgi.takesAnyVersion = true
      $0.scgi.takesSameNames = true
      $0.scgi.takesEmptyNames = true
    },
    SCGIStyle("late", "Every answer comes after 300 ms.") { $0.pauseMilliseconds = 300 },
    SCGIStyle("single-bytes", "The first 2 000 bytes are sent one by one.") { $0.singleByteCount = 2_000 },
    SCGIStyle("one-at-a-time", "One connection is served at a time.") { $0.connectionLimit = 1 },
  ]
}
