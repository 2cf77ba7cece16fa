// What a responder asks itself where a fault may want another answer.
//
// As it stands every answer is the specification's. A fault (ResponderFault.swift) changes one or two of them; the
// state machine knows no fault by name.

package import FastCGIWire

/// The answers that a ``FastCGIResponder`` gives to the specification's questions.
package struct ResponderPolicy: Sendable {
  /// What is done about something that a sound responder answers in one way.
  package enum Reaction: Hashable, Sendable {
    /// What the specification asks for.
    case proper
    /// Nothing at all.
    case ignore
    /// The proper answer, and then the connection is closed.
    case answerAndClose
    /// The connection is closed without an answer.
    case close
  }

  // MARK: Reading records

  /// What closes the connection that it happens on.
  package var isRefused: @Sendable (ResponderMoment) -> Bool = { _ in false }
  /// What is passed over as if it had not happened: a record whose effect is due at its end.
  package var isOverlooked: @Sendable (ResponderMoment) -> Bool = { _ in false }
  /// The connection is closed where a read ends inside such a part of a record.
  package var closesInside: Set<RecordPlace> = []
  /// Records of any version are taken.
  package var takesAnyVersion = false
  /// Records of that ID are skipped.
  package var skippedID: UInt16?
  /// Whether the padding of a record is taken for content (of zero bytes).
  package var paddingIsContent: @Sendable (ReceivedRecord) -> Bool = { _ in false }
  /// The bits of a request ID that are looked at.
  package var requestIDMask: UInt16 = .max
  /// What a record for an ID that was never begun gets; the proper answer is none.
  package var unknownID = Reaction.proper
  /// What a record for an ID whose request has ended gets; the proper answer is none.
  package var lateRecord = Reaction.proper
  /// FCGI_END_REQUEST is sent for records of an ID that was never begun.
  package var endsUnknownIDs = false
  /// Records of inactive IDs are given to the request that is active.
  package var mixesIDs = false
  /// The connection is closed where that is waited for longer than ``patience``, in milliseconds.
  package var losesPatience: (@Sendable (ResponderWait) -> Bool)?
  package var patience: UInt64 = 5
  /// Whether the content of a record of a stream is passed over.
  package var isUnread: @Sendable (FastCGIRecordHeader) -> Bool = { _ in false }
  /// Whether a record with content ends its stream.
  package var endsStream: @Sendable (ReceivedRecord) -> Bool = { _ in false }
  /// Whether a record for an ID that is not active makes the next request with that ID be dropped.
  package var spoilsNext: @Sendable (ReceivedRecord) -> Bool = { _ in false }
  /// Whether a record makes all active requests be forgotten.
  package var forgetsOthers: @Sendable (ReceivedRecord) -> Bool = { _ in false }
  /// Output that the client sends is sent back.
  package var mirrorsOutput = false

  // MARK: Requests

  /// The bits of a role that are looked at.
  package var roleMask: UInt16 = .max
  /// Which bits of the flags byte keep the connection.
  package var keepMask: UInt8 = FastCGIFlag.keepConnection
  /// The connection is kept only where no other flag is set.
  package var keepsByExactFlags = false
  /// Once a connection was kept, a request without the flag does not close it.
  package var keepSticks = false
  /// The connection is closed after so many requests, whether or not it is to be kept.
  package var requestsPerConnection = Int.max
  /// A request whose reserved bytes are not 0 closes the connection.
  package var beginReservedCloses = false
  /// A request is dropped when its ID, if it is not 1, has been in use before.
  package var dropsUsedIDs = false
  /// A request is dropped when its ID is smaller than that of an earlier one.
  package var idsMustGrow = false
  /// A request whose ID was rejected before is dropped.
  package var dropsRejectedIDs = false
  /// The flags of the request that began last are those of all that are active.
  package var lastFlagsCount = false
  /// Once two requests were active at once the connection is not closed.
  package var leavesOpenAfterTwo = false
  /// A request for that role closes the connection.
  package var closedRole: FastCGIRole?
  /// Rejected requests are ended under that ID.
  package var rejectionID: UInt16?
  /// A rejection makes the PARAMS gathered so far forgotten.
  package var rejectionClearsParams = false
  /// A request without FCGI_KEEP_CONN closes the connection where another one is active.
  package var lastOneCloses = false
  /// What a request for another role than a responder's is rejected with, in place of being served.
  package var otherRolesStatus: FastCGIProtocolStatus?
  /// Unknown roles that are served as a responder's.
  package var servesRole: @Sendable (FastCGIRole) -> Bool = { _ in false }
  /// A request for an unknown role is rejected at its empty STDIN record, and not at all where it has a body.
  package var rejectsAtEndOfBody = false
  package var unknownRole = Reaction.proper
  /// The answer to a second request on a connection that takes one at a time, and to one too many.
  package var secondRequest = Reaction.proper
  package var overload = Reaction.proper
  /// A second request is not served although FCGI_MPXS_CONNS says so.
  package var refusesMultiplexing = false
  /// A rejected request gets output all the same.
  package var rejectsWithOutput = false
  package var abort = Reaction.proper
  /// An abort is ignored while PARAMS are not complete.
  package var abortNeedsParams = false
  /// An aborted request keeps the connection, whatever its flags say.
  package var abortKeeps = false
  /// The end of the client's side drops its requests.
  package var endDropsRequests = false
  /// An aborted request is ended at once, and once more by the application.
  package var endsAbortedTwice = false
  /// An aborted request is answered with what came of its body.
  package var abortAnswers = false
  /// The protocol status of a request that is aborted where it is.
  package var abortedStatus: @Sendable (RequestProgress) -> FastCGIProtocolStatus = { _ in .requestComplete }
  /// An abort for an ID that is not active aborts the request that is.
  package var abortsAnother = false
  /// Where a request is when an abort drops it without an end.
  package var abortDrops: @Sendable (RequestProgress) -> Bool = { _ in false }

  // MARK: Inputs

  /// What a four-byte length is taken for, at most.
  package var lengthMask: UInt32 = FastCGINameValueEncoder.largestLength
  /// A pair may go on in the next record.
  package var pairsMayStraddle = true
  /// A pair that PARAMS cut is used as far as it came.
  package var usesCutPairs = false
  /// A pair with a name or value of 127 bytes is malformed.
  package var length127IsLong = false
  /// No more pairs than that reach the application.
  package var mostPairs = Int.max
  /// A length below 128 that is written in four bytes is malformed.
  package var longFormNeedsLength = false
  /// No more records of PARAMS with content than that are read, and no record that makes them longer than that.
  package var mostParamsRecords = Int.max
  package var mostParamsBytes = Int.max
  /// No more records of DATA than that are counted.
  package var mostDataRecords = Int.max
  /// Changes the variables that a request for that role gives the application.
  package var receives: @Sendable (FastCGIRole, inout [ProbeVariable]) -> Void = { _, _ in }
  /// Changes what else the application is given: its role, its body and the body's length.
  package var gives: @Sendable (inout ProbeRequest) -> Void = { _ in }
  /// Whether a request with these variables and so much of a body is never answered.
  package var awaitsMore: @Sendable ([ProbeVariable], UInt64) -> Bool = { _, _ in false }
  /// Values are cut to so many bytes.
  package var valueByteLimit = Int.max
  /// The bytes of values above 127 become question marks.
  package var valuesAreASCII = false
  /// Spaces around values are taken away.
  package var trimsValues = false
  /// HEAD reaches the application as GET.
  package var headIsGet = false
  /// A value ends at its first zero byte.
  package var valuesEndAtZeroByte = false
  /// QUERY_STRING is only found where it is the first pair.
  package var queryMustComeFirst = false
  /// The request runs as soon as STDIN begins, whether or not PARAMS are complete.
  package var runsOnPartialParams = false
  /// A filter answers before STDIN is complete.
  package var filterWaitsForInput = true
  /// An authorizer answers when STDIN is complete.
  package var authorizerWaitsForInput = false
  /// An empty DATA stream does not count as complete.
  package var emptyDataIsIgnored = false
  /// The first STDIN record counts as the whole of it.
  package var bodyIsOneRecord = false
  /// STDIN of all requests goes to the first one.
  package var bodiesShareBuffer = false
  /// An empty body counts as one byte.
  package var countsEmptyBody = false
  /// Input for a request that is being answered closes the connection.
  package var inputWhileRunningCloses = false
  /// The most body bytes the application is given.
  package var bodyByteLimit = Int.max
  /// The bits of a body byte that reach the application.
  package var bodyByteMask: UInt8 = .max
  package var comparesBodyLength = true
  package var comparesDataLength = true

  // MARK: Management

  package var getValues = Reaction.proper
  /// The answer to FCGI_GET_VALUES waits until no request is active.
  package var getValuesWaits = false
  /// FCGI_GET_VALUES makes the PARAMS gathered so far forgotten.
  package var getValuesClearsParams = false
  /// All variables are answered, whether asked for or not.
  package var answersAllNames = false
  /// Whether a name that was asked for is that of a variable.
  package var isName: @Sendable (_ asked: [UInt8], _ name: [UInt8]) -> Bool = { $0 == $1 }
  /// The names of a question that are looked at.
  package var looksAt: @Sendable ([[UInt8]]) -> [[UInt8]] = { $0 }
  /// Unknown names are answered with an empty value.
  package var answersUnknownNames = false
  /// Values that are answered in place of the true ones.
  package var values: [String: String] = [:]
  /// FCGI_MPXS_CONNS is another from the second answer on.
  package var changesMultiplexing = false
  package var resultID: UInt16 = 0
  /// An empty record follows the result.
  package var endsResult = false
  /// Values that come with the names are answered.
  package var echoesValues = false
  /// Only the first question on a connection is answered.
  package var answersOnce = false
  /// A question that came in several reads is not answered.
  package var questionsMustBeWhole = false
  /// The last byte of a result is missing.
  package var cutsResult = false
  package var unknownType = Reaction.proper
  /// Types that get no answer, and whether only the first of a connection gets one.
  package var ignoresType: @Sendable (FastCGIRecordType) -> Bool = { _ in false }
  package var answersTypeOnce = false
  /// Added to the type that FCGI_UNKNOWN_TYPE names.
  package var unknownTypeOffset: UInt8 = 0
  package var unknownTypeByteCount = 8
  /// A record of unknown type gets no answer where it has content.
  package var unknownTypeNeedsNoContent = false

  // MARK: Outputs

  /// The version byte of every record sent, in place of the options'.
  package var version: UInt8?
  /// Added to the request ID of every application record sent.
  package var requestIDOffset: UInt16 = 0
  /// The types of the records that carry output and error text.
  package var stdoutType = FastCGIRecordType.stdout
  package var stderrType = FastCGIRecordType.stderr
  /// The request ID of error text, in place of the request's.
  package var stderrID: UInt16?
  /// Error text goes to another request that is active, where there is one.
  package var straysErrorText = false
  /// Whether the end of an error stream with text is missing: by the request's flag and the length of its body.
  package var losesErrorEnd: @Sendable (_ isKept: Bool, _ bodyByteCount: UInt64) -> Bool = { _, _ in false }
  /// Whether FCGI_END_REQUEST waits for the next bytes from the client: by the request's flag and its output so far.
  package var holdsEnd: @Sendable (_ isKept: Bool, _ outputByteCount: Int) -> Bool = { _, _ in false }
  /// Error text does not go out at all.
  package var losesErrorText = false
  /// Output bytes are sent as PARAMS come in.
  package var outputsEarly = false
  /// Records carry no padding.
  package var isUnpadded = false
  /// Output and error text of a request are cut after so many bytes.
  package var outputByteLimit = Int.max
  package var errorByteLimit = Int.max
  /// What is written after so many pauses is lost.
  package var mostPauses = Int.max
  /// What is written after so much error text is lost.
  package var errorBytesBeforeLoss = Int.max
  /// The output of a connection that is to be closed is cut after so many bytes, where input came that nobody used.
  package var lastOutputByteLimit = Int.max
  /// Changes the steps of an answer.
  package var answers: @Sendable (ProbeRequest, inout [ProbeStep]) -> Void = { _, _ in }
  /// Fields of these names are left out.
  package var droppedFields: [String] = []
  /// Of fields of the same name only the first goes out.
  package var dropsRepeatedFields = false
  package var repeatsContentType = false
  /// A header line is no field.
  package var breaksFieldLine = false
  /// Output begins with an HTTP status line.
  package var isNonParsed = false
  /// The status field holds reason and code in the wrong order.
  package var swapsStatus = false
  /// The empty STDOUT record is sent.
  package var endsStdout = true
  /// The empty STDOUT record is missing where the status is that.
  package var endlessCode: Int?
  /// The empty STDOUT record is sent where there was no output.
  package var endsEmptyStdout = true
  /// The empty STDOUT record goes out before the first output.
  package var endsStdoutEarly = false
  /// A STDOUT record with content follows the empty one.
  package var writesAfterStdoutEnd = false
  /// How many empty records end the error stream.
  package var stderrEnds = 1
  /// A record of a type that nobody defined precedes each end.
  package var sendsUndefinedType = false

  // MARK: The end

  /// How many FCGI_END_REQUEST records end a request.
  package var ends = 1
  /// How many end a request whose program works on after it, in their place.
  package var endsOfFinished: Int?
  /// How many end a request with application status 1, in their place.
  package var endsOfFailure: Int?
  /// The end of an error stream with text goes out after FCGI_END_REQUEST.
  package var endsStderrLate = false
  /// FCGI_END_REQUEST goes out before the last records of the streams.
  package var endsBeforeStreams = false
  /// A STDOUT record with content follows FCGI_END_REQUEST.
  package var outputsAfterEnd = false
  /// The content length of FCGI_END_REQUEST has its bytes swapped.
  package var swapsEndLength = false
  package var endByteCount = FastCGIEndRequestBody.byteCount
  /// The application status has its bytes swapped.
  package var swapsAppStatus = false
  package var appStatusIsZero = false
  /// The bits of an application status that go out.
  package var appStatusMask: UInt32 = .max
  /// An application status is never lower than that of the request before.
  package var appStatusSticks = false
  /// The protocol status of a request that was served, and of one whose answer had a certain status or none.
  package var servedStatus = FastCGIProtocolStatus.requestComplete
  package var statusOfAnswer: @Sendable ([ProbeVariable], Int?) -> FastCGIProtocolStatus? = { _, _ in nil }
  /// A connection that is to be kept is closed.
  package var closesKept = false
  /// A connection that is to be closed is left open.
  package var leavesOpen = false
  /// A connection is reset where it is to be closed.
  package var resets = false
  /// Bytes that follow the last record before a close.
  package var farewell: [UInt8] = []
  /// The last record before a close is cut off in its middle.
  package var cutsLastRecord = false

  // MARK: The process

  /// Whether a connection is served; the proper answer is whether its peer may connect.
  package var admits: @Sendable (Admission) -> Bool = { $0.isAllowed }
  /// What makes the process lose the connection that is next.
  package var isFatal: @Sendable (ResponderMoment) -> Bool = { _ in false }
  /// What is remembered of earlier requests, and for whom.
  package var remembers: ResponderMemory.Kind?
  package var memoryScope = ResponderMemory.Scope.connection
  /// What comes of the memory: into the variables, the body, the answer.
  package var recalls: @Sendable (ResponderMemory, inout [ProbeVariable]) -> Void = { _, _ in }
  package var recallsBody = false
  package var recallsData = false
  package var blends: @Sendable (ResponderMemory, inout [ProbeStep]) -> Void = { _, _ in }
  /// Text that is no record precedes the output of a process whose descriptors 1 and 2 were closed.
  package var printsToClosedOutput = false
  /// The exit code after SIGTERM; nil for a process that does not end.
  package var exitCode: Int32? = 0

  package init() {}
}
