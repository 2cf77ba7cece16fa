// One connection of a loop, or one process after another: its descriptor, its requests, and what reads its answers.
//
//     closed ──► opening ──► open ──► closed …       a request waits in its slot until the connection is open
//
// State only; what happens to it is LoadLoop's.

internal import Benching
internal import Glibc

/// A request's place on a connection.
struct LoadSlot {
  var moments = RequestMoments()
  /// It has a request that is not over.
  var isActive = false
  /// The request was sent anew, on another connection than the first.
  var isResent = false
}

/// A connection of a loop.
final class LoadConnection {
  let index: Int
  var reader: any AnswerReader
  var slots: [LoadSlot]
  /// -1 where it is closed.
  var descriptor: Int32 = -1
  /// Requests can be written.
  var isOpen = false
  /// A request was answered on it.
  var isReused = false
  /// The server closes it behind the answer that is coming.
  var closesBehindAnswer = false
  /// The process that it is; 0 where it is a connection.
  var process: pid_t = 0
  /// Counts openings and closings: what happened to an earlier descriptor is nothing to this one.
  var generation: UInt32 = 0
  /// Bytes that the system did not take at once.
  var unsent: [UInt8] = []

  init(index: Int, slots: Int, reader: any AnswerReader) {
    self.index = index
    self.reader = reader
    self.slots = Array(repeating: LoadSlot(), count: slots)
  }

  /// What events of the present descriptor are known by.
  var key: UInt64 { UInt64(generation) << 32 | UInt64(index) }
}
