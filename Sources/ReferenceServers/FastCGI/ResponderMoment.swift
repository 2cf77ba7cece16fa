// What happens on a connection, as a fault may take it for its cause.
//
// Values only. Who makes them is FastCGIResponder+Process; what a fault does about them stands in the fault tables.

package import FastCGIWire

/// How far a request is.
package enum RequestProgress: Hashable, Sendable {
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
package enum RecordPlace: Hashable, Sendable {
  /// No byte came at all.
  case untouched
  case boundary, header, content, padding
}

/// What a responder waits for while nothing comes.
package enum ResponderWait: Hashable, Sendable {
  case params, paramsEnd, bodyEnd, data, padding
}

/// A record that came whole, and where it met its connection.
package struct ReceivedRecord: Sendable {
  package var header: FastCGIRecordHeader
  /// Its content where it is FCGI_BEGIN_REQUEST or FCGI_GET_VALUES.
  package var content: [UInt8]
  /// How far its request was, and its role, if it is active.
  package var request: RequestProgress?
  package var role: FastCGIRole?
  /// Which record of its stream it is, from 1.
  package var number: Int
  /// Whether a request with its ID has ended.
  package var isLate: Bool
  /// Whether the PARAMS of its request end inside a pair so far.
  package var cutsPair: Bool
  /// How far every request of the connection was.
  package var requests: [RequestProgress]
  /// How many requests of the connection have ended, and how many records of unknown type were answered.
  package var endedCount: Int
  package var unknownTypeCount: Int
  /// How many IDs those requests had.
  package var endedIDCount: Int
  /// What came on the connection before: records, bytes of content, and the header of the last record.
  package var recordCount: Int
  package var byteCount: Int
  package var previous: FastCGIRecordHeader?
  /// Whether the last record came in the same read.
  package var isInSameRead: Bool
}

/// Something that happened, which may be too much for a process.
package enum ResponderMoment: Sendable {
  case record(ReceivedRecord)
  /// Bytes came that are no FastCGI.
  case noRecord
  /// PARAMS were complete: their bytes, and the variables in them.
  case parameters([UInt8], [ProbeVariable])
  case rejected
  case ended(status: UInt32)
  /// The client is gone.
  case lost(place: RecordPlace, [RequestProgress], byReset: Bool)
}

/// A connection that wants to be served.
package struct Admission: Sendable {
  /// The list of web servers that was set, and the peer's address; none for a Unix socket.
  package var peers: PeerList?
  package var address: String?
  /// Whether the list allows the peer.
  package var isAllowed: Bool
  /// Whether the listening socket was descriptor 0 at the start.
  package var isInherited: Bool
  /// Which connection of the process it is, from 1.
  package var number: Int
  /// How many requests were left behind by clients that are gone.
  package var abandonedCount: Int
  /// Where the clients of the other connections stand.
  package var others: [RecordPlace]
}

/// What a process remembers of an earlier request, where a policy has it so.
package struct ResponderMemory: Sendable {
  /// Which requests are remembered.
  package enum Kind: Hashable, Sendable {
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
  package enum Scope: Hashable, Sendable {
    /// That of requests on the same connection.
    case connection
    /// That of requests on other connections.
    case otherConnections
    /// That of requests on other connections that were active at the same time under the same ID.
    case twins
  }

  package var variables: [ProbeVariable] = []
  package var body: [UInt8] = []
  package var dataByteCount: UInt64 = 0
  package var steps: [ProbeStep] = []
  var connection = 0

  /// The head of the answer.
  package var head: ProbeHead? {
    for case .head(let head) in steps { return head }
    return nil
  }
}

extension ResponderMoment {
  /// Whether it is a record that is such.
  func isRecord(_ isSuch: (ReceivedRecord) -> Bool) -> Bool {
    if case .record(let record) = self { isSuch(record) } else { false }
  }

  /// Whether PARAMS were complete, and their bytes or the variables in them are such.
  func isParameters(_ isSuch: ([UInt8], [ProbeVariable]) -> Bool) -> Bool {
    if case .parameters(let content, let variables) = self { isSuch(content, variables) } else { false }
  }
}
