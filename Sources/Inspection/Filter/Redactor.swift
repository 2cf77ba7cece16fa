// Secrets out of what is shown: their values are replaced by tokens, equal ones by equal tokens.
//
// So sessions can still be followed, and nobody who reads the output can take one over. What is a secret is told by
// names: of fields, of cookies' field, of parameters in queries, forms, JSON and plain text.

package import Conformance
package import Exchanges
internal import WireBytes

/// Replaces secrets in exchanges.
package struct Redactor: Sendable {
  /// Names whose values are secrets, in the form of ``plain(_:)``.
  private let names: Set<String>
  /// Of this run alone, so that a token says nothing to another.
  private let key: [UInt64]

  /// Names of parameters and fields that hold secrets wherever they stand.
  private static let usual: Set<String> = [
    "password", "passwd", "pwd", "pass", "passphrase", "secret", "client_secret", "token", "access_token",
    "refresh_token", "id_token", "auth_token", "csrf_token", "xsrf_token", "session_token", "api_key", "apikey",
    "api_token", "private_key", "session", "sessionid", "session_id", "phpsessid", "jsessionid", "php_auth_pw",
    "php_auth_digest",
  ]
  private static let credentials: Set<String> = ["authorization", "proxy_authorization"]
  private static let longestName = 64
  /// A value that is shorter is found by its name only: elsewhere it may be any word.
  private static let shortestKnown = 6

  /// - Parameter more: Names that the user adds, in any case, `-` and `_` alike.
  package init(alsoNamed more: [String] = []) {
    names = Self.usual.union(more.map { Self.plain(Array($0.utf8)[...]) })
    key = [UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)]
  }

  // MARK: Exchanges

  /// Replaces the secrets of an exchange, and of what was found in it.
  package func redact(_ exchange: inout Exchange, _ findings: inout [Finding]) {
    var known: Set<[UInt8]> = []
    exchange.request.fields = redacted(exchange.request.fields, &known)
    exchange.response.fields = redacted(exchange.response.fields, &known)
    exchange.request.target = replacing(known, in: replacingAssignments(exchange.request.target[...], &known))
    let requestCoding =
      exchange.request.fields.firstField("content-encoding") ?? exchange.request.fields.first("HTTP_CONTENT_ENCODING")
    redact(&exchange.request.body, isCoded: requestCoding != nil, &known)
    redact(
      &exchange.response.body, isCoded: exchange.response.fields.firstField("content-encoding") != nil, &known)
    redact(&exchange.errorStream, isCoded: false, &known)
    for index in exchange.wireEvents.indices {
      exchange.wireEvents[index].text = redacted(Self.withoutBytes(exchange.wireEvents[index].text), &known)
    }
    for index in findings.indices { findings[index].message = redacted(findings[index].message, &known) }
  }

  /// Replaces secrets in a line of text.
  package func redacted(_ text: String) -> String {
    var known: Set<[UInt8]> = []
    return redacted(text, &known)
  }

  private func redacted(_ text: String, _ known: inout Set<[UInt8]>) -> String {
    let bytes = replacing(known, in: replacingAssignments(Array(text.utf8)[...], &known))
    return String(decoding: bytes, as: UTF8.self)
  }

  /// An event's line without the bytes that it quotes, which are its end.
  ///
  /// They are escaped, and cut or divided wherever a record is: part of a secret would not be known as one.
  private static func withoutBytes(_ line: String) -> String {
    line.firstIndex(of: "\"").map { line[..<$0] + "\"…\"" } ?? line
  }

  private func redact(_ content: inout Content, isCoded: Bool, _ known: inout Set<[UInt8]>) {
    guard !content.retained.isEmpty else { return }
    // What is compressed cannot be looked into here, and is not shown.
    if isCoded { return content.forgetBytes() }
    content.replaceBytes(replacing(known, in: replacingAssignments(content.retained[...], &known)))
  }

  // MARK: Fields

  private func redacted(_ fields: FieldList, _ known: inout Set<[UInt8]>) -> FieldList {
    var result = FieldList()
    for index in fields.indices {
      let name = Array(fields.name(index))
      result.append(name: name, value: redacted(fields.value(index), of: Self.plain(name[...]), &known))
    }
    result.noteDropped(fields.droppedCount)
    return result
  }

  /// The value of a field, or of a meta-variable, with that plain name.
  private func redacted(_ value: ArraySlice<UInt8>, of name: String, _ known: inout Set<[UInt8]>) -> [UInt8] {
    if names.contains(name) { return token(value, &known) }
    if Self.credentials.contains(name) {
      // The scheme is no secret.
      guard let space = value.firstIndex(of: 0x20) else { return token(value, &known) }
      return value[...space] + token(value[value.index(after: space)...], &known)
    }
    if name == "set_cookie" {
      let end = value.firstIndex(of: UInt8(ascii: ";")) ?? value.endIndex
      return redactedCookie(value[..<end], &known) + value[end...]
    }
    if name == "cookie" || name == "cookie2" {
      let cookies = value.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      return Array(cookies.map { redactedCookie($0, &known) }.joined(separator: [UInt8(ascii: ";")]))
    }
    return replacingAssignments(value, &known)
  }

  /// `name=value`, the name kept; what has no name is all value.
  private func redactedCookie(_ cookie: ArraySlice<UInt8>, _ known: inout Set<[UInt8]>) -> [UInt8] {
    let equals = cookie.firstIndex(of: UInt8(ascii: "="))
    let start = equals.map { $0 + 1 } ?? cookie.firstIndex { $0 != 0x20 } ?? cookie.endIndex
    return cookie[..<start] + token(cookie[start...], &known)
  }

  /// A name as it is compared: in lower case, with `_`, and without what gateways and custom put before it.
  private static func plain(_ name: ArraySlice<UInt8>) -> String {
    var text = String(decoding: name, as: UTF8.self).lowercased().replacing("-", with: "_")
    for prefix in ["redirect_", "http_", "x_"] where text.hasPrefix(prefix) { text.removeFirst(prefix.count) }
    return text
  }

  // MARK: Text

  /// Replaces values that stand behind a secret's name: `password=x`, `"token": "x"`, `api_key: x`.
  private func replacingAssignments(_ bytes: ArraySlice<UInt8>, _ known: inout Set<[UInt8]>) -> [UInt8] {
    var result: [UInt8] = []
    var copied = bytes.startIndex
    var index = bytes.startIndex
    while index < bytes.endIndex {
      guard Self.isOfName(bytes[index]) else {
        index += 1
        continue
      }
      let start = index
      index = bytes[index...].firstIndex { !Self.isOfName($0) } ?? bytes.endIndex
      guard index - start <= Self.longestName, names.contains(Self.plain(bytes[start..<index])),
        let value = Self.value(after: index, in: bytes), !value.isEmpty
      else { continue }
      result += bytes[copied..<value.startIndex]
      result += token(value, &known)
      copied = value.endIndex
      index = value.endIndex
    }
    return copied == bytes.startIndex ? Array(bytes) : result + bytes[copied...]
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") || byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
      || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "-")
  }

  /// What is assigned to a name that ends there: up to its closing quote, or to what ends a parameter.
  private static func value(after end: Int, in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var index = end
    let quotes: Set<UInt8> = [UInt8(ascii: "\""), UInt8(ascii: "'")]
    if index < bytes.endIndex, quotes.contains(bytes[index]) { index += 1 }
    // PHP's and forms' `token[]=x`, as such and encoded.
    for brackets in [Array("[]".utf8), Array("%5B%5D".utf8), Array("%5b%5d".utf8)]
    where bytes[index...].starts(with: brackets) {
      index += brackets.count
    }
    while index < bytes.endIndex, bytes[index] == 0x20 { index += 1 }
    guard index < bytes.endIndex, bytes[index] == UInt8(ascii: "=") || bytes[index] == UInt8(ascii: ":") else {
      return nil
    }
    index += 1
    while index < bytes.endIndex, bytes[index] == 0x20 { index += 1 }
    guard index < bytes.endIndex else { return nil }
    if quotes.contains(bytes[index]) {
      let quote = bytes[index]
      let start = index + 1
      var close = start
      while close < bytes.endIndex, bytes[close] != quote { close += bytes[close] == UInt8(ascii: "\\") ? 2 : 1 }
      return bytes[start..<min(close, bytes.endIndex)]
    }
    let ends: Set<UInt8> = Set("&;, \"'<>{}\r\n\t#".utf8)
    return bytes[index..<(bytes[index...].firstIndex { ends.contains($0) } ?? bytes.endIndex)]
  }

  /// Replaces values that are known to be secrets wherever else they stand.
  private func replacing(_ known: Set<[UInt8]>, in bytes: [UInt8]) -> [UInt8] {
    let wanted = known.filter { $0.count >= Self.shortestKnown }.sorted { $0.count > $1.count }
    guard !wanted.isEmpty else { return bytes }
    var firsts = [Bool](repeating: false, count: 256)
    for value in wanted { firsts[Int(value[0])] = true }
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if firsts[Int(bytes[index])], let value = wanted.first(where: { bytes[index...].starts(with: $0) }) {
        result += token(value[...])
        index += value.count
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }

  // MARK: Tokens

  private func token(_ value: ArraySlice<UInt8>, _ known: inout Set<[UInt8]>) -> [UInt8] {
    guard !value.isEmpty else { return [] }
    known.insert(Array(value))
    return token(value)
  }

  /// The same for the same bytes within a run: a keyed hash, of which nobody outside knows the key.
  private func token(_ value: ArraySlice<UInt8>) -> [UInt8] {
    var hasher = Hasher()
    hasher.combine(key)
    for byte in value { hasher.combine(byte) }
    let digits = String(UInt64(UInt(bitPattern: hasher.finalize())) & 0xFFFF_FFFF_FFFF, radix: 16)
    return Array("redacted-\(String(repeating: "0", count: 12 - digits.count))\(digits)".utf8)
  }
}
