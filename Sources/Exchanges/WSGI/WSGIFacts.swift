// What only a WSGI exchange has: what was observed of the calls between a server and an application.
//
// Bounded: of each kind of observation the first. Nothing here judges: whether one is wrong, a rule says.

package import WireBytes

/// What can be observed of an application, and of a middleware as the server that it is to the application below.
package enum WSGIObservation: String, Hashable, Sendable, CaseIterable {
  // The call.

  /// It could not be called with two positional arguments.
  case refusesTwoArguments
  /// Its process ended, or the connection to it broke, while it was called.
  case vanished
  /// It raised an exception that is its own.
  case raised
  /// The iterable's close() raised an exception.
  case closeRaised
  /// close() raised one after the server had stopped early.
  case earlyCloseRaised
  /// Other calls at the same time had another outcome.
  case differsBeside

  // start_response.

  case startKeywords, startArguments, startedAgain, statusType, statusForm, statusControl
  case headersType, fieldItem, fieldType, fieldName, fieldControl, hopByHop, transferEncoding
  /// Status or headers have characters beyond U+00FF.
  case notLatin1
  case errorTuple
  /// What start_response raised, because the headers had been sent, did not leave the application.
  case errorTrapped

  // The body.

  case neverStarted, bodyBeforeStart, notIterable, notIterableAfterWrite, itemType, lengthDiffers
  case writeUsed, writeType, writeInIteration

  // environ's streams.

  case readPast, streamMethod, streamClosed, errorsType

  // A middleware as a server.

  case innerKeywords, innerEnviron, innerMissing, innerVariableType, innerWide, innerInput, innerErrors
  case innerStart, innerCalledAgain, innerEnded, innerRaised, innerStopped, innerGathered, innerGatheredInCall
  case innerItemsWritten, innerAssumed, innerNotRefused, innerErrorLost, innerWriteLost
}

/// The first observation of a kind.
package struct WSGINote: Hashable, Sendable {
  package var observation: WSGIObservation
  /// Where it was told, in the stream of what the bridge says.
  package var offset: StreamOffset
  /// What was seen, in a few words: a type's name, a text.
  package var detail: String
  /// File and line of the application, where they are known: `shop/views.py:12`.
  package var place: String
}

/// What only an exchange of WSGI has.
package struct WSGIFacts: Hashable, Sendable {
  /// The application was called.
  package var wasCalled = false
  /// The server came to the end of the call, close() included.
  package var isDone = false
  /// Why the application could not be loaded.
  package var failure: String?
  /// The response is the server's own: the application raised an exception before the headers were sent.
  package var isServersAnswer = false
  /// What goes wrong for the application was done to it by the case: the client left, or its body did not come.
  package var isProvoked = false
  /// The application is a middleware, and the known application below it was called.
  package var hasInner = false
  /// Bytes of body that a server keeps to itself, in answer to HEAD.
  package var withheldByteCount: UInt64 = 0
  /// How often start_response was called.
  package var starts = 0
  /// How many items the iterable gave, and how often write() was called.
  package var items = 0
  package var writes = 0
  /// How often close() was called on what the application returned, or nil where that has none.
  package var closes = 0
  /// Bytes of the body that were read.
  package var readByteCount: UInt64 = 0
  /// The first observation of each kind, in the order in which they were made.
  package private(set) var notes: [WSGINote] = []

  /// The most bytes of a detail or a place that are kept.
  private static let textLimit = 200

  package init() {}

  /// Takes note of something; the first of its kind stays.
  package mutating func note(
    _ observation: WSGIObservation, at offset: StreamOffset, _ detail: String = "", place: String = ""
  ) {
    guard first(observation) == nil else { return }
    notes.append(
      WSGINote(
        observation: observation, offset: offset, detail: Self.bounded(detail), place: Self.bounded(place)))
  }

  /// Takes back an observation that what followed explains.
  mutating func forget(_ observation: WSGIObservation) { notes.removeAll { $0.observation == observation } }

  /// The first observation of that kind.
  package func first(_ observation: WSGIObservation) -> WSGINote? {
    notes.first { $0.observation == observation }
  }

  private static func bounded(_ text: String) -> String {
    WireText.escape(Array(text.utf8), limit: textLimit)
  }
}
