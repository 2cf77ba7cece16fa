// How a responder behaves where the specification leaves a choice, and its bounds.
//
// Everything here is correct behaviour; what is wrong on purpose is ResponderPolicy's. Sets of options that have a name
// are in ResponderStyle.

package import FastCGIWire

/// The choices and bounds of a ``FastCGIResponder``.
package struct ResponderOptions: Hashable, Sendable {
  /// FCGI_MAX_CONNS: how many connections the server accepts at once.
  package var maxConnections = 64
  /// FCGI_MAX_REQS: how many requests may be active on one connection; more are rejected with FCGI_OVERLOADED.
  package var maxRequests = 64
  /// FCGI_MPXS_CONNS: whether requests may be active at once on one connection; where not, a second one is rejected
  /// with FCGI_CANT_MPX_CONN.
  package var multiplexes = true
  /// The header bytes and the padding of the records sent.
  package var encoder = FastCGIEncoder(padding: .aligned(to: 8))
  /// The most content of an output record, `1...65535` bytes.
  package var recordByteCount = 16_376
  /// Whether an error stream that carried nothing is ended by its empty record all the same.
  package var alwaysEndsErrorStream = false
  /// The most bytes of PARAMS of one request; beyond it the request is rejected with FCGI_OVERLOADED.
  package var paramsLimit = 1 << 20
  /// The most bytes of request bodies kept for one connection; a body beyond it is answered by status 413.
  package var bodyLimit = 64 << 20
  /// A second request on a connection waits until the first has ended, in place of being rejected.
  package var runsInTurn = false
  /// How many requests are served at once on all connections; more are rejected with FCGI_OVERLOADED.
  package var processRequests = Int.max
  /// After so many requests the process ends, and another takes its place: the connection that had the last one is
  /// closed.
  package var requestsPerProcess = Int.max
  /// The variables of FCGI_GET_VALUES that are known.
  package var knownVariables: Set<String> = [
    FastCGIVariable.maxConnections, FastCGIVariable.maxRequests, FastCGIVariable.multiplexes,
  ]
  /// An abort stops no program that has begun: its request ends when the program does.
  package var finishesAborted = false
  /// Error text comes with every response: before it, in its middle, and after it.
  package var notesErrors = false
  /// The error stream is ended before the output.
  package var endsErrorStreamFirst = false
  /// Lines of the CGI header end with a line feed alone.
  package var lineFeedsAlone = false
  /// The content and the padding of each record have lengths of chance, the content no more than 64 bytes.
  package var variesRecords = false
  /// So many bytes of output are written one by one.
  package var singleByteCount = 0
  /// How long a connection that is to be closed stays open.
  package var closeMilliseconds: UInt64 = 0
  /// About how many bytes are sent before the responder lets its peer catch up.
  package var turnByteCount = 256 << 10

  package init() {}
}
