// How the tests set an HTTP/1 decoder up, and what they read from its log.

import HTTP1Wire
import TestSupport
import WireBytes

/// What to feed a decoder besides bytes.
struct DecoderSetting: Sendable {
  var role = HTTP1Role.requests
  var joinedInTheMiddle = false
  var methods: [HTTP1MethodKind] = []
  var lineLimit = 65536

  func decoder() -> HTTP1Decoder {
    var decoder = HTTP1Decoder(role: role, joinedInTheMiddle: joinedInTheMiddle, lineLimit: lineLimit)
    for method in methods { decoder.expectResponse(to: method) }
    return decoder
  }

  /// The log of a stream that arrives in `pieces` and then ends.
  func log(_ pieces: [ArraySlice<UInt8>]) -> [String] {
    decoder().log(pieces, role == .requests ? .request : .response)
  }

  func log(_ text: String) -> [String] { log([Array(text.utf8)[...]]) }
}

/// The lines of `log` that are anomalies, by name.
func anomalies(_ log: [String]) -> [String] {
  log.compactMap { line in
    let words = line.split(separator: " ")
    return words.count > 3 && words[1] == "!" ? String(words[3]) : nil
  }
}
