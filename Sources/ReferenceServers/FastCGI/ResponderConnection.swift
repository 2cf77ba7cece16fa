// What a connection has come to, as its responder and a fault see it, and the records that arrive on it.
//
// Values only. What is done about a record is FastCGIResponder's matter; what a fault does, the fault tables'.

internal import FastCGIWire

/// What a connection has come to: its requests, and what passed on it.
struct ResponderConnection: Sendable {
  /// Active requests, in the order they began.
  var requests: [ResponderRequest] = []
  /// IDs whose request has ended.
  var endedIDs: Set<UInt16> = []
  /// Requests that ended, and the greatest application status of them.
  var endedCount = 0
  var greatestStatus: UInt32 = 0
  /// Questions and records of unknown types that were answered.
  var questionCount = 0
  var unknownTypeCount = 0
  /// What came: records, bytes of their content, the last header, and the read in which it ended.
  var recordCount = 0
  var byteCount = 0
  var previous: FastCGIRecordHeader?
  var previousRead = 0

  /// IDs that a fault has marked, for what it does later.
  var marks: Set<UInt16> = []
  /// Records that a fault sends of its own.
  var sends: [SentRecord] = []

  /// The position of the active request with that ID.
  func index(of id: UInt16) -> Int? { id == 0 ? nil : requests.firstIndex { $0.id == id } }

  /// Sets whether the connection is to be kept, in all requests.
  mutating func changeFlags(keeps: Bool) {
    for index in requests.indices { requests[index].keepsConnection = keeps }
  }

  /// Body bytes that are kept for all requests.
  var keptByteCount: Int { requests.reduce(0) { $0 + $1.stdin.bytes.count } }
}

/// What a record says.
struct RecordInput: Sendable {
  var header: FastCGIRecordHeader
  var content: [UInt8]
  /// Whether it ends its stream.
  var endsStream: Bool
}

/// A record that came whole, and the connection that it meets.
struct ReceivedRecord: Sendable {
  var header: FastCGIRecordHeader
  var content: [UInt8]
  /// Whether it ends its stream.
  var endsStream: Bool
  /// The read in which it ended, and whether it began there too.
  let read: Int
  let isWhole: Bool
  /// The connection before anything comes of the record.
  var connection: ResponderConnection

  /// - Parameter began: The read in which it began.
  init(_ header: FastCGIRecordHeader, _ content: [UInt8], _ connection: ResponderConnection, read: Int, began: Int) {
    self.header = header
    self.content = content
    self.connection = connection
    endsStream = header.contentLength == 0
    self.read = read
    isWhole = began == read
  }

  var input: RecordInput { RecordInput(header: header, content: content, endsStream: endsStream) }

  // MARK: Its request

  /// The position of its request, if that is active.
  var index: Int? { connection.index(of: header.requestID) }
  /// How far its request is, and its role, if it is active.
  var request: RequestProgress? { index.map { connection.requests[$0].progress } }
  var role: FastCGIRole? { index.map { connection.requests[$0].role } }
  /// Whether its request is being answered.
  var isForRunning: Bool { index.map { !connection.requests[$0].isReceiving } ?? false }
  /// Which record of its stream it is, from 1.
  var number: Int { 1 + (index.map { connection.requests[$0].recordCount(header.type) } ?? 0) }
  /// Whether a request with its ID has ended.
  var isLate: Bool { connection.endedIDs.contains(header.requestID) }
  /// Whether it is an abort, and the PARAMS of its request end inside a pair so far.
  var abortsInsidePair: Bool {
    header.type == .abortRequest && index.map { PairReader(connection.requests[$0].params).isCut } ?? false
  }

  /// Changes its request, if that is active.
  mutating func changeRequest(_ change: (inout ResponderRequest) -> Void) {
    if let index { change(&connection.requests[index]) }
  }

  // MARK: Its kind

  /// What it asks for where it is FCGI_BEGIN_REQUEST; nil too where that is cut.
  var begun: FastCGIBeginRequestBody? {
    header.type == .beginRequest ? unsafe FastCGIBeginRequestBody(content.span.bytes) : nil
  }
  /// Whether it is FCGI_BEGIN_REQUEST while other requests are active, and none of its own.
  var beginsAnother: Bool { header.type == .beginRequest && !connection.requests.isEmpty && index == nil }
  /// Whether it begins a request of a role that is not known.
  var beginsUnknownRole: Bool {
    header.type == .beginRequest && header.requestID != 0 && index == nil && begun?.role.isDefined != true
  }
  /// Whether it is FCGI_GET_VALUES.
  var isQuestion: Bool { header.type == .getValues && header.requestID == 0 }
  /// Whether it is a management record of unknown type.
  var isUnknown: Bool { !header.type.isDefined && header.requestID == 0 }
  /// Whether it belongs to no active request, and begins none.
  var isStray: Bool { header.requestID > 0 && index == nil && header.type != .beginRequest }

  // MARK: Its connection

  /// How far every request of the connection is.
  var requests: [RequestProgress] { connection.requests.map(\.progress) }
  var endedCount: Int { connection.endedCount }
  var unknownTypeCount: Int { connection.unknownTypeCount }
  var recordCount: Int { connection.recordCount }
  var byteCount: Int { connection.byteCount }
  var previous: FastCGIRecordHeader? { connection.previous }
  /// Whether the last record came in the same read.
  var isInSameRead: Bool { connection.previousRead == read }
}

/// PARAMS that are complete, and what is made of them.
struct ReceivedParameters: Sendable {
  /// The role of their request.
  let role: FastCGIRole
  let content: [UInt8]
  /// The pair that they cut, as far as it came.
  let cutPair: ProbeVariable?
  var variables: [ProbeVariable]
  /// Whether their request is answered as a bad one.
  var isMalformed: Bool
}

/// A question for the values of variables, and its answer.
struct QueryReply: Sendable {
  /// What was asked for, with the values that came with the names.
  let asked: [ProbeVariable]
  /// The variables that are known.
  let known: [ProbeVariable]
  /// Which question of the connection it is, from 1.
  let number: Int
  /// The pairs that answer it.
  var pairs: [ProbeVariable]

  init(asked: [ProbeVariable], known: [ProbeVariable], number: Int) {
    self.asked = asked
    self.known = known
    self.number = number
    pairs = []
    look(at: names)
  }

  var names: [[UInt8]] { asked.map(\.name) }

  /// Answers those of the names that are known, each once.
  mutating func look(at names: [[UInt8]]) { pairs = known.filter { names.contains($0.name) } }

  /// Changes the value of a variable, where it is answered.
  mutating func change(_ name: String, to value: String) { pairs.change(name) { _ in Array(value.utf8) } }
}
