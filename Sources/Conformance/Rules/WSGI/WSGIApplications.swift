// PEP 3333 about applications: how they call start_response and write(), what they return, what they do to the streams.
//
// Judged by what the bridge observed, whichever case asked for it.

import Exchanges

extension RuleCatalog {
  static let wsgiApplications: [Rule] = wsgiCalls + wsgiHeads + wsgiBodies + wsgiStreams

  private static let wsgiCalls: [Rule] = [
    wsgi(
      "WSGI-2", [(.differsBeside, { "another outcome of the same request, asked at the same time: \($0) calls" })],
      summary: "The application can be called more than once, also while it is called.",
      explanation: """
        Servers with threads call one object for many requests at once. What is kept in a module, a class or a default \
        argument is then another request's.
        """),
    wsgi(
      "WSGI-7", [(.refusesTwoArguments, { "cannot be called with two arguments: \($0)" })],
      summary: "The application takes two positional arguments.",
      explanation: """
        No server can call it. A class whose instances are the application is named with its call, MODULE:Class(), and \
        one for ASGI takes three.
        """),
    wsgi(
      "WSGI-115",
      [
        (.raised, { "an exception that nobody caught: \($0)" }),
        (.closeRaised, { "an exception in close(): \($0)" }),
      ], excusesProvoked: true,
      summary: "The application catches its own errors and says something to the client.",
      explanation: """
        The server answers with a page of its own, or breaks the response off where its headers have been sent.
        """),
    wsgi(
      "WSGI-27", [(.earlyCloseRaised, { "close() before the end raised \($0)" })],
      summary: "The application does not count on being read to its end.",
      explanation: "Clients leave and HEAD needs no body: the server then closes what it has not read to its end."),
  ]

  private static let wsgiHeads: [Rule] = [
    wsgi(
      "WSGI-12", [(.startKeywords, { "start_response called with keywords: \($0)" })],
      summary: "start_response is called with positional arguments.",
      explanation: "Its parameters have no names that servers agree on: another server raises a TypeError."),
    wsgi(
      "WSGI-14",
      [
        (.fieldItem, { "a header that is no tuple of two: \($0)" }),
        (.startArguments, { "start_response called with \($0) arguments" }),
      ],
      summary: "The headers are a list of tuples of a name and a value.",
      explanation: "Servers take each item apart into two: what is no pair is an exception there."),
    wsgi(
      "WSGI-70", [(.statusForm, { "the status is \"\($0)\"" })],
      summary: "The status is three digits, a space and a reason.",
      explanation: "Servers send it as it is: without the space or the reason many clients reject the response."),
    wsgi(
      "WSGI-71", [(.statusControl, { "control characters in the status \"\($0)\"" })],
      summary: "The status has no control characters.",
      explanation: "A line end in it begins a header, or a body, of the client's choice where it comes from a request."),
    wsgi(
      "WSGI-72", [(.headersType, { "the headers are a \($0)" })],
      summary: "The headers are a list and nothing like it.",
      explanation: "A server may change the list in place, and strict ones check its type: others raise an exception."),
    wsgi(
      "WSGI-74", [(.fieldName, { "a header named \"\($0)\"" })],
      summary: "Header names are names of fields of HTTP.",
      explanation: "What is no token ends the name early for the client, or begins another line."),
    wsgi(
      "WSGI-75", [(.fieldControl, { "control characters in the value of \($0)" })],
      summary: "Header values have no control characters.",
      explanation: "A line end in a value that comes from a request lets the client write headers of the response."),
    wsgi(
      "WSGI-78", [(.hopByHop, { "the header \($0), which is the server's" })],
      summary: "The application sends no header of the connection.",
      explanation: """
        How the connection goes on, the server knows. Strict ones raise an exception; others send what does not hold.
        """),
    wsgi(
      "WSGI-98", [(.transferEncoding, { _ in "a Transfer-Encoding, which is the server's" })],
      summary: "The application applies no transfer coding.",
      explanation: "The server codes again what was coded already, and the client sees chunk sizes in the page."),
    wsgi(
      "WSGI-84", [(.errorTuple, { "exc_info is a \($0)" })],
      summary: "exc_info is what sys.exc_info() gives.",
      explanation: "A server that has sent headers raises it again: from anything else it cannot."),
    wsgi(
      "WSGI-88", [(.errorTrapped, { "\($0) that start_response raised was caught" })],
      summary: "What start_response raises is not caught.",
      explanation: """
        The headers have been sent, and the exception is how the server gets out: who catches it goes on to write an error \
        page into the middle of another one.
        """),
    wsgi(
      "WSGI-89", [(.startedAgain, { _ in "start_response called again without exc_info" })],
      summary: "start_response is called once, unless with exc_info.",
      explanation: "It is a fatal error to a server; a lenient one sends whichever of the two heads it likes."),
    wsgi(
      "WSGI-111", [(.notLatin1, { "characters beyond U+00FF: \($0)" })],
      summary: "Status and headers have characters of ISO-8859-1 only.",
      explanation:
        "They cannot be made bytes: an exception of the server's. Encode as RFC 8187 or RFC 2047 says, or as URI."),
    wsgi(
      "WSGI-113",
      [
        (.statusType, { "the status is a \($0)" }), (.fieldType, { "in a header a \($0)" }),
        (.errorsType, { "a \($0) written to wsgi.errors" }),
      ],
      summary: "Status, header names and values, and error text are of type str.",
      explanation: "Content-Length is the usual one, as a number: some servers raise an exception, some send it."),
  ]

  private static let wsgiBodies: [Rule] = [
    wsgi(
      "WSGI-17", [(.writeUsed, { _ in "write() called" })],
      summary: "New code does not use write().",
      explanation: """
        It is there for old interfaces. It cannot be interrupted by the server, and asynchronous servers have it block.
        """),
    wsgi(
      "WSGI-18",
      [
        (.notIterable, { "what it returns is no iterable but a \($0)" }),
        (.vanished, { _ in "its process ended, or never came back, while it was called" }),
      ],
      summary: "The application returns an iterable.",
      explanation: "A forgotten return gives None: an exception of the server's, with no line of yours in it."),
    wsgi(
      "WSGI-107", [(.notIterableAfterWrite, { "what it returns after write() is no iterable but a \($0)" })],
      summary: "Who uses write() returns an iterable all the same.",
      explanation: "An empty list will do. None raises an exception after the page was sent."),
    wsgi(
      "WSGI-23", [(.lengthDiffers, { "len() says \($0) items" })],
      summary: "Where the iterable has a length, it is the number of its items.",
      explanation: "Servers take the length 1 for leave to make a Content-Length of the first item."),
    wsgi(
      "WSGI-28",
      [
        (.neverStarted, { _ in "start_response was never called" }),
        (.bodyBeforeStart, { _ in "body before start_response was called" }),
      ],
      summary: "start_response is called before the first byte of the body.",
      explanation: "There is no status to send: the server answers 500, or sends a page without a head."),
    wsgi(
      "WSGI-110", [(.writeInIteration, { _ in "write() called while the iterable is read" })],
      summary: "write() is not called from within the iterable.",
      explanation: "What was written and what is yielded then come in an order that nobody said."),
    wsgi(
      "WSGI-114", [(.itemType, { "an item of type \($0)" }), (.writeType, { "a \($0) given to write()" })],
      summary: "The body is bytes.",
      explanation: "Text has to be encoded: a server cannot know how, and raises an exception."),
  ]

  private static let wsgiStreams: [Rule] = [
    wsgi(
      "WSGI-62", [(.readPast, { "wsgi.input asked for \($0)" })],
      summary: "No more is read than CONTENT_LENGTH says.",
      explanation: """
        A server may give what the connection has: the application waits for bytes that never come, or reads the next \
        request.
        """),
    wsgi(
      "WSGI-68", [(.streamMethod, { "wsgi.\($0) called" })],
      summary: "Of the streams in environ only the methods of PEP 3333 are used.",
      explanation: "Servers give what they have: a socket's file has more, another server's object has not."),
    wsgi(
      "WSGI-69", [(.streamClosed, { "wsgi.\($0) called" })],
      summary: "The streams in environ are not closed.",
      explanation: "They are the server's: it reads what is left of the body, or logs, after the application."),
  ]
}
