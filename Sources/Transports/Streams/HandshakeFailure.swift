// From what TLS says about a failed handshake to a sentence that helps: expired, another name, an unknown authority.
//
// TLS itself says only that verification failed: what is wrong is read from the certificate.

internal import Glibc
internal import NIOCore
internal import NIOSSL
internal import WireBytes

/// A connection that was opened and could not be encrypted.
struct HandshakeFailure: Error {
  var cause: any Error

  /// Whether it is about the server's certificate.
  var isMistrust: Bool {
    (cause as? NIOSSLExtraError) == .failedToValidateHostname || "\(cause)".contains("CERTIFICATE_VERIFY_FAILED")
  }

  /// The error as the operator reads it.
  ///
  /// - Parameter certificate: What the server showed, where that is known.
  func explained(of address: Target.Address, certificate: NIOSSLCertificate?) -> TransportError {
    func error(_ code: TransportError.Code, _ message: String) -> TransportError {
      TransportError(code, message, context: "\(address)")
    }
    if let channelError = cause as? ChannelError, case .connectTimeout = channelError {
      return error(.timedOut, "\(address) did not answer the TLS handshake in time: is it a port for http://?")
    }
    if let cause = cause as? NIOSSLExtraError, cause == .failedToValidateHostname {
      let names = certificate?.names ?? []
      let whose = names.isEmpty ? "another name" : names.joined(separator: ", ")
      return error(
        .notTrusted,
        "the certificate of \(address) is for \(whose): name the target as its certificate does, or take it with -k")
    }
    let text = "\(cause)"
    guard isMistrust else {
      // What is no TLS is a record of a wrong version, an end or a reset.
      if cause is ChannelError || cause is IOError || text.contains("WRONG_VERSION_NUMBER")
        || text.contains("EOF during handshake")
      {
        return error(.wrongProtocol, "\(address) does not speak TLS: is it a port for http://?")
      }
      return error(.failed, "the TLS handshake with \(address) failed: \(text)")
    }
    let now = time(nil)
    if let certificate, certificate.notValidAfter < now {
      let day = Self.day(certificate.notValidAfter)
      return error(
        .notTrusted, "the certificate of \(address) expired on \(day): renew it, or take it with -k")
    }
    if let certificate, certificate.notValidBefore > now {
      let day = Self.day(certificate.notValidBefore)
      return error(
        .notTrusted, "the certificate of \(address) is valid from \(day) on: is a clock wrong? -k takes it now")
    }
    return error(
      .notTrusted,
      """
      the certificate of \(address) is from an unknown authority: name the authority's file with --cacert, \
      or take it with -k
      """)
  }

  /// A moment as a day: `2024-02-29`.
  private static func day(_ moment: time_t) -> String {
    var moment = moment
    var parts = unsafe tm()
    _ = unsafe gmtime_r(&moment, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return unsafe "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
  }
}

extension NIOSSLCertificate {
  /// The hosts that the certificate is for, at most five, escaped.
  fileprivate var names: [String] {
    _subjectAlternativeNames().lazy.filter { $0.nameType == .dnsName }.prefix(5).map {
      WireText.escape(Array($0.contents), limit: 80)
    }
  }
}
