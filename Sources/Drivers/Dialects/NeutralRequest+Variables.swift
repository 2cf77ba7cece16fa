// A neutral request's meta-variables: the same for every interface whose requests have them.
//
// What a request becomes as a whole is each dialect's.

import CGIWire
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
      lowered.steps[index].verb = profile.dialect.request(request, profile)
    }
    return lowered
  }
}

extension NeutralRequest {
  /// REQUEST_URI where the path goes on: as the client wrote it, not decoded.
  func addressVariables(_ profile: TargetProfile) -> [Pair] {
    guard !pathInfo.isEmpty else { return [] }
    let query = query ?? bytes(profile.query)
    let address = bytes(profile.path) + pathInfo + (query.isEmpty ? [] : [0x3F] + query)
    return [Pair(name: .bytes(bytes("REQUEST_URI")), value: .bytes(address))]
  }

  /// PATH_INFO and PATH_TRANSLATED where the path goes on.
  func pathVariables(_ profile: TargetProfile) -> [Pair] {
    guard !pathInfo.isEmpty else { return [] }
    let decoded = pathInfo.percentDecoded
    let root = profile.documentRoot.hasSuffix("/") ? String(profile.documentRoot.dropLast()) : profile.documentRoot
    return [
      Pair(name: .bytes(bytes("PATH_INFO")), value: .bytes(decoded)),
      Pair(name: .bytes(bytes("PATH_TRANSLATED")), value: .bytes(bytes(root) + decoded)),
    ]
  }

  /// The fields as meta-variables: CONTENT_TYPE, CONTENT_LENGTH, and HTTP_ names for all others.
  ///
  /// Nothing is withheld: who writes a field means it.
  var fieldVariables: [Pair] {
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
