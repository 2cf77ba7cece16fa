// Faults in what the program makes of its body and of its command line. One entry each.

extension CGIFault {
  /// Faults in reading the body.
  static let inputs: [CGIFault] = [
    CGIFault(
      "input-read-to-its-end", "CGI-4.2-4", "Where there is a body, input is read until it ends.",
      with: ["CGI-4.1-3", "CGI-4.3.2-1", "CGI-4.3.2-2", "CGI-9.6-1"]
    ) { $0.measures = { _, length in if length != .none { length = .untilEnd } } },
    CGIFault(
      "input-read-without-length", "CGI-4.2-4", "Without CONTENT_LENGTH input is read until it ends.",
      with: ["CGI-4.1-3", "CGI-4.3.2-1"]
    ) {
      $0.measures = { _, length in if length == .none { length = .untilEnd } }
    },
    CGIFault("length-zero-is-none", "CGI-4.2-4", "With CONTENT_LENGTH 0 input is read until it ends.") {
      $0.measures = { _, length in if length == .bytes(0) { length = .untilEnd } }
    },
    CGIFault("empty-length-counts", "CGI-4.1-3", "With an empty CONTENT_LENGTH input is read until it ends.") {
      $0.measures = { given, length in
        if length == .none, given.holds("CONTENT_LENGTH") { length = .untilEnd }
      }
    },
    CGIFault(
      "post-read-without-length", "CGI-4.3.2-1", "A POST request without a length is read until input ends.",
      with: ["CGI-4.1-3"]
    ) {
      $0.measures = { given, length in if length == .none, given.isPost { length = .untilEnd } }
    },
    CGIFault("whole-blocks-read", "CGI-4.2-4", "Input is read in whole blocks of 4 096 bytes.", with: ["CGI-4.3.2-1"]) {
      $0.measures = { _, length in
        if case .bytes(let count) = length, count > 0 { length = .bytes((count &+ 4_095) / 4_096 &* 4_096) }
      }
      $0.shortBody = .taken
    },
    CGIFault(
      "body-less-one", "CGI-4.2-4", "The last byte of a body is not read.",
      with: [
        "CGI-4.2-2", "CGI-6.2-1", "H-9110-8.4-1", "CGI-4.1-3", "CGI-4.1-5", "CGI-4.3.2-1", "CGI-4.3.2-2", "CGI-6.1-2",
        "CGI-6.3.1-1",
      ]
    ) {
      $0.measures = { _, length in if case .bytes(let count) = length, count > 0 { length = .bytes(count - 1) } }
    },
    CGIFault(
      "cgi-empty-body-counted", "CGI-4.2-4", "An empty body counts as one byte.",
      with: ["CGI-3.4-3", "CGI-4.1-3", "CGI-4.3.2-1", "CGI-6.1-2"]
    ) { $0.countsEmptyBody = true },
    CGIFault("rest-ends-body", "CGI-4.2-2", "Input that rests is taken for ended.") { $0.restEndsInput = true },
    CGIFault("form-read-to-its-end", "CGI-4.2-4", "A form is read until input ends.") {
      $0.measures = { given, length in
        if case .bytes(1...) = length, given.begins("CONTENT_TYPE", "application/x-www-form") { length = .untilEnd }
      }
    },
    CGIFault("body-cut-at-8192", "CGI-4.2-4", "Of a body 8 192 bytes are kept.") { $0.bodyByteLimit = 8_192 },
    CGIFault("body-cut-at-1000000", "CGI-4.2-4", "Of a body 1 000 000 bytes are kept.") {
      $0.bodyByteLimit = 1_000_000
    },
    CGIFault("get-body-fatal", "CGI-4.2-4", "A GET request with a body ends the program.", with: ["CGI-6.1-2"]) {
      $0.dies { $0.has("REQUEST_METHOD", "GET") && !$0.value("CONTENT_LENGTH").isEmpty }
    },
    CGIFault(
      "short-body-awaited", "CGI-3.4-3", "A body that ends early is waited for.", with: ["CGI-9.6-1", "CGI-4.3.2-1"]
    ) {
      $0.shortBody = .awaited
    },
    CGIFault("boundary-awaited", "CGI-3.4-3", "A multipart body without its last boundary is waited for.") {
      $0.hangs { $0.begins("CONTENT_TYPE", "multipart/form-data") }
    },
    CGIFault("large-length-fatal", "CGI-9.6-1", "A length beyond memory ends the program.") {
      $0.dies { $0.value("CONTENT_LENGTH").count == 19 }
    },
    CGIFault("length-overflows", "CGI-4.3.2-1", "CONTENT_LENGTH is read modulo 2 to the 64th.") {
      $0.measures = { given, length in
        guard length == .malformed else { return }
        let digits = given.value("CONTENT_LENGTH")
        if digits.count > 19, digits.allSatisfy({ (0x30...0x39).contains($0) }) {
          length = .bytes(digits.reduce(0) { $0 &* 10 &+ UInt64($1 - 0x30) })
        }
      }
    },
    CGIFault("length-is-octal", "CGI-4.3.2-1", "A CONTENT_LENGTH that begins with 0 is octal.") {
      $0.measures = { given, length in
        let text = String(decoding: given.value("CONTENT_LENGTH"), as: UTF8.self)
        if text.hasPrefix("0"), let count = UInt64(text, radix: 8) { length = .bytes(count) }
      }
    },
    CGIFault("length-of-ten-digits", "CGI-4.3.2-1", "Of CONTENT_LENGTH the first ten digits count.") {
      $0.measures = { given, length in
        let digits = given.value("CONTENT_LENGTH")
        if digits.count > 10 { length = CGIBodyLength(Array(digits.prefix(10))) }
      }
    },
    CGIFault("negative-length-fatal", "CGI-4.3.2-1", "A negative CONTENT_LENGTH ends the program.") {
      $0.dies { $0.begins("CONTENT_LENGTH", "-") }
    },
    CGIFault("length-without-digits-fatal", "CGI-4.3.2-1", "A CONTENT_LENGTH of letters ends the program.") {
      $0.dies { $0.value("CONTENT_LENGTH").contains { $0 >= 0x61 } }
    },
    CGIFault("fraction-fatal", "CGI-4.3.2-1", "A CONTENT_LENGTH with a point ends the program.") {
      $0.dies { $0.value("CONTENT_LENGTH").contains(0x2E) }
    },
    CGIFault("unread-body-fatal", "CGI-6.1-1", "An answer without reading the body ends the program.") {
      $0.dies { $0.asks("unread") }
    },
  ]

  /// Faults in what the program makes of its command line.
  static let commandLines: [CGIFault] = [
    CGIFault("argument-invented", "CGI-4.4-3", "A program that is given no arguments sees one.") {
      $0.receives = { if $0.arguments.isEmpty { $0.arguments = [Array("--cgi".utf8)] } }
    },
    CGIFault("option-s-obeyed", "CGI-4.4-3", "The argument -s shows the program's source.") {
      $0.shows("#!/bin/sh\n") { $0.arguments.first == Array("-s".utf8) && !$0.asksForProbe }
    },
    CGIFault("option-d-obeyed", "CGI-4.4-3", "The argument -d is taken for a setting.") {
      $0.shows("root:x:0:0:\n") { $0.arguments.first == Array("-d".utf8) }
    },
    CGIFault("version-option-obeyed", "CGI-4.4-3", "The argument --version is answered with a version.") {
      $0.shows("version 1\n") { $0.arguments.first == Array("--version".utf8) }
    },
    CGIFault("options-of-forms-obeyed", "CGI-4.4-4", "The argument -s is obeyed whatever the query says.") {
      $0.shows("#!/bin/sh\n") { $0.arguments.first == Array("-s".utf8) && $0.asksForProbe }
    },
    CGIFault("words-answer-forms", "CGI-4.4-3", "A posted form is answered by the words of the command line.") {
      $0.shows("you searched\n") { !$0.arguments.isEmpty && $0.isPost }
    },
    CGIFault("words-split-again", "CGI-4.4-1", "Arguments are split at spaces.") {
      $0.receives = {
        $0.arguments = $0.arguments.flatMap { $0.isEmpty ? [[]] : $0.split(separator: 0x20).map(Array.init) }
      }
    },
    CGIFault("empty-words-lost", "CGI-4.4-1", "Empty arguments are dropped.") {
      $0.receives = { $0.arguments.removeAll(where: \.isEmpty) }
    },
    CGIFault("words-made-utf-8", "CGI-4.4-1", "Bytes of arguments that are no UTF-8 are replaced.") {
      $0.receives = { $0.arguments = $0.arguments.map { Array(String(decoding: $0, as: UTF8.self).utf8) } }
    },
    CGIFault("words-reversed", "CGI-4.4-1", "Arguments come in the opposite order.") {
      $0.receives = { $0.arguments.reverse() }
    },
  ]
}
