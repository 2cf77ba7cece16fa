// What brings a request to a target: the seam between the loop and how a target is reached.
//
// A socket is opened, a process is started. Whoever hosts an application in a process of its own, and speaks to it by
// descriptors, implements this protocol and nothing else of the loop.

internal import Benching
internal import Glibc

/// Something that carries requests, by a descriptor that the loop reads, and writes where there is something to write.
package enum Carrier: Sendable {
  /// It is open: requests can be written.
  case open(Int32)
  /// It is being opened: the descriptor becomes writable when it is.
  case opening(Int32)
  /// A process that has its request already; the descriptor is its output.
  case process(output: Int32, Int32)
  /// It cannot be opened, for the system's reason.
  case failed(errno: Int32)
}

/// Opens carriers to one target.
package protocol CarrierSource: Sendable {
  /// Opens another one, without waiting for it.
  ///
  /// Descriptors do not block, and are closed when a program is run.
  func open() -> Carrier
  /// The process group of the target, where it is one that gatespec has started; nil where nobody can look.
  var group: Int32? { get }
}

extension FailureKind {
  /// What a failed system call means for a request.
  init(errno number: Int32, isProcess: Bool = false) {
    switch number {
    case ECONNREFUSED, ENOENT: self = isProcess ? .notStarted : .refused
    case EAGAIN: self = isProcess ? .notStarted : .queueFull
    case ECONNRESET, EPIPE: self = .reset
    case EMFILE, ENFILE: self = .noDescriptor
    case EADDRNOTAVAIL, EADDRINUSE: self = .noPort
    default: self = isProcess ? .notStarted : .unreachable
    }
  }
}
