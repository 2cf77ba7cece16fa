// Faults of a middleware in what becomes of a request and of an answer on their way through: bodies, cookies, exceptions,
// close(). What it is as a server to the application below stands beside this file.

import WSGIWire

extension WSGIFault {
  /// Faults in what goes through.
  static let middlewareAnswers: [WSGIFault] = passages + exceptions + closings

  /// The request's body as the application below reads it, which sends it back.
  private static func body(
    _ name: String, _ summary: String, _ change: @escaping @Sendable (WSGIAsked, [UInt8]) -> [UInt8]
  ) -> WSGIFault {
    told(name, "WSGI-4", summary) { asked, frames in
      guard asked.offers["inner"] == "echo" else { return }
      let read = change(asked, asked.read)
      frames.change("inner-body") { $0.set("bytes", "\(read.count)") }
      frames.change("item") { $0.payload = read }
      for index in frames.indices where frames[index].statement.word(0).elementsEqual("Content-Length".utf8) {
        frames[index].set(word: 1, "\(read.count)")
      }
    }
  }

  private static let passages: [WSGIFault] = [
    body("loses-bodies", "It reads the request's body itself and leaves none.") { _, _ in [] },
    body("reads-once", "It keeps what one read of the body gives, and passes that on.") { asked, body in
      asked.number("short-reads").map { Array(body.prefix($0)) } ?? body
    },
    told("keeps-one-cookie", "WSGI-4", "Of two headers of one name the last is kept, as in a dict.") { _, frames in
      let cookies = frames.indices.filter { frames[$0].statement.word(0).elementsEqual("Set-Cookie".utf8) }
      for index in cookies.dropLast().reversed() { frames.remove(at: index) }
    },
    told("mixes-answers", "WSGI-2", "Where an answer comes in parts, it is kept on the middleware itself.") {
      asked, frames in
      if asked.offers["inner"] == "parts" { frames.change("beside") { $0.set("different", "3") } }
    },
  ]

  /// An exception of its own in the call, where `isMet` says so.
  private static func raises(
    _ name: String, _ summary: String, type: String = "KeyError",
    where isMet: @escaping @Sendable (WSGIAsked) -> Bool
  ) -> WSGIFault {
    told(name, "WSGI-115", summary) { asked, frames in
      guard isMet(asked) else { return }
      let raised = WSGIFrame(
        "raised", [], [("within", "call"), ("type", type), ("at", "mw.py:4"), ("message", "it")])
      frames = frames.filter { $0.kind == "called" } + [raised, WSGIFrame("done")]
    }
  }

  private static let exceptions: [WSGIFault] = [
    raises("raises-on-head", "An exception of its own for HEAD.", type: "ValueError") { $0.isHead },
    raises("needs-a-body", "An exception of its own where CONTENT_LENGTH is 0.", type: "IndexError") {
      $0.declared == 0
    },
    raises("needs-remote-address", "An exception of its own where REMOTE_ADDR is missing.") {
      $0.variables.value(of: "REMOTE_ADDR") == nil
    },
    raises("needs-http", "An exception of its own for https.") { $0.offers["scheme"] == "https" },
    told("counts-to-64", "WSGI-115", "An exception of its own after 64 items.") { _, frames in
      let items = frames.indices.filter { frames[$0].kind == "item" }
      guard items.count > 64 else { return }
      let raised = WSGIFrame(
        "raised", [], [("within", "iteration"), ("type", "RecursionError"), ("at", "mw.py:9"), ("message", "depth")])
      frames = frames[..<items[64]] + [raised, WSGIFrame("inner-closed"), WSGIFrame("closed"), WSGIFrame("done")]
    },
    told("hides-early-errors", "WSGI-4", "An exception of the application below becomes an empty page.") {
      asked, frames in
      guard asked.offers["inner"] == "raise-early" else { return }
      frames.drop("raised", "done")
      frames += [
        WSGIFrame(
          "started", [], [("arguments", "2"), ("status-type", "str"), ("headers-type", "list"), ("at", "mw.py:11")]),
        WSGIFrame("status", ["200 OK"]), WSGIFrame("field", ["Content-Type", "text/plain"]),
        WSGIFrame("returned", [], [("type", "list"), ("length", "0"), ("at", "mw.py:12")]), WSGIFrame("ended"),
        WSGIFrame("sent"), WSGIFrame("done"),
      ]
    },
    passing("hides-late-errors", "WSGI-4", "An exception in the middle of the body looks like its end.") {
      $0.passesExceptions = false
    },
  ]

  private static let closings: [WSGIFault] = [
    told("closes-once", "WSGI-115", "close() raises an exception when it is called again.") { asked, frames in
      guard asked.has("close-twice"), frames.has("closed") else { return }
      let raised = WSGIFrame(
        "raised", [], [("within", "close"), ("type", "AttributeError"), ("at", "mw.py:15"), ("message", "result")])
      frames.put([raised], before: "done")
    },
    told("needs-a-first-item", "WSGI-27", "close() raises an exception where no item was asked for.") { asked, frames in
      guard asked.number("stop-after") == 0 else { return }
      let raised = WSGIFrame(
        "raised", [], [("within", "close"), ("type", "AttributeError"), ("at", "mw.py:15"), ("message", "items")])
      frames.put([raised], before: "done")
    },
    told("closes-before-the-last-item", "WSGI-24", "close() is called below before the last item is given.") {
      asked, frames in
      guard asked.offers["inner"] == "close-raises", let last = frames.lastIndex(where: { $0.kind == "item" }) else {
        return
      }
      let raised = WSGIFrame(
        "raised", [], [("within", "iteration"), ("type", "inner.Late"), ("at", "mw.py:13"), ("message", "close")])
      frames = frames[..<last] + [WSGIFrame("inner-closed"), raised, WSGIFrame("done")]
    },
  ]
}
