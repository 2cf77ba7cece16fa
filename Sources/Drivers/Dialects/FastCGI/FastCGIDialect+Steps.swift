// The bytes of FastCGI's steps. Pure: values in, bytes out.

import Expectations
import FastCGIWire
import Fixtures

extension FastCGIDialect {
  func encoded(_ verb: Step.Verb, for profile: TargetProfile) -> [UInt8]? {
    var output: [UInt8] = []
    switch verb {
    case .fastCGIRequest(let request): append(request, profile, to: &output)
    case .beginRequest(let ids, let role, let flags, let reserved, let framing):
      for id in ids {
        framing.encoder.appendBeginRequest(id, role: role, flags: flags, reservedByte: reserved, to: &output)
      }
    case .params(let id, let params, let end, let framing):
      framing.append(.params, id, content(params, .responder, profile), isEnded: end, to: &output)
    case .stdin(let id, let blob, let end, let framing):
      framing.append(.stdin, id, blob.bytes, isEnded: end, to: &output)
    case .data(let id, let blob, let end, let framing):
      framing.append(.data, id, blob.bytes, isEnded: end, to: &output)
    case .abortRequest(let id): FastCGIEncoder().appendAbortRequest(id, to: &output)
    case .getValues(let pairs, let framing):
      framing.encoder.appendRecord(.getValues, requestID: 0, content: content(pairs), to: &output)
    case .record(let header, let content):
      FastCGIEncoder.append(header, to: &output)
      output += content.bytes
      output += [UInt8](repeating: 0, count: Int(header.paddingLength))
    default: return nil
    }
    return output
  }

  private func append(_ request: FastCGIRequest, _ profile: TargetProfile, to output: inout [UInt8]) {
    let (id, framing) = (request.id, request.framing)
    framing.encoder.appendBeginRequest(id, role: request.role, flags: request.flags, to: &output)
    framing.append(.params, id, content(request.params, request.role, profile), isEnded: true, to: &output)
    if let body = request.body { framing.append(.stdin, id, body.bytes, isEnded: true, to: &output) }
    if let data = request.data { framing.append(.data, id, data.bytes, isEnded: true, to: &output) }
  }

  /// The content of PARAMS: the base, what the case adds or leaves out, and its raw tail.
  private func content(_ params: RequestVariables, _ role: FastCGIRole, _ profile: TargetProfile) -> [UInt8] {
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
    return content(pairs) + params.rawTail
  }

  private func content(_ pairs: [Pair]) -> [UInt8] {
    var content: [UInt8] = []
    for pair in pairs {
      let form: FastCGILengthForm = pair.longForm ? .long : .shortest
      FastCGINameValueEncoder.append(
        name: pair.name.bytes, value: pair.value.bytes, nameForm: form, valueForm: form, to: &content)
    }
    return content
  }
}

extension RecordFraming {
  /// Appends the records of a stream.
  fileprivate func append(
    _ type: FastCGIRecordType, _ id: UInt16, _ content: [UInt8], isEnded: Bool, to output: inout [UInt8]
  ) {
    encoder.appendStream(type, requestID: id, content: content, framing: stream, isEnded: isEnded, to: &output)
  }
}
