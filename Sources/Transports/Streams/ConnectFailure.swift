// From what the system says about a failed connect to a sentence that helps.
//
// Only the wording and the codes live here; connecting is `StreamConnector`'s.

internal import Glibc
internal import NIOCore
internal import NIOPosix

extension TransportError {
  /// The error of a connect to `address` that failed with `error`.
  static func connecting(to address: Target.Address, _ error: any Error, timeoutMilliseconds: Int64) -> TransportError {
    if let number = systemErrorNumber(of: error) { return connecting(to: address, errno: number) }
    if let error = error as? NIOConnectionError {
      if let nested = error.connectionErrors.last {
        return connecting(to: address, nested.error, timeoutMilliseconds: timeoutMilliseconds)
      }
      return TransportError(
        .nameResolution, "the host of \(address) has no address: its name cannot be resolved",
        context: "\(address)")
    }
    if let error = error as? ChannelError, case .connectTimeout = error {
      return TransportError(
        .timedOut,
        "no answer from \(address) within \(timeoutMilliseconds) ms (connect): a firewall, or a full listen queue?",
        context: "\(address)")
    }
    if let error = error as? SocketAddressError, case .unixDomainSocketPathTooLong = error {
      return TransportError(
        .failed, "the path of \(address) is too long for a Unix socket (107 bytes at most)", context: "\(address)")
    }
    if error is SocketAddressError {
      return TransportError(.nameResolution, "the host of \(address) cannot be resolved", context: "\(address)")
    }
    return TransportError(.failed, "cannot connect to \(address): \(error)", context: "\(address)")
  }

  /// The system's error number inside `error`, where it is one of NIO's.
  static func systemErrorNumber(of error: any Error) -> Int32? {
    (error as? IOError)?.errnoCode
  }

  private static func connecting(to address: Target.Address, errno number: Int32) -> TransportError {
    let context = "\(address)"
    switch (number, address) {
    case (ECONNREFUSED, .unix(let path)):
      return TransportError(
        .refused, "nothing listens on \(path): the socket file is there, its server is gone (stale socket)",
        context: context, underlying: number)
    case (ECONNREFUSED, _):
      return TransportError(
        .refused, "nothing listens on \(context): is the backend running, and on this address and port?",
        context: context, underlying: number)
    case (ENOENT, .unix(let path)):
      return TransportError(
        .notFound, "there is no socket file \(path): is the backend running, and configured to listen there?",
        context: context, underlying: number)
    case (EACCES, .unix(let path)), (EPERM, .unix(let path)):
      return TransportError(
        .permissionDenied,
        "not allowed to connect to \(path): run gatespec as a user who may write to the socket, or change its mode",
        context: context, underlying: number)
    case (ENOTSOCK, .unix(let path)):
      return TransportError(.wrongKind, "\(path) is not a socket", context: context, underlying: number)
    case (EPROTOTYPE, .unix(let path)):
      return TransportError(.wrongKind, "\(path) is not a stream socket", context: context, underlying: number)
    case (EAGAIN, .unix(let path)):
      return TransportError(
        .timedOut, "the listen queue of \(path) is full: its server does not accept connections",
        context: context, underlying: number)
    case (ETIMEDOUT, _):
      return TransportError(.timedOut, "no answer from \(context) (connect)", context: context, underlying: number)
    case (ENETUNREACH, _), (EHOSTUNREACH, _), (EADDRNOTAVAIL, _):
      return TransportError(
        .unreachable, "there is no way to \(context): \(SystemError.words(number))", context: context,
        underlying: number)
    case (ECONNRESET, _):
      return TransportError(
        .reset, "\(context) reset the connection while it was opened", context: context, underlying: number)
    default:
      return TransportError(
        .failed, "cannot connect to \(context): \(SystemError.words(number))", context: context, underlying: number)
    }
  }

  /// Whether the listen queue of a Unix socket was full at that moment; over TCP the system waits by itself.
  var isOfAFullQueue: Bool { code == .timedOut && underlying == EAGAIN }
}
