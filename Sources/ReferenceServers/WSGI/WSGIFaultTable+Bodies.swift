// Faults in what an application returns, yields and writes, and in how it uses the streams of environ.

import WSGIWire

extension WSGIFault {
  /// Without a body, or with another one, what cases ask of the answer is not there.
  static let answer = [
    "WSGI-7", "WSGI-5", "WSGI-46", "WSGI-18", "WSGI-28", "H-9110-15-1", "WSGI-114", "WSGI-62", "WSGI-2", "WSGI-52",
    "WSGI-21", "H-9110-8.6-10", "WSGI-27", "WSGI-10", "WSGI-115", "WSGI-124", "WSGI-133",
  ]

  /// What the cases of every interface cite besides, where no answer can be read.
  static let everyAnswer =
    answer + [
      "CGI-4.1-3", "CGI-4.1-5", "CGI-4.1.7-1", "CGI-4.2-2", "CGI-4.2-4", "CGI-4.3.2-1", "CGI-4.3.2-2", "CGI-6.1-2",
      "CGI-7.2-1", "CGI-9.6-2", "H-9110-5.3-2", "H-9110-5.3-3", "H-9110-8.3-2", "H-9110-8.4-1", "H-9110-8.6-7",
      "H-9110-9.3.2-1", "H-9110-15.3.5-1", "H-9110-15.4-1", "H-9110-15.4.5-3",
    ]

  static let bodies: [WSGIFault] = returns + items + writes + streams

  private static func returned(_ name: String, _ type: String) -> WSGIFault {
    WSGIFault(name, "WSGI-18", "What is returned is no iterable but of type \(type).", with: answer) { _, frames in
      frames.change("returned") {
        $0.set("type", type)
        $0.set("iterable", "no")
        $0.set("length", nil)
      }
      frames.drop("item", "ended", "stopped", "closed")
    }
  }

  private static let returns: [WSGIFault] = [
    returned("returns-none", "NoneType"), returned("returns-number", "int"),
    returned("returns-response", "app.Response"),
    WSGIFault("returns-coroutine", "WSGI-18", "A coroutine is returned.", with: answer) { _, frames in
      frames.drop("started", "status", "field", "item", "ended", "stopped", "closed", "sent")
      frames.change("returned") {
        $0.set("type", "coroutine")
        $0.set("iterable", "no")
        $0.set("length", nil)
      }
    },
    WSGIFault("length-too-large", "WSGI-23", "len() says one item more than there is.") { _, frames in
      frames.change("returned") { frame in frame.set("length", "9") }
    },
    WSGIFault("length-zero", "WSGI-23", "len() says that there is no item.") { asked, frames in
      if !asked.isHead { frames.change("returned") { frame in frame.set("length", "0") } }
    },
    WSGIFault("never-starts", "WSGI-28", "start_response is not called.", with: answer) { _, frames in
      frames.drop("started", "status", "field")
    },
    WSGIFault(
      "starts-after-the-first-item", "WSGI-28", "start_response is called when bytes were yielded.", with: answer
    ) {
      _, frames in
      let head = frames.filter { ["started", "status", "field"].contains($0.kind) }
      guard frames.has("item") else { return }
      frames.drop("started", "status", "field", "sent")
      frames.put(head, before: frames.has("ended") ? "ended" : "stopped")
    },
  ]

  private static func yields(_ name: String, _ type: String) -> WSGIFault {
    WSGIFault(name, "WSGI-114", "What is yielded is of type \(type).", with: answer) { _, frames in
      frames.change("item") { $0.set("type", type) }
    }
  }

  private static let items: [WSGIFault] = [
    yields("yields-text", "str"), yields("yields-bytearray", "bytearray"), yields("yields-memoryview", "memoryview"),
    yields("yields-number", "int"), yields("yields-subclass", "app.Bytes"),
    WSGIFault("yields-none-at-the-end", "WSGI-114", "The last item is None.", with: answer + ["WSGI-23"]) { _, frames in
      frames.put([WSGIFrame("item", [], [("type", "NoneType"), ("at", "app.py:20")], payload: [])], before: "ended")
    },
    WSGIFault("returns-text", "WSGI-114", "A string is returned: its items are characters.", with: answer) {
      _, frames in
      frames.change("returned") { $0.set("type", "str") }
      frames.change("item") { $0.set("type", "str") }
    },
  ]

  private static func wrote(_ facts: [(String, String)], _ frames: inout [WSGIFrame]) {
    for index in frames.indices where frames[index].kind == "item" {
      frames[index].statement.kind = "write"
      for (name, value) in facts { frames[index].set(name, value) }
    }
  }

  private static let writes: [WSGIFault] = [
    WSGIFault("writes", "WSGI-17", "The body is given to write().") { _, frames in
      let written = frames.filter { $0.kind == "item" }
      guard !written.isEmpty else { return }
      frames.drop("item")
      frames.changeFirst("returned") { $0.set("length", "0") }
      wroteBefore(written, &frames)
    },
    WSGIFault("writes-text", "WSGI-114", "Text is given to write().", with: ["WSGI-17"] + answer) { _, frames in
      let written = frames.filter { $0.kind == "item" }
      frames.drop("item")
      frames.changeFirst("returned") { $0.set("length", "0") }
      wroteBefore(written, &frames, type: "str")
    },
    WSGIFault(
      "writes-while-iterated", "WSGI-110", "write() is called from the iterable.", with: ["WSGI-17", "WSGI-23"]
    ) {
      _, frames in
      frames.changeFirst("returned") { $0.set("length", nil) }
      wrote([("within", "iteration")], &frames)
    },
    WSGIFault("writes-and-returns-none", "WSGI-107", "After write() None is returned.", with: ["WSGI-17"] + answer) {
      _, frames in
      let written = frames.filter { $0.kind == "item" }
      guard !written.isEmpty else { return }
      frames.drop("item", "ended", "stopped")
      frames.changeFirst("returned") {
        $0.set("type", "NoneType")
        $0.set("iterable", "no")
        $0.set("length", nil)
      }
      wroteBefore(written, &frames)
    },
  ]

  private static func wroteBefore(_ items: [WSGIFrame], _ frames: inout [WSGIFrame], type: String = "bytes") {
    frames.drop("sent")
    var written = items
    for index in written.indices {
      written[index].statement.kind = "write"
      written[index].set("within", "call")
      written[index].set("type", type)
    }
    if !written.isEmpty { written.insert(WSGIFrame("sent"), at: 0) }
    frames.put(written, before: "returned")
    if items.isEmpty { frames.put([WSGIFrame("sent")], before: "done") }
  }

  private static func reads(_ name: String, _ summary: String, _ tells: @escaping @Sendable (WSGIAsked) -> [WSGIFrame])
    -> WSGIFault
  {
    WSGIFault(name, "WSGI-62", summary) { asked, frames in
      guard asked.declared != nil else { return }
      frames.put(tells(asked), before: "called")
    }
  }

  private static func read(_ asked: Int, past: Int) -> WSGIFrame {
    WSGIFrame(
      "read", [], [("how", "read"), ("asked", "\(asked)"), ("got", "0"), ("past", "\(past)"), ("at", "app.py:8")])
  }

  private static func touches(_ name: String, _ object: String, _ method: String, _ violates: String) -> WSGIFault {
    WSGIFault(name, violates, "wsgi.\(object).\(method)() is called.") { _, frames in
      frames.put(
        [WSGIFrame("touched", [], [("object", object), ("name", method), ("at", "app.py:9")])], before: "called")
    }
  }

  private static let streams: [WSGIFault] = [
    reads("reads-a-block", "A block is read, whatever CONTENT_LENGTH says.") {
      [read(65_536, past: 65_536 - ($0.declared ?? 0))]
    },
    reads("reads-one-byte-more", "A byte more is read than CONTENT_LENGTH says.") { _ in [read(1, past: 1)] },
    reads("reads-until-nothing-comes", "Blocks are read until one is empty.") { _ in
      [read(8192, past: 8187), read(8192, past: 8192)]
    },
    touches("closes-input", "input", "close", "WSGI-69"), touches("closes-errors", "errors", "close", "WSGI-69"),
    touches("seeks-input", "input", "seek", "WSGI-68"),
    touches("asks-input-for-its-file", "input", "fileno", "WSGI-68"),
    touches("asks-errors-for-a-terminal", "errors", "isatty", "WSGI-68"),
    WSGIFault("logs-bytes", "WSGI-113", "Bytes are written to wsgi.errors.") { _, frames in
      let line = WSGIFrame("errors", [], [("how", "write"), ("type", "bytes"), ("at", "app.py:5")], payload: [0x61])
      frames.put([line], before: "called")
    },
  ]
}
