// Faults in when an application raises an exception, ends its process or remembers what it should not; and what it answers
// with: lengths, bodies of responses that have none.

import WSGIWire

extension WSGIFault {
  static let lives: [WSGIFault] = raising + calling + lengths

  /// An exception in the call, where `isMet` says so.
  private static func raises(
    _ name: String, _ summary: String, type: String = "KeyError", with fallsWith: [String] = [],
    where isMet: @escaping @Sendable (WSGIAsked) -> Bool
  ) -> WSGIFault {
    WSGIFault(name, "WSGI-115", summary, with: answer + fallsWith) { asked, frames in
      guard isMet(asked) else { return }
      let raised = WSGIFrame(
        "raised", [], [("within", "call"), ("type", type), ("at", "app.py:6"), ("message", "it")])
      frames = frames.filter { $0.kind == "called" } + [raised, WSGIFrame("done")]
    }
  }

  private static func lacks(_ name: String, _ variable: String) -> WSGIFault {
    raises(name, "An exception where \(variable) is missing.") { $0.variables.value(of: variable) == nil }
  }

  private static let raising: [WSGIFault] = [
    raises("raises", "An exception whatever is asked.") { _ in true },
    raises(
      "raises-on-post", "An exception for a request with a body.",
      with: [
        "CGI-4.1-5", "CGI-4.2-2", "CGI-4.2-4", "CGI-4.3.2-2", "CGI-6.1-2", "H-9110-8.3-2", "H-9110-8.4-1",
        "H-9110-15.4-1",
      ]
    ) { !$0.body.isEmpty },
    raises("raises-on-head", "An exception for HEAD.", with: ["H-9110-9.3.2-1"]) { $0.isHead },
    raises(
      "raises-on-other-methods", "An exception for methods that it does not know.", with: ["CGI-4.2-4", "CGI-6.1-2"]
    ) { asked in
      !["GET", "HEAD", "POST"].contains { asked.variables.has("REQUEST_METHOD", $0) }
    },
    lacks("needs-query", "QUERY_STRING"), lacks("needs-path", "PATH_INFO"), lacks("needs-script-name", "SCRIPT_NAME"),
    lacks("needs-host", "HTTP_HOST"), lacks("needs-remote-address", "REMOTE_ADDR"),
    lacks("needs-software", "SERVER_SOFTWARE"),
    raises("needs-length", "An exception where CONTENT_LENGTH of POST is missing.") {
      $0.variables.has("REQUEST_METHOD", "POST") && $0.variables.value(of: "CONTENT_LENGTH") == nil
    },
    raises("needs-a-number-for-a-length", "An exception where CONTENT_LENGTH is empty.", type: "ValueError") {
      $0.variables.value(of: "CONTENT_LENGTH") == []
    },
    raises(
      "needs-utf-8", "An exception where a path is no UTF-8.", type: "UnicodeDecodeError", with: ["CGI-7.2-1"]
    ) {
      $0.variables.value(of: "PATH_INFO").map { String(validating: $0, as: UTF8.self) == nil } ?? false
    },
    raises("needs-file-wrapper", "An exception where wsgi.file_wrapper is not offered.") { !$0.has("file-wrapper") },
    raises("needs-threads", "An exception where the server has no threads.", type: "RuntimeError") {
      $0.offers["threads"] == "no"
    },
    raises("needs-http", "An exception for https.", type: "ValueError") { $0.offers["scheme"] == "https" },
    raises("needs-strings", "An exception where environ has entries of other types.", type: "AttributeError") {
      $0.has("extensions")
    },
    raises("needs-whole-reads", "An exception where a read gives less than was asked for.", type: "ValueError") {
      $0.number("short-reads") != nil && !$0.read.isEmpty
    },
    raises("exits", "sys.exit() is called.", type: "SystemExit") { _ in true },
    WSGIFault("raises-in-the-iteration", "WSGI-115", "An exception when the first item is asked for.", with: answer) {
      _, frames in
      let raised = WSGIFrame(
        "raised", [], [("within", "iteration"), ("type", "ValueError"), ("at", "app.py:18"), ("message", "it")])
      frames.drop("sent", "item", "closed", "done", "stopped", "ended")
      frames += [raised, WSGIFrame("done")]
    },
    WSGIFault("raises-after-the-first-item", "WSGI-115", "An exception after the first item.", with: answer) {
      _, frames in
      guard frames.has("ended"), frames.has("item") else { return }
      frames.drop("ended", "closed", "done")
      frames += [
        WSGIFrame(
          "raised", [], [("within", "iteration"), ("type", "ValueError"), ("at", "app.py:18"), ("message", "it")]),
        WSGIFrame("done"),
      ]
    },
    WSGIFault("raises-in-close", "WSGI-115", "An exception in close().", with: ["WSGI-27"] + answer) { _, frames in
      frames.drop("closed")
      let raised = WSGIFrame(
        "raised", [], [("within", "close"), ("type", "ValueError"), ("at", "app.py:22"), ("message", "it")])
      frames.put([raised], before: "done")
    },
    WSGIFault("raises-where-closed-early", "WSGI-27", "close() raises an exception before the end.") { _, frames in
      guard frames.has("stopped") else { return }
      let raised = WSGIFrame(
        "raised", [], [("within", "close"), ("type", "RuntimeError"), ("at", "app.py:22"), ("message", "not read")])
      frames.put([raised], before: "done")
    },
  ]

  private static let calling: [WSGIFault] = [
    WSGIFault("takes-three-arguments", "WSGI-7", "It takes three arguments, as one for ASGI.", with: answer) {
      _, frames in
      let raised = WSGIFrame(
        "raised", [],
        [("within", "call"), ("type", "TypeError"), ("message", "missing 1 required positional argument")])
      frames = frames.filter { $0.kind == "called" } + [raised, WSGIFrame("done")]
    },
    WSGIFault("dies", "WSGI-18", "Its process ends.", with: answer) { _, frames in
      frames = frames.filter { $0.kind == "called" }
    },
    WSGIFault("dies-after-the-head", "WSGI-18", "Its process ends when the headers are there.", with: answer) {
      _, frames in
      frames.cut(before: "returned", [])
    },
    WSGIFault(
      "dies-on-head-with-body", "WSGI-18", "Its process ends for HEAD with a body.", with: ["H-9110-9.3.2-1"] + answer
    ) { asked, frames in
      if asked.isHead, !asked.body.isEmpty { frames = frames.filter { $0.kind == "called" } }
    },
    WSGIFault(
      "waits-for-what-does-not-come", "WSGI-46", "It never comes back where a body ends early or the client left.",
      with: ["WSGI-116"]
    ) { policy in
      policy.hangs = { asked in ["input-ends", "input-fails", "write-fails"].contains { asked.offers[$0] != nil } }
    },
    WSGIFault("mixes-forms", "WSGI-2", "Forms that are read at the same time get each other's fields.") {
      asked, frames in
      if !asked.body.isEmpty { frames.change("beside") { $0.set("different", "2") } }
    },
    WSGIFault("mixes-heads", "WSGI-2", "Requests with HEAD at the same time get each other's answers.") {
      asked, frames in
      if asked.isHead { frames.change("beside") { $0.set("different", "1") } }
    },
    WSGIFault("mixes-requests", "WSGI-2", "Requests at the same time get each other's answers.") { _, frames in
      frames.change("beside") { $0.set("different", "3") }
    },
    WSGIFault("fails-beside-others", "WSGI-2", "Requests at the same time raise an exception.") { _, frames in
      frames.change("beside") {
        $0.set("different", "7")
        $0.set("raised", "RuntimeError")
      }
    },
  ]

  private static func length(
    _ name: String, _ summary: String, _ violates: String = "H-9110-8.6-10",
    _ text: @escaping @Sendable (Int) -> [String]
  ) -> WSGIFault {
    WSGIFault(name, violates, summary, with: ["H-9110-8.6-10", "H-9110-8.6-11"]) { asked, frames in
      guard !asked.isHead, frames.has("item") else { return }
      let count = frames.filter { $0.kind == "item" }.reduce(0) { $0 + ($1.payload?.count ?? 0) }
      for value in text(count) { frames.addField("Content-Length", value) }
    }
  }

  private static let lengths: [WSGIFault] = [
    length("declares-one-too-few", "Content-Length says a byte less than comes.") { ["\($0 - 1)"] },
    length("declares-one-too-many", "Content-Length says a byte more than comes.") { ["\($0 + 1)"] },
    length("length-no-number", "Content-Length is no number.", "H-9110-8.6-11") { _ in ["many"] },
    length("length-negative", "Content-Length is negative.", "H-9110-8.6-11") { ["-\($0)"] },
    length("length-twice", "Content-Length stands twice.", "H-9110-8.6-11") { ["\($0)", "\($0)"] },
    WSGIFault("body-of-204", "H-9110-15.3.5-1", "A response 204 has a body.") { _, frames in
      giveBody(to: "204", &frames)
    },
    WSGIFault("body-of-304", "H-9110-15.4.5-3", "A response 304 has a body.") { _, frames in
      giveBody(to: "304", &frames)
    },
  ]

  private static func giveBody(to status: String, _ frames: inout [WSGIFrame]) {
    guard frames.contains(where: { $0.kind == "status" && $0.statement.word(0).starts(with: status.utf8) }) else {
      return
    }
    frames.changeFirst("returned") { $0.set("length", "1") }
    frames.put(
      [WSGIFrame("item", [], [("type", "bytes"), ("at", "app.py:30")], payload: Array("none\n".utf8))], before: "ended")
  }
}
