// What one run of a CGI program is given: its meta-variables, arguments and input.
//
// Values to values. Running it is CGIPlayer's.

import CGIWire
import Expectations
import Fixtures
import Transports
import WireBytes

extension TargetProfile {
  /// The run that a case's request asks for.
  func invocation(_ path: String, _ request: CGIRequest) -> ProgramInvocation {
    var invocation = ProgramInvocation(
      path: path, arguments: request.arguments,
      environment: metaVariables(request).variables.map { $0.name + [0x3D] + $0.value }, input: request.body.bytes,
      holdsInput: request.holdsInput)
    invocation.inputRestMilliseconds = request.inputRestMilliseconds
    return invocation
  }

  /// The meta-variables of a request: those of RFC 3875, three that every server adds, the user's, the case's.
  ///
  /// Nothing is inherited; there is no PATH unless the user gives one.
  func metaVariables(_ request: CGIRequest) -> CGIMetaVariables {
    var base = CGIMetaVariables.Request()
    base.method = request.method
    base.scriptPath = bytes(path)
    base.query = request.query ?? bytes(query)
    base.fields = [CGIMetaVariables.Variable("Host", "localhost")]
    let bodyLength = request.body.count > 0 ? request.body.count : nil
    base.contentLength = (request.contentLength ?? bodyLength).map { UInt64($0) }
    var variables = CGIMetaVariables(base)
    let root = documentRoot.hasSuffix("/") ? String(documentRoot.dropLast()) : documentRoot
    let script = base.scriptPath.percentDecoded
    if !request.pathInfo.isEmpty {
      variables.append(bytes("PATH_INFO"), request.pathInfo)
      variables.append(bytes("PATH_TRANSLATED"), bytes(root) + request.pathInfo)
    }
    variables.append(bytes("DOCUMENT_ROOT"), bytes(documentRoot))
    variables.append(bytes("SCRIPT_FILENAME"), bytes(root) + script)
    let uri = base.scriptPath + request.pathInfo + (base.query.isEmpty ? [] : [0x3F] + base.query)
    variables.append(bytes("REQUEST_URI"), uri)
    for (name, value) in parameters { variables.set(bytes(name), bytes(value)) }
    for name in request.without + request.pairs.map(\.name.bytes) { variables.remove(name) }
    for pair in request.pairs { variables.append(pair.name.bytes, pair.value.bytes) }
    return variables
  }
}
