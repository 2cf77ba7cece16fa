// PEP 3333 about servers, as far as a middleware is one to the application below it; and about middleware itself.
//
// Judged by what the known application below told, and by the order in which both sides happened.

import Exchanges

extension RuleCatalog {
  static let wsgiMiddleware: [Rule] = wsgiMiddlewareCalls + wsgiMiddlewareBodies

  private static let wsgiMiddlewareCalls: [Rule] = [
    wsgi(
      "WSGI-3", [(.innerCalledAgain, { _ in "the application below was called more than once" })],
      summary: "The application below is called once for a request.",
      explanation: "What a request does is then done twice, and its body is read already."),
    wsgi(
      "WSGI-8", [(.innerKeywords, { "the application below was called with keywords: \($0)" })],
      summary: "The application below is called with positional arguments.",
      explanation: "Its parameters may have any names: with others the call raises a TypeError."),
    wsgi(
      "WSGI-9", [(.innerEnviron, { "environ is a \($0)" })],
      summary: "environ is a dict and nothing like it.",
      explanation: "Applications and frameworks may rely on what only the built-in type does."),
    wsgi(
      "WSGI-11", [(.innerMissing, { "environ has no \($0)" })],
      summary: "environ has all that PEP 3333 asks for.",
      explanation: "A middleware that makes a new environ, or takes entries out, breaks applications that need them."),
    wsgi(
      "WSGI-48", [(.innerVariableType, { "in environ \($0)" })],
      summary: "Variables of CGI are of type str.",
      explanation: "Numbers and bytes in their place break comparisons without an error."),
    wsgi(
      "WSGI-112", [(.innerWide, { "characters beyond U+00FF in \($0)" })],
      summary: "Variables have characters of ISO-8859-1 only.",
      explanation: """
        Who decodes a path has to encode it as ISO-8859-1 again: the application below does the same and fails, or finds \
        another path.
        """),
    wsgi(
      "WSGI-59", [(.innerInput, { "wsgi.input has no \($0)" })],
      summary: "wsgi.input has read(), readline(), readlines() and an iterator.",
      explanation: "Applications use any of the four: parsers of forms read lines."),
    wsgi(
      "WSGI-60", [(.innerErrors, { "wsgi.errors has no \($0)" })],
      summary: "wsgi.errors has write(), writelines() and flush().",
      explanation: "Logging raises an exception in place of what was to be logged."),
    wsgi(
      "WSGI-16",
      [
        (.innerStart, { "not callable, given to the application below: \($0)" }),
        (.innerWriteLost, { _ in "what the application below wrote by write() did not come out" }),
      ],
      summary: "start_response gives a write() that works.",
      explanation: "A middleware that replaces start_response and forgets to return what it returns breaks old code."),
    wsgi(
      "WSGI-85",
      [(.innerErrorLost, { _ in "exc_info of the application below did not come to the server" })],
      summary: "exc_info is passed on.",
      explanation: "Without it the server sees a second call of start_response, which is a fatal error."),
    wsgi(
      "WSGI-86",
      [(.innerNotRefused, { _ in "start_response with exc_info raised nothing, though the headers had been sent" })],
      summary: "Where headers have been sent, start_response with exc_info raises the exception.",
      explanation: "The application below goes on with an error page in the middle of another page."),
  ]

  private static let wsgiMiddlewareBodies: [Rule] = [
    wsgi(
      "WSGI-24", [(.innerEnded, { _ in "close() of the application below was not called" })],
      summary: "close() is called when the body was read.",
      explanation: "Files, database sessions and locks stay open. Whoever replaces an iterable passes close() on."),
    wsgi(
      "WSGI-25", [(.innerRaised, { _ in "close() was not called after an exception of the application below" })],
      summary: "close() is called also where the iteration raised an exception.",
      explanation: "What the request held is never given back: use try and finally, or contextlib.closing."),
    wsgi(
      "WSGI-26", [(.innerStopped, { _ in "close() was not called though the server closed before the end" })],
      summary: "close() is called also where the server stops early.",
      explanation:
        "A generator is closed where it stands: only a finally in it, or a close() of its own, passes that on."),
    wsgi(
      "WSGI-29",
      [(.innerAssumed, { "\($0) because the application below calls start_response with its first item" })],
      summary: "start_response may be called as late as with the first item.",
      explanation: """
        An application that is a generator has called nothing when it returns: status and headers are not there yet.
        """),
    wsgi(
      "WSGI-101", [(.innerGathered, { "\($0) of the application below for one" })],
      summary: "Nothing waits for several items of the application below.",
      explanation: """
        A page that is streamed comes at once at its end; an endless one never. Yield an empty bytestring where there is \
        nothing to give yet.
        """),
    wsgi(
      "WSGI-104", [(.innerGatheredInCall, { _ in "the application below was read before anything was returned" })],
      summary: "An iterable is returned as soon as the application below returns one.",
      explanation: "The whole body is made, and held in memory, before the first byte is sent."),
    wsgi(
      "WSGI-105", [(.innerItemsWritten, { _ in "items of the application below given to write()" })],
      summary: "What the application below yields is not sent by write().",
      explanation: "The server can no longer say when it wants the next part."),
  ]
}
