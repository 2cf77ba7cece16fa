// The ways in which the reference uwsgi server is right.

extension UWSGIStyle {
  /// Every style, the ordinary one first.
  package static let all = [
    UWSGIStyle("standard", "HTTP/1.1, a body that the close ends; what is no request is closed without a word."),
    UWSGIStyle("old", "Answers of HTTP/1.0; it knows neither pings nor echoes.") {
      $0.writes = { _, bytes in bytes.replaceSubrange(0..<8, with: Array("HTTP/1.0".utf8)) }
      $0.uwsgi.answersPings = false
    },
    UWSGIStyle("with-length", "Every body with its length, and Connection: close.") {
      $0.answers = { variables, steps in if !variables.has("REQUEST_METHOD", "HEAD") { steps.declareLength() } }
      $0.heads = { _, head in if !head.isCut { head.append("Connection", "close") } }
    },
    UWSGIStyle("strict", "A second modifier other than 0 is none of a request; all else is answered 400.") {
      $0.uwsgi.ignoresSecondModifier = false
      $0.malformed = .answers
      $0.cut = .answers
    },
    UWSGIStyle(
      "small-buffer", "Blocks of more than 4 096 bytes are answered 400.", declines: ["CGI-9.6-2", "H-9110-15.4-1"]
    ) {
      $0.uwsgi.blockByteLimit = 4_096
      $0.malformed = .answers
    },
    UWSGIStyle("late", "Every answer comes after 300 ms.") { $0.pauseMilliseconds = 300 },
    UWSGIStyle("single-bytes", "The first 2 000 bytes are sent one by one.") { $0.singleByteCount = 2_000 },
    UWSGIStyle("one-at-a-time", "One connection is served at a time.") { $0.connectionLimit = 1 },
  ]
}

extension [ProbeStep] {
  /// Says in the head how long the body is, where it is known.
  fileprivate mutating func declareLength() {
    var count: UInt64 = 0
    for step in self {
      switch step {
      case .output(let content): count += content.byteCount
      case .parts, .crash: return
      default: break
      }
    }
    changeHead { head in
      guard let code = head.code, code >= 200, code != 204, code != 304 else { return }
      if !head.fields.contains(where: { $0.name == "Content-Length" }) { head.append("Content-Length", "\(count)") }
    }
  }
}
