// What every request to a target has: path, document root, the meta-variables of RFC 3875, the user's own.
//
// Values to bytes only. What a case adds or leaves out is its dialect's.

package import Transports

/// A target and what requests to it have in common.
package struct TargetProfile: Sendable {
  package var target: Target
  /// The request path; what follows a question mark in what was asked for is the query.
  package var path: String
  package var documentRoot: String
  /// Meta-variables of the user, which replace those of the same name.
  package var parameters: [(name: String, value: String)]
  /// Arguments of the user's own query, used where a case has none.
  package var query: String
  /// Header fields of the user, which every request over HTTP has that is not made of raw bytes.
  package var fields: [(name: String, value: String)] = []
  /// What of the user's is for the target alone, and stands in no report.
  package var secrets: [String] = []
  /// On whose word the target is believed to be who it says, where connections are encrypted.
  package var trust: ServerTrust = .system

  package init(
    target: Target, path: String? = nil, documentRoot: String? = nil, parameters: [(name: String, value: String)] = []
  ) {
    self.target = target
    // A program stands for itself: it is found in its own folder.
    var program: (folder: String, name: String) = ("/", "")
    if case .program(let file) = target.address, let slash = file.lastIndex(of: "/") {
      program = (slash == file.startIndex ? "/" : String(file[..<slash]), String(file[file.index(after: slash)...]))
    }
    let parts = path?.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    self.path = parts?.first ?? target.path ?? "/" + program.name
    query = (parts ?? []).dropFirst().first ?? target.query ?? ""
    self.documentRoot = documentRoot ?? program.folder
    self.parameters = parameters
  }

  /// What opens connections to the target.
  func connector(timeoutMilliseconds: Int64) -> StreamConnector {
    StreamConnector(
      target.address, trust: target.isEncrypted ? trust : nil, timeoutMilliseconds: timeoutMilliseconds)
  }

  /// The meta-variables of a request, in a fixed order.
  ///
  /// REDIRECT_STATUS is there because PHP's CGI program refuses to run without it.
  func variables(method: [UInt8], query: [UInt8]?, contentLength: Int?) -> [(name: [UInt8], value: [UInt8])] {
    let query = query ?? Array(self.query.utf8)
    let root = documentRoot.hasSuffix("/") ? String(documentRoot.dropLast()) : documentRoot
    let uri = Array(path.utf8) + (query.isEmpty ? [] : [0x3F] + query)
    var list: [(name: [UInt8], value: [UInt8])] = [
      (bytes("QUERY_STRING"), query), (bytes("GATEWAY_INTERFACE"), bytes("CGI/1.1")),
      (bytes("SERVER_SOFTWARE"), bytes("gatespec")),
      (bytes("SERVER_PROTOCOL"), bytes("HTTP/1.1")), (bytes("SERVER_NAME"), bytes("localhost")),
      (bytes("SERVER_PORT"), bytes("80")), (bytes("SERVER_ADDR"), bytes("127.0.0.1")),
      (bytes("REMOTE_ADDR"), bytes("127.0.0.1")), (bytes("REMOTE_PORT"), bytes("65000")),
      (bytes("REQUEST_METHOD"), method), (bytes("REQUEST_URI"), uri), (bytes("SCRIPT_NAME"), bytes(path)),
      (bytes("SCRIPT_FILENAME"), bytes(root + path)), (bytes("DOCUMENT_ROOT"), bytes(documentRoot)),
      (bytes("REDIRECT_STATUS"), bytes("200")), (bytes("HTTP_HOST"), bytes("localhost")),
    ]
    if let contentLength { list.append((bytes("CONTENT_LENGTH"), bytes("\(contentLength)"))) }
    for (name, value) in parameters {
      list.removeAll { $0.name == bytes(name) }
      list.append((bytes(name), bytes(value)))
    }
    return list
  }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
