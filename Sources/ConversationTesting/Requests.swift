// Requests and records for scripts: the few that tests send again and again.
//
// Sound as they stand; a test that needs another one writes its bytes.

package import FastCGIWire
internal import SCGIWire
internal import UWSGIWire

/// Names and values.
package typealias Variables = [(String, String)]

/// Steps of FastCGI.
package enum FastCGISteps {
  /// FCGI_BEGIN_REQUEST and PARAMS, ended.
  package static func begin(
    _ id: UInt16 = 1, role: FastCGIRole = .responder, keep: Bool = false, _ variables: Variables = plain
  ) -> [UInt8] {
    beginRecord(id, role: role, keep: keep) + stream(.params, id, pairs(variables))
  }

  /// FCGI_BEGIN_REQUEST alone.
  package static func beginRecord(_ id: UInt16 = 1, role: FastCGIRole = .responder, keep: Bool = false) -> [UInt8] {
    var bytes: [UInt8] = []
    FastCGIEncoder().appendBeginRequest(id, role: role, flags: keep ? 1 : 0, to: &bytes)
    return bytes
  }

  /// What PHP's requests have at least.
  package static let plain: Variables = [
    ("REQUEST_METHOD", "GET"), ("SCRIPT_FILENAME", "/www/a.php"), ("SCRIPT_NAME", "/a.php"), ("REQUEST_URI", "/a.php"),
  ]

  /// A stream in one record, and the empty record that ends it.
  package static func stream(_ type: FastCGIRecordType, _ id: UInt16 = 1, _ content: [UInt8], ended: Bool = true)
    -> [UInt8]
  {
    var bytes: [UInt8] = []
    let encoder = FastCGIEncoder()
    if !content.isEmpty { encoder.appendRecord(type, requestID: id, content: content, to: &bytes) }
    if ended { encoder.appendRecord(type, requestID: id, to: &bytes) }
    return bytes
  }

  package static func stream(_ type: FastCGIRecordType, _ id: UInt16 = 1, _ text: String, ended: Bool = true) -> [UInt8]
  {
    stream(type, id, Array(text.utf8), ended: ended)
  }

  /// FCGI_END_REQUEST.
  package static func end(
    _ id: UInt16 = 1, _ status: FastCGIProtocolStatus = .requestComplete, application: UInt32 = 0
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    FastCGIEncoder().appendEndRequest(
      id, FastCGIEndRequestBody(appStatus: application, protocolStatus: status), to: &bytes)
    return bytes
  }

  /// FCGI_ABORT_REQUEST.
  package static func abort(_ id: UInt16 = 1) -> [UInt8] {
    var bytes: [UInt8] = []
    FastCGIEncoder().appendAbortRequest(id, to: &bytes)
    return bytes
  }

  /// The whole output of a request that was served.
  package static func page(_ id: UInt16 = 1, _ text: String = "Content-Type: text/plain\r\n\r\nhello") -> [UInt8] {
    stream(.stdout, id, text) + end(id)
  }

  package static func pairs(_ variables: Variables) -> [UInt8] {
    var content: [UInt8] = []
    for (name, value) in variables { FastCGINameValueEncoder.append(name: name, value: value, to: &content) }
    return content
  }
}

/// An SCGI request.
package func scgiRequest(_ variables: Variables = FastCGISteps.plain, body: String = "") -> [UInt8] {
  var bytes: [UInt8] = []
  SCGIEncoder.appendRequest(
    headers: variables.map { (Array($0.0.utf8), Array($0.1.utf8)) }, body: body.utf8, to: &bytes)
  return bytes
}

/// A uwsgi request; CONTENT_LENGTH is among its variables when there is a body.
package func uwsgiRequest(_ variables: Variables = FastCGISteps.plain, body: String = "") -> [UInt8] {
  var all = variables
  if !body.isEmpty { all.append(("CONTENT_LENGTH", "\(body.utf8.count)")) }
  var bytes: [UInt8] = []
  UWSGIEncoder.appendRequest(
    variables: all.map { (Array($0.0.utf8), Array($0.1.utf8)) }, body: body.utf8, to: &bytes)
  return bytes
}
