// Faults of a middleware: as the server that it is to the application below, and as the application that it is above.

extension WSGIFault {
  /// What a middleware does to the answer shows in what comes out.
  private static let passage =
    answer + [
      "WSGI-4", "WSGI-24", "WSGI-25", "WSGI-26", "WSGI-99", "WSGI-101", "WSGI-103", "WSGI-104", "WSGI-109", "WSGI-16",
      "WSGI-85", "WSGI-86", "WSGI-88", "WSGI-115", "WSGI-17", "WSGI-110", "WSGI-18", "WSGI-28", "WSGI-89", "WSGI-102",
      "WSGI-118",
    ]

  static func passing(
    _ name: String, _ violates: String, _ summary: String,
    _ change: @escaping @Sendable (inout WSGIMiddlewarePolicy) -> Void
  ) -> WSGIFault {
    WSGIFault("mw-\(name)", violates, summary, with: passage) { policy in
      policy.isMiddleware = true
      change(&policy.middleware)
    }
  }

  private static func below(
    _ name: String, _ violates: String, _ summary: String, _ environ: [WSGIFrame]
  ) -> WSGIFault {
    passing(name, violates, summary) { $0.environ = environ }
  }

  private static func calling(
    _ name: String, _ violates: String, _ summary: String, _ fact: String, _ value: String
  ) -> WSGIFault {
    passing(name, violates, summary) { policy in
      policy.calls.removeAll { $0.0 == fact }
      policy.calls.append((fact, value))
    }
  }

  static func told(
    _ name: String, _ violates: String, _ summary: String,
    _ tells: @escaping @Sendable (WSGIAsked, inout [WSGIFrame]) -> Void
  ) -> WSGIFault {
    WSGIFault("mw-\(name)", violates, summary, with: passage) { policy in
      policy.isMiddleware = true
      policy.tells = tells
    }
  }

  private static func missing(_ name: String) -> WSGIFault {
    below(
      "drops-\(name.lowercased().replacing("_", with: "-").replacing(".", with: "-"))", "WSGI-11",
      "environ has no \(name) below.", [WSGIFrame("inner-missing", [name])])
  }

  /// Every fault of a middleware.
  static let middleware: [WSGIFault] = middlewareCalls + middlewareAnswers

  private static let middlewareCalls: [WSGIFault] =
    [
      passing("never-closes", "WSGI-24", "close() of the application below is never called.") {
        ($0.closesAtEnd, $0.closesAfterError, $0.closesEarly) = (false, false, false)
      },
      passing("closes-not-at-the-end", "WSGI-24", "close() is called in trouble only.") { $0.closesAtEnd = false },
      passing("closes-not-after-errors", "WSGI-25", "close() is not called after an exception.") {
        $0.closesAfterError = false
      },
      passing("closes-not-early", "WSGI-26", "close() is called at the end only.") { $0.closesEarly = false },
      passing("gathers-in-the-call", "WSGI-104", "The whole body is read before anything is returned.") {
        $0.passing = .gatheredInCall
      },
      passing("gathers", "WSGI-101", "The whole body is read before anything is given.") { $0.passing = .gathered },
      passing("gathers-pairs", "WSGI-101", "Two items are read for each that is given.") { $0.passing = .pairs },
      passing("writes-items", "WSGI-105", "What is yielded below is given to write().") { $0.passing = .written },
      passing("assumes-start", "WSGI-29", "It takes for granted that start_response was called.") {
        $0.awaitsStart = false
      },
      passing("swallows-error", "WSGI-85", "exc_info is not passed on.") { $0.passesError = false },
      passing("swallows-refusal", "WSGI-86", "What the server's start_response raises is caught.") {
        $0.raisesRefusal = false
      },
      passing("gives-no-write", "WSGI-16", "start_response gives nothing.") { $0.givesWrite = false },
      passing("swallows-writes", "WSGI-16", "What is written below does not come out.") { $0.passesWrites = false },
      passing("calls-twice", "WSGI-3", "The application below is called twice.") { $0.callCount = 2 },
      calling("calls-by-keywords", "WSGI-8", "The application below is called with keywords.", "keywords", "environ"),
      calling("gives-a-subclass", "WSGI-9", "environ is of a subclass of dict.", "environ-type", "mw.Environ"),
      calling("gives-a-mapping", "WSGI-9", "environ is a mapping that is no dict.", "environ-type", "mappingproxy"),
      calling("gives-no-start", "WSGI-16", "What it gives for start_response cannot be called.", "callable", "no"),
      below(
        "makes-the-port-a-number", "WSGI-48", "SERVER_PORT is a number.",
        [WSGIFrame("inner-type", ["SERVER_PORT"], [("type", "int")])]),
      below(
        "makes-the-path-bytes", "WSGI-48", "PATH_INFO is bytes.",
        [WSGIFrame("inner-type", ["PATH_INFO"], [("type", "bytes")])]),
      below(
        "adds-none", "WSGI-48", "REMOTE_USER is None.",
        [WSGIFrame("inner-type", ["REMOTE_USER"], [("type", "NoneType")])]),
      below("decodes-the-path", "WSGI-112", "PATH_INFO is decoded as UTF-8.", [WSGIFrame("inner-wide", ["PATH_INFO"])]),
      below(
        "input-has-read-only", "WSGI-59", "wsgi.input has read() only.",
        ["readline", "readlines", "__iter__"].map { WSGIFrame("inner-without", ["wsgi.input", $0]) }),
      below(
        "input-has-no-lines", "WSGI-59", "wsgi.input has no readlines().",
        [WSGIFrame("inner-without", ["wsgi.input", "readlines"])]),
      below(
        "errors-have-write-only", "WSGI-60", "wsgi.errors has write() only.",
        ["writelines", "flush"].map { WSGIFrame("inner-without", ["wsgi.errors", $0]) }),
      below(
        "errors-have-no-flush", "WSGI-60", "wsgi.errors has no flush().",
        [WSGIFrame("inner-without", ["wsgi.errors", "flush"])]),
      told("adds-connection", "WSGI-78", "It adds Connection.") { $1.addField("Connection", "close") },
      told("adds-a-number", "WSGI-113", "It adds a header whose value is a number.") {
        $1.addField("X-Time", "5", [("value-type", "int")])
      },
      told("adds-text", "WSGI-114", "It adds text to the body.") { _, frames in
        frames.put([WSGIFrame("item", [], [("type", "str"), ("at", "mw.py:20")], payload: [])], before: "ended")
      },
      told("makes-headers-a-tuple", "WSGI-72", "The headers that it passes on are a tuple.") { _, frames in
        frames.change("started") { $0.set("headers-type", "tuple") }
      },
      told("starts-by-keywords", "WSGI-12", "start_response of the server is called with keywords.") { _, frames in
        frames.change("started") { $0.set("keywords", "response_headers,status") }
      },
      told("keeps-the-length", "H-9110-8.6-10", "It changes the body and not Content-Length.") { asked, frames in
        guard asked.offers["inner"] == "length" else { return }
        frames.put([WSGIFrame("item", [], [("type", "bytes")], payload: Array("more\n".utf8))], before: "ended")
      },
      told("adds-to-204", "H-9110-15.3.5-1", "It adds to the body of 204.") { asked, frames in
        guard asked.offers["inner"] == "no-content" else { return }
        frames.put([WSGIFrame("item", [], [("type", "bytes")], payload: Array("more\n".utf8))], before: "ended")
      },
      told("adds-to-304", "H-9110-15.4.5-3", "It adds to the body of 304.") { asked, frames in
        guard asked.offers["inner"] == "not-modified" else { return }
        frames.put([WSGIFrame("item", [], [("type", "bytes")], payload: Array("more\n".utf8))], before: "ended")
      },
      told("closes-input", "WSGI-69", "It closes wsgi.input.") { _, frames in
        frames.put(
          [WSGIFrame("touched", [], [("object", "input"), ("name", "close"), ("at", "mw.py:5")])], before: "called")
      },
      told("raises-itself", "WSGI-115", "An exception of its own.") { _, frames in
        let raised = WSGIFrame(
          "raised", [], [("within", "call"), ("type", "KeyError"), ("at", "mw.py:4"), ("message", "it")])
        frames = frames.filter { $0.kind == "called" } + [raised, WSGIFrame("done")]
      },
      told("reads-past", "WSGI-62", "It reads more than CONTENT_LENGTH says.") { asked, frames in
        guard asked.declared != nil else { return }
        let read = WSGIFrame(
          "read", [], [("how", "read"), ("asked", "65536"), ("got", "5"), ("past", "65531"), ("at", "mw.py:6")])
        frames.put([read], before: "called")
      },
    ]
    + ["REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "wsgi.version", "wsgi.errors", "wsgi.url_scheme"].map(missing)
}
