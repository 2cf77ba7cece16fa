// HTTP servers that know a few answers by heart: enough for what a conversation has to tell apart.

import ReferenceServers
import Rehearsal

/// A server that gives each request, whose head it finds by its empty line, the same answer.
struct CannedHTTP: Responder {
  let answer: [UInt8]
  /// What it does after each answer.
  var ending: ResponderAction?
  private var received: [UInt8] = []
  private var isClosed = false

  init(_ answer: String, ending: ResponderAction? = nil) {
    self.answer = Array(answer.utf8)
    self.ending = ending
  }

  static let all: [String: CannedHTTP] = [
    "with a length": CannedHTTP("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"),
    "in chunks": CannedHTTP(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\nX-Trailer: t\r\n\r\n"),
    "to the end": CannedHTTP("HTTP/1.0 200 OK\r\n\r\nuntil the end", ending: .close),
    "with an interim answer": CannedHTTP(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ending: .close),
    "cut short": CannedHTTP("HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nnot so many", ending: .close),
    "reset": CannedHTTP("HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nnot so many", ending: .reset),
    "no HTTP": CannedHTTP("220 mail.example.com ESMTP\r\n\r\n"),
    "too much": CannedHTTP("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
    "nothing": CannedHTTP("", ending: .close),
  ]

  mutating func receive(_ bytes: RawSpan) -> [ResponderAction] {
    guard !isClosed else { return [] }
    for index in 0..<bytes.byteCount { received.append(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) }
    var actions: [ResponderAction] = []
    while !isClosed, let end = endOfHead {
      received.removeFirst(end)
      if !answer.isEmpty { actions.append(.send(answer)) }
      if let ending {
        actions.append(ending)
        isClosed = true
      }
    }
    return actions
  }

  /// Where the first head in what was received ends.
  private var endOfHead: Int? {
    let mark = Array("\r\n\r\n".utf8)
    guard received.count >= mark.count else { return nil }
    return (mark.count...received.count).first { received[..<$0].suffix(mark.count).elementsEqual(mark) }
  }

  mutating func receiveEnd() -> [ResponderAction] {
    guard !isClosed else { return [] }
    isClosed = true
    return [.close]
  }

  mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction] { [] }
}
