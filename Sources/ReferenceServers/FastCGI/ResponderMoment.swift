// What happens on a connection, as a fault may take it for its cause.
//
// Values only. Who makes them is FastCGIResponder; what a fault does about them stands in the fault tables.

/// How far a request is.
enum RequestProgress: Hashable, Sendable {
  /// FCGI_BEGIN_REQUEST came and nothing else.
  case begun
  case params
  /// PARAMS are complete and no byte of a body came.
  case paramsEnded
  case body
  /// It is being answered; `paused` where the application makes a pause, with output before it or without.
  case output
  case paused(hasOutput: Bool)
}

/// Where in the stream of its records a client stands.
enum RecordPlace: Hashable, Sendable {
  /// No byte came at all.
  case untouched
  case boundary, header, content, padding
}

/// What a responder waits for while nothing comes.
enum ResponderWait: Hashable, Sendable {
  case params, paramsEnd, bodyEnd, data, padding
}

/// Something that happened, which may be too much for a process.
enum ResponderMoment: Sendable {
  case record(ReceivedRecord)
  /// Bytes came that are no FastCGI.
  case noRecord
  /// A read ended at such a place.
  case rest(RecordPlace)
  /// PARAMS were complete: their bytes, and the variables in them.
  case parameters([UInt8], [ProbeVariable])
  case rejected
  case ended(status: UInt32)
  /// The client is gone.
  case lost(place: RecordPlace, [RequestProgress], byReset: Bool)
}

/// A connection that wants to be served.
struct Admission: Sendable {
  /// The list of web servers that was set, and the peer's address; none for a Unix socket.
  var peers: PeerList?
  var address: String?
  /// Whether the list allows the peer.
  var isAllowed: Bool
  /// Whether the listening socket was descriptor 0 at the start.
  var isInherited: Bool
  /// Which connection of the process it is, from 1.
  var number: Int
  /// How many requests were left behind by clients that are gone.
  var abandonedCount: Int
  /// Where the clients of the other connections stand.
  var others: [RecordPlace]
}

/// What a process remembers of an earlier request, where a policy has it so.
struct ResponderMemory: Sendable {
  /// Which requests are remembered.
  enum Kind: Hashable, Sendable {
    /// One that was answered.
    case answered
    /// One that was cut by the end of its connection.
    case cut
    case aborted
    case rejected
    /// One for which more of its body came than it waited for.
    case late
  }

  /// Whose memory it is.
  enum Scope: Hashable, Sendable {
    /// That of requests on the same connection.
    case connection
    /// That of requests on other connections.
    case otherConnections
    /// That of requests on other connections that were active at the same time under the same ID.
    case twins
  }

  var variables: [ProbeVariable] = []
  var body: [UInt8] = []
  var dataByteCount: UInt64 = 0
  var steps: [ProbeStep] = []
  var connection = 0

  /// The head of the answer.
  var head: ProbeHead? {
    for case .head(let head) in steps { return head }
    return nil
  }
}

extension ResponderMoment {
  /// Whether PARAMS were complete, and their bytes or the variables in them are such.
  func isParameters(_ isSuch: ([UInt8], [ProbeVariable]) -> Bool) -> Bool {
    if case .parameters(let content, let variables) = self { isSuch(content, variables) } else { false }
  }

  /// Whether a request ended with that application status.
  func isEnd(status: UInt32) -> Bool { if case .ended(status) = self { true } else { false } }
}
