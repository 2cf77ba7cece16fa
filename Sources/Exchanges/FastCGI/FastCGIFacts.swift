// What only FastCGI has, per exchange, as bounded facts: counts, first offsets, flags.
//
// Rules read these instead of records. Nothing here judges.

package import FastCGIWire
package import WireBytes

/// What was seen of one FastCGI stream (PARAMS, STDIN, DATA, STDOUT, STDERR) of one request.
package struct StreamFacts: Hashable, Sendable {
  /// Records with content.
  package var dataRecords: UInt64 = 0
  /// Records without content; the first one ends the stream.
  package var emptyRecords: UInt64 = 0
  /// Where the first record without content began.
  @Compact package var endOffset: StreamOffset?
  /// Where the first record with content after the end of the stream began.
  @Compact package var dataAfterEnd: StreamOffset?
  /// Where the second record without content began.
  @Compact package var secondEnd: StreamOffset?

  package init() {}

  package var isEnded: Bool { emptyRecords > 0 }
  package var isEmpty: Bool { dataRecords == 0 && emptyRecords == 0 }

  package mutating func note(contentLength: UInt16, at offset: StreamOffset) {
    if contentLength > 0 {
      dataRecords &+= 1
      if endOffset != nil, dataAfterEnd == nil { dataAfterEnd = offset }
    } else {
      emptyRecords &+= 1
      if endOffset == nil { endOffset = offset } else if secondEnd == nil { secondEnd = offset }
    }
  }
}

/// A record's first occurrence: what an offset-only fact cannot say.
package struct RecordSighting: Hashable, Sendable {
  package var type: FastCGIRecordType
  package var requestID: UInt16
  package var offset: StreamOffset
  package init(type: FastCGIRecordType, requestID: UInt16, offset: StreamOffset) {
    self.type = type
    self.requestID = requestID
    self.offset = offset
  }
}

/// How often something was seen, and where first.
package struct Sightings: Hashable, Sendable {
  package var count: UInt64 = 0
  package var first: RecordSighting?
  package init() {}

  package mutating func note(_ header: FastCGIRecordHeader, at offset: StreamOffset) {
    count &+= 1
    if first == nil { first = RecordSighting(type: header.type, requestID: header.requestID, offset: offset) }
  }
}

/// What only a FastCGI exchange has.
package struct FastCGIFacts: Hashable, Sendable {
  package var requestID: UInt16
  package var role: FastCGIRole?
  /// The flags byte of FCGI_BEGIN_REQUEST.
  package var flags: UInt8 = 0
  /// Where FCGI_BEGIN_REQUEST began; nil where it was not seen.
  @Compact package var beginOffset: StreamOffset?
  /// Content length of FCGI_BEGIN_REQUEST (8 when sound).
  package var beginContentLength: UInt16 = 8
  /// Another FCGI_BEGIN_REQUEST for this ID while it was active.
  @Compact package var repeatedBegin: StreamOffset?

  package var params = StreamFacts()
  package var stdin = StreamFacts()
  package var data = StreamFacts()
  package var dataByteCount: UInt64 = 0
  package var stdout = StreamFacts()
  package var stderr = StreamFacts()

  /// Where PARAMS ended inside a pair, if it did.
  @Compact package var truncatedPair: StreamOffset?
  /// Offset of the first name-value pair with a zero byte in its value.
  @Compact package var zeroByteInValue: StreamOffset?
  /// Where the first STDIN or DATA record began that came before an earlier input stream had ended.
  @Compact package var inputOutOfOrder: StreamOffset?
  @Compact package var abortOffset: StreamOffset?

  /// FCGI_END_REQUEST as it came; nil where none was seen.
  package var end: FastCGIEndRequestBody?
  @Compact package var endOffset: StreamOffset?
  package var endContentLength: UInt16 = 8
  /// Whether PARAMS had not ended when the first STDOUT or STDERR record with content arrived; its offset.
  @Compact package var outputBeforeParamsEnd: StreamOffset?
  /// The same for a filter's STDIN.
  @Compact package var outputBeforeStdinEnd: StreamOffset?
  /// Where the first STDERR record with content began that came before the response's header fields were over.
  @Compact package var errorBeforeFields: StreamOffset?
  /// Records of the application whose length is not a multiple of 8.
  package var unalignedRecords: UInt64 = 0
  /// Whether the server closed the connection under the request after another one on it, which had ended, had not set
  /// FCGI_KEEP_CONN: which of the two counts is not said.
  package var closeWasAsked = false

  package init(requestID: UInt16) { self.requestID = requestID }

  package var keepsConnection: Bool { flags & FastCGIFlag.keepConnection != 0 }

  /// A record of the request carried a version other than 1.
  package var requestHasWrongVersion = false
  /// Bytes that are no record, or a record that only an application sends, came from the client while the request was
  /// active.
  package var requestLostStep = false
  /// Whether the client said all that it had to say of it: the input streams of the role were all ended.
  package var inputIsWhole: Bool {
    params.isEnded && (role == .authorizer || stdin.isEnded) && (role != .filter || data.isEnded)
  }
  /// Whether the request itself broke the protocol, so that refusing it by a close cannot be held against the server.
  package var requestIsUnsound: Bool {
    requestHasWrongVersion || requestLostStep || beginContentLength != 8 || repeatedBegin != nil || truncatedPair != nil
      || inputOutOfOrder != nil || params.dataAfterEnd != nil || params.secondEnd != nil
  }
}

/// A set of record types: 256 bits, so that taking note of each record costs no lookup.
package struct RecordTypeSet: Hashable, Sendable {
  private var words = SIMD4<UInt64>()

  package init() {}

  @inline(__always)
  package mutating func insert(_ type: UInt8) { words[Int(type >> 6)] |= 1 &<< UInt64(type & 63) }

  package func contains(_ type: UInt8) -> Bool { words[Int(type >> 6)] & (1 &<< UInt64(type & 63)) != 0 }
}

/// What belongs to a FastCGI connection and to no single exchange.
package struct FastCGIConnectionFacts: Hashable, Sendable {
  /// Facts about the records of one direction.
  package struct Side: Hashable, Sendable {
    package var records: UInt64 = 0
    /// Records whose version is not 1; the version of the first.
    package var wrongVersion = Sightings()
    package var firstWrongVersion: UInt8 = 0
    /// Types outside 1 to 11.
    package var undefinedType = Sightings()
    /// Defined types that only the other side sends.
    package var wrongDirection = Sightings()
    /// Management types with an ID, application types without.
    package var wrongIDKind = Sightings()
    /// Application records for an ID that no FCGI_BEGIN_REQUEST opened on this connection.
    package var neverBegun = Sightings()
    /// Application records for an ID whose request has ended, but for a second FCGI_END_REQUEST.
    package var afterEnd = Sightings()
    /// FCGI_END_REQUEST records for an ID whose request has ended.
    package var repeatedEnd = Sightings()
    /// Where bytes that are no record began.
    package var notARecord: StreamOffset?
    /// The stream ended inside the record that began here.
    package var cutRecord: StreamOffset?

    package init() {}

    /// Whether everything was a whole record of this side's, for a request that was begun.
    package var isSound: Bool {
      wrongVersion.count + wrongDirection.count + wrongIDKind.count + neverBegun.count == 0 && notARecord == nil
        && cutRecord == nil
    }
  }

  package var fromClient = Side()
  package var fromServer = Side()

  /// FCGI_GET_VALUES records, and where the first began.
  package var queries = Sightings()
  /// Those of them that are not whole, or may cross with a close that has another reason.
  package var excusedQueries: UInt64 = 0
  /// Names asked for, in order; bounded.
  package var queriedNames: [[UInt8]] = []
  /// FCGI_GET_VALUES_RESULT records.
  package var results = Sightings()
  /// Names and values answered, in order; bounded.
  package var resultPairs = FieldList()
  package var resultTruncatedPair: StreamOffset?
  /// Management records of unknown type from the client: their types, in order; bounded.
  package var unknownTypesSent: [UInt8] = []
  /// How many of them may cross with a close that has another reason.
  package var excusedUnknownTypes = 0
  /// All types that the client sent, with an ID or without.
  package var typesSent = RecordTypeSet()
  /// Types named by FCGI_UNKNOWN_TYPE answers, in order; bounded.
  package var unknownTypesAnswered: [UInt8] = []
  package var firstUnknownTypeAnswer: StreamOffset?
  /// Content length of the first FCGI_UNKNOWN_TYPE that is not 8.
  package var oddUnknownTypeLength: (length: UInt16, offset: StreamOffset)? {
    get { oddLength.map { ($0.length, $0.offset) } }
    set { oddLength = newValue.map { OddLength(length: $0.length, offset: $0.offset) } }
  }
  private struct OddLength: Hashable {
    var length: UInt16
    var offset: StreamOffset
  }
  private var oddLength: OddLength?

  /// The server closed although the last ended request had asked to keep the connection, and no request was
  /// active; where its stream ended.
  package var closedDespiteKeep: StreamOffset?
  /// The server closed so soon after its last record that it closed because of what that was about.
  package var closedRightAfterRecord = false
  /// The server reset or closed while a request was active and had neither ended nor been aborted.
  package var closedDuringRequest: StreamOffset?
  /// FCGI_END_REQUEST was sent for a request without FCGI_KEEP_CONN, and the client closed, or nothing more was
  /// seen, before the server closed.
  package var leftOpen: StreamOffset?
  /// Nanoseconds from the last FCGI_END_REQUEST to the close by the server; or from it, or from input of that request
  /// that came later, to the moment at which the client left the open connection.
  package var closeDelay: Int64?

  /// How many names and types are remembered.
  package static let memoryLimit = 256

  package init() {}
}
