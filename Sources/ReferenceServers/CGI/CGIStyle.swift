// How the reference CGI program behaves where RFC 3875 leaves a choice.
//
// Everything here is correct behaviour; what is wrong on purpose is CGIPolicy's.

/// The choices of a ``CGIProgram``.
package struct CGIOptions: Hashable, Sendable {
  /// Lines of the head end with a line feed alone (RFC 3875 section 7.2 for UNIX).
  package var lineFeedsAlone = false
  /// A document of status 200 has no Status field.
  package var omitsStatus = false
  /// Documents carry fields of HTTP and extension fields besides.
  package var isChatty = false
  /// Names of fields are in lower case.
  package var lowersNames = false
  /// How long the program waits before it writes.
  package var pauseMilliseconds: UInt64 = 0
  /// So many bytes of output are written one by one.
  package var singleByteCount = 0
  /// The answer is a whole HTTP response (RFC 3875 section 5).
  package var isNonParsed = false

  package init() {}

  /// The name of such a program: one with non-parsed headers is known by it.
  var programName: String { isNonParsed ? "nph-reference" : "reference" }

  /// Gives the head of an answer with a status what the options say.
  func embellish(_ head: inout ProbeHead, _ code: Int) {
    if isChatty {
      head.fields.insert(ProbeHead.Field(name: "X-CGI-Cache", value: Array("no".utf8)), at: 0)
      head.append("Cache-Control", "no-store")
      head.append("X-Powered-By", "gatespec: the reference")
      head.append("X-Empty", "")
      head.append("Link", "</style.css>; rel=preload, </page.js>; rel=preload")
    }
    if lowersNames {
      for index in head.fields.indices { head.fields[index].name = head.fields[index].name.lowercased() }
    }
  }
}

/// A named set of options: one of the ways to be correct.
package struct CGIStyle: SoundStyle {
  package var name: String
  package var summary: String
  package var options = CGIOptions()

  private init(_ name: String, _ summary: String, _ change: (inout CGIOptions) -> Void) {
    self.name = name
    self.summary = summary
    change(&options)
  }

  package static let interface = ProbeInterface.cgi
  package var service: ReferenceService {
    .program(named: options.programName) { [options] in CGIProgram($0, options: options) }
  }

  /// Every style, the ordinary one first.
  package static let all = [
    CGIStyle("cgi-standard", "A Status field always, lines that end with CR LF.") { _ in },
    CGIStyle("cgi-minimal", "No Status field for status 200, lines that end with LF.") {
      $0.omitsStatus = true
      $0.lineFeedsAlone = true
    },
    CGIStyle("cgi-chatty", "Fields of HTTP and extension fields besides, one of them empty.") { $0.isChatty = true },
    CGIStyle("cgi-lower-case", "Names of fields in lower case.") { $0.lowersNames = true },
    CGIStyle("cgi-late", "Every answer comes after 400 ms.") { $0.pauseMilliseconds = 400 },
    CGIStyle("cgi-single-bytes", "The first 2 000 bytes are written one by one.") { $0.singleByteCount = 2_000 },
    CGIStyle("cgi-nph", "Whole HTTP responses, for a program whose name begins with nph-.") { $0.isNonParsed = true },
  ]

  /// The style of that name.
  package static func named(_ name: String) -> CGIStyle? { all.first { $0.name == name } }
}
