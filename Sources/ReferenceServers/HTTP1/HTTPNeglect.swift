// Rules of HTTP that a server can neglect, one by one: the yes-or-no questions that a fault answers otherwise.
//
// Names only; what each changes stands where it is asked for.

/// A rule that a server neglects.
enum HTTPNeglect: Hashable, Sendable {
  // Requests.

  /// A head has to come in one read.
  case splitHeads
  /// A CR alone ends a line, a line end of Unicode does.
  case lineEndsWithCR, unicodeLineEnds
  /// Lines that begin with white space are fields of their own.
  case indentedFieldsAreFields, foldsAreFields, foldsAreDropped
  /// Trailer fields are left for the next request; or what is odd about them has not the status of an odd request.
  case trailersAreRequests, statusOfOddTrailers
  /// What follows a head is the next request, whatever the head says of a body; or what follows that of a GET, or of a
  /// request that is refused, is.
  case bodiesAreRequests, bodiesOfGETAreRequests, bodiesOfErrorsAreRequests
  /// Without a length a body of POST lasts until the connection ends.
  case noLengthIsUntilEnd
  /// Of two framings the length counts.
  case lengthBeforeCoding
  /// Of several lengths the last counts.
  case lastLength
  /// A body that the end of the connection cuts is taken for whole; or the connection stays open after it.
  case cutBodiesAreWhole, closingOfCutBodies
  /// What has come behind a head without a body is its body.
  case bytesBehindHeadsAreBodies
  /// A head is answered once its first line and a field are there.
  case wholeHeads
  /// The byte behind a body in chunks is lost.
  case byteBehindChunks
  /// Answers that were not sent yet are lost with the request behind them that is refused.
  case answersBeforeRefusals
  /// While a body of more than 100 MB is due nobody else is served.
  case serviceDuringLargeBodies

  // Connections.

  /// After a refusal the connection goes on.
  case closingAfterRefusal
  /// After doubtful framing the connection goes on.
  case closingAfterDoubt
  /// Connection: close is not heeded, not said, heeded late; it is said, and not done.
  case close, closeSaid, closeAtOnce, closeDone
  /// Only the first line of Connection counts, or only a value that is nothing but close, or only in lower case.
  case connectionLines, connectionLists, connectionCase
  /// A client of HTTP/1.0 is kept.
  case closingForOldClients

  // Expectations.

  /// 100 (Continue) is never sent, sent to HTTP/1.0, sent once the body is there, and no final one follows.
  case continuation, oldClientsOfContinuation, continuationInTime, finalResponse
  /// The expectation has a case.
  case expectationCase

  // Conditions.

  case ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince, ifRange
  /// A weak tag matches nothing where tags are compared weakly.
  case weakComparison
  /// `*` is a tag like any other.
  case anyTag
  /// If-Modified-Since counts beside If-None-Match, If-Unmodified-Since beside If-Match.
  case precedenceOfTags, precedenceOfMatch
  /// If-Modified-Since counts for POST.
  case datesOfGETOnly
  /// A date that is none counts as one long ago.
  case invalidDates
  /// Only the first of the three forms of a date is known.
  case oldDates
  /// A two-digit year is of this century.
  case datesOfTheFuture
  /// Conditions count where the response would be an error, and for OPTIONS.
  case conditionsOfErrors, conditionsOfOPTIONS
  /// A condition of GET that fails is answered 412.
  case notModified
  /// If-Range is met by any later date.
  case exactRangeDates

  // Ranges.

  /// Range counts for HEAD, for POST, in other units.
  case rangesOfGETOnly, rangesOfPOST, rangeUnits
  /// A range without an end is malformed; so is one of the last bytes; an end beyond the last byte is unsatisfiable.
  case openRanges, suffixRanges, longRanges
  /// Positions are taken for numbers of 32 bits.
  case largePositions
  /// A part that does not exist is answered as a whole page with status 206.
  case unsatisfiable
}
