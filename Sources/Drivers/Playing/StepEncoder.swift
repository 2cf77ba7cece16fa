// The bytes that a step sends. Pure: values in, bytes out.
//
// When they are sent, and what is awaited, is CaseDriver's.

import Expectations
import FastCGIWire
import Fixtures
import Transports
import WireBytes

struct StepEncoder: Sendable {
  let profile: TargetProfile

  /// The bytes of a step; nil for one that sends nothing.
  func encode(_ verb: Step.Verb) -> [UInt8]? {
    var output: [UInt8] = []
    switch verb {
    case .wire(let bytes): return bytes
    case .fastCGIRequest(let request): append(request, to: &output)
    case .beginRequest(let ids, let role, let flags, let reserved, let framing):
      for id in ids { appendBegin(id, role, flags, reserved, framing, to: &output) }
    case .params(let id, let params, let end, let framing):
      appendStream(.params, id, encode(params, role: .responder), end: end, framing, to: &output)
    case .stdin(let id, let blob, let end, let framing):
      appendStream(.stdin, id, blob.bytes, end: end, framing, to: &output)
    case .data(let id, let blob, let end, let framing):
      appendStream(.data, id, blob.bytes, end: end, framing, to: &output)
    case .abortRequest(let id):
      FastCGIEncoder.append(FastCGIRecordHeader(type: .abortRequest, requestID: id, contentLength: 0), to: &output)
    case .getValues(let pairs, let framing):
      var content: [UInt8] = []
      for pair in pairs { append(pair, to: &content) }
      appendRecord(.getValues, 0, content[...], framing, to: &output)
    case .record(let header, let content):
      FastCGIEncoder.append(header, to: &output)
      output += content.bytes
      output += [UInt8](repeating: 0, count: Int(header.paddingLength))
    case .httpRequest(let request): append(request, to: &output)
    case .halfClose, .close, .reset, .waitFor, .quiet, .rest, .open, .cgiRequest: return nil
    case .request: preconditionFailure("a neutral request is made one of its interface before it is sent")
    }
    return output
  }

  // MARK: FastCGI

  private func append(_ request: FastCGIRequest, to output: inout [UInt8]) {
    appendBegin(request.id, request.role, request.flags, 0, request.framing, to: &output)
    appendStream(
      .params, request.id, encode(request.params, role: request.role), end: true, request.framing, to: &output)
    if let body = request.body {
      appendStream(.stdin, request.id, body.bytes, end: true, request.framing, to: &output)
    }
    if let data = request.data {
      appendStream(.data, request.id, data.bytes, end: true, request.framing, to: &output)
    }
  }

  private func appendBegin(
    _ id: UInt16, _ role: FastCGIRole, _ flags: UInt8, _ reserved: UInt8, _ framing: RecordFraming,
    to output: inout [UInt8]
  ) {
    let body = [UInt8(role.rawValue >> 8), UInt8(role.rawValue & 255), flags] + [UInt8](repeating: reserved, count: 5)
    appendRecord(.beginRequest, id, body[...], framing, to: &output)
  }

  /// The content of PARAMS: the base, what the case adds or leaves out, and its raw tail.
  private func encode(_ params: FastCGIParams, role: FastCGIRole) -> [UInt8] {
    var pairs: [Pair] = []
    if params.base {
      // A web server sends an authorizer no CONTENT_LENGTH, PATH_INFO, PATH_TRANSLATED or SCRIPT_NAME.
      let withheld = role == .authorizer ? [bytes("CONTENT_LENGTH"), bytes("SCRIPT_NAME")] : []
      let added = Set(params.pairs.map(\.name.bytes))
      pairs = profile.variables(method: params.method, query: params.query, contentLength: params.contentLength)
        .filter { !params.without.contains($0.name) && !added.contains($0.name) && !withheld.contains($0.name) }
        .map { Pair(name: .bytes($0.name), value: .bytes($0.value)) }
    }
    pairs += params.pairs
    if params.reversed { pairs.reverse() }
    var content: [UInt8] = []
    for pair in pairs { append(pair, to: &content) }
    return content + params.rawTail
  }

  private func append(_ pair: Pair, to output: inout [UInt8]) {
    let form: FastCGILengthForm = pair.longForm ? .long : .shortest
    FastCGINameValueEncoder.append(
      name: pair.name.bytes, value: pair.value.bytes, nameForm: form, valueForm: form, to: &output)
  }

  private func appendStream(
    _ type: FastCGIRecordType, _ id: UInt16, _ content: [UInt8], end: Bool, _ framing: RecordFraming,
    to output: inout [UInt8]
  ) {
    var rest = content[...]
    var sizes = framing.firstSizes[...]
    while !rest.isEmpty {
      let size = min(max(sizes.popFirst() ?? framing.contentByteCount, 1), rest.count)
      appendRecord(type, id, rest.prefix(size), framing, to: &output)
      rest = rest.dropFirst(size)
    }
    if end { appendRecord(type, id, [], framing, to: &output) }
  }

  private func appendRecord(
    _ type: FastCGIRecordType, _ id: UInt16, _ content: ArraySlice<UInt8>, _ framing: RecordFraming,
    to output: inout [UInt8]
  ) {
    FastCGIEncoder.append(
      FastCGIRecordHeader(
        type: type, requestID: id, contentLength: UInt16(content.count), paddingLength: UInt8(framing.padding),
        reserved: framing.reserved), to: &output)
    output += content
    let pattern = framing.paddingBytes.isEmpty ? [0] : framing.paddingBytes
    for index in 0..<framing.padding { output.append(pattern[index % pattern.count]) }
  }

  // MARK: HTTP

  private func append(_ request: HTTPRequest, to output: inout [UInt8]) {
    var target = request.target ?? bytes(profile.path)
    if let query = request.query { target += [0x3F] + query }
    output += request.method + [0x20] + target + [0x20] + request.version + bytes("\r\n")
    let names = Set(request.fields.map { String(decoding: $0.name.bytes, as: UTF8.self).lowercased() })
    if request.base, !names.contains("host") { output += bytes("Host: \(profile.target.address)\r\n") }
    for field in request.fields { output += field.name.bytes + bytes(": ") + field.value.bytes + bytes("\r\n") }
    let body = request.body.bytes
    if let size = request.chunkByteCount {
      if request.base { output += bytes("Transfer-Encoding: chunked\r\n") }
      output += bytes("\r\n")
      var rest = body[...]
      while !rest.isEmpty {
        let chunk = rest.prefix(max(size, 1))
        output += bytes(String(chunk.count, radix: 16) + "\r\n") + chunk + bytes("\r\n")
        rest = rest.dropFirst(chunk.count)
      }
      output += bytes("0\r\n\r\n")
      return
    }
    if request.base, !body.isEmpty, !names.contains("content-length") {
      output += bytes("Content-Length: \(body.count)\r\n")
    }
    output += bytes("\r\n") + body
  }
}
