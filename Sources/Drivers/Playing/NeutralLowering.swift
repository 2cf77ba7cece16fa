// From a neutral request to the request of an interface: the one place where that is said.
//
// Values to values. Drivers and judges see the interface's own request, and nothing of where it came from.

import CGIWire
import Exchanges
import Expectations
import Fixtures
import Transports
import WireBytes

extension Case {
  /// The case with every neutral request made one of the target's interface.
  func lowered(for profile: TargetProfile) -> Case {
    var lowered = self
    for index in steps.indices {
      guard case .request(let request) = steps[index].verb else { continue }
      lowered.steps[index].verb = request.verb(for: profile)
    }
    return lowered
  }
}

extension NeutralRequest {
  /// The request as the target's interface has it.
  func verb(for profile: TargetProfile) -> Step.Verb {
    switch profile.target.wireProtocol {
    case .http1: .httpRequest(httpRequest(profile))
    case .cgi: .cgiRequest(cgiRequest(profile))
    case .fastCGI: .fastCGIRequest(fastCGIRequest(profile))
    case .scgi, .uwsgi: preconditionFailure("no neutral case is read for \(profile.target.wireProtocol)")
    }
  }

  private func httpRequest(_ profile: TargetProfile) -> HTTPRequest {
    let own = profile.query.isEmpty ? nil : bytes(profile.query)
    var request = HTTPRequest(
      method: method, target: pathInfo.isEmpty ? nil : bytes(profile.path) + pathInfo, query: query ?? own,
      fields: fields, body: body ?? .bytes([]))
    // An empty body is said to be one.
    if body?.count == 0 {
      request.fields.append(Pair(name: .bytes(bytes("Content-Length")), value: .bytes([0x30])))
    }
    return request
  }

  private func cgiRequest(_ profile: TargetProfile) -> CGIRequest {
    CGIRequest(
      method: method, query: query, pathInfo: pathInfo.percentDecoded,
      pairs: addressVariables(profile) + fieldVariables, body: body ?? .bytes([]), contentLength: body?.count)
  }

  private func fastCGIRequest(_ profile: TargetProfile) -> FastCGIRequest {
    var pairs = addressVariables(profile)
    if !pathInfo.isEmpty {
      let decoded = pathInfo.percentDecoded
      let root = profile.documentRoot.hasSuffix("/") ? String(profile.documentRoot.dropLast()) : profile.documentRoot
      pairs.append(Pair(name: .bytes(bytes("PATH_INFO")), value: .bytes(decoded)))
      pairs.append(Pair(name: .bytes(bytes("PATH_TRANSLATED")), value: .bytes(bytes(root) + decoded)))
    }
    let params = FastCGIParams(
      method: method, query: query, contentLength: body?.count, pairs: pairs + fieldVariables)
    return FastCGIRequest(params: params, body: body ?? .bytes([]))
  }

  /// REQUEST_URI where the path goes on: as the client wrote it, not decoded.
  private func addressVariables(_ profile: TargetProfile) -> [Pair] {
    guard !pathInfo.isEmpty else { return [] }
    let query = query ?? bytes(profile.query)
    let address = bytes(profile.path) + pathInfo + (query.isEmpty ? [] : [0x3F] + query)
    return [Pair(name: .bytes(bytes("REQUEST_URI")), value: .bytes(address))]
  }

  /// The fields as meta-variables: CONTENT_TYPE, CONTENT_LENGTH, and HTTP_ names for all others.
  ///
  /// Nothing is withheld: who writes a field means it.
  private var fieldVariables: [Pair] {
    let own = ["content-type", "content-length"]
    let lines = fields.map { CGIMetaVariables.Variable(name: $0.name.bytes, value: $0.value.bytes) }
    var list = CGIMetaVariables.fieldVariables(lines, withholding: own)
    for line in lines {
      guard own.contains(where: { line.name.equalsIgnoringCase($0.utf8) }) else { continue }
      list.set(CGIMetaVariables.variableName(ofField: line.name), line.value)
    }
    return list.variables.map { Pair(name: .bytes($0.name), value: .bytes($0.value)) }
  }
}
