// Where a fault or a style cuts into the reference HTTP server: how it reads, what it serves, what it writes.
//
// As it stands every answer is that of a right server. The ways in which most faults change it stand in
// HTTPPolicy+Changes.

internal import WireBytes

/// The answers that an ``HTTPResponder`` gives to the specification's questions.
package struct HTTPPolicy: Sendable {
  /// What becomes of an oddity that is not taken.
  enum Refusal: Hashable, Sendable {
    case status(Int)
    /// The connection is closed without a word.
    case silence
    /// Nothing at all happens, for good.
    case deafness
  }

  /// What a server wrongly keeps of a request.
  enum Memory: Hashable, Sendable {
    case nothing
    /// The fields of a connection's first request are in all others that have none of that name.
    case fields
    /// The Host of a connection's first request is that of all others.
    case host
    /// The fields of the server's first request are in all others that have none of that name.
    case fieldsForAll
  }

  // MARK: The application

  /// It is a gateway: its application is asked as over CGI, and speaks of meta-variables.
  package var isGateway = false
  /// Changes a gateway's variables before the application sees them.
  package var receives: @Sendable (inout [ProbeVariable]) -> Void = { _ in }
  /// Changes the steps of the answer to a gateway's variables.
  package var answers: @Sendable ([ProbeVariable], inout [ProbeStep]) -> Void = { _, _ in }

  // MARK: What it reads

  /// The rules that it neglects.
  var neglects: Set<HTTPNeglect> = []
  /// Oddities that are passed over, each in the way that is the most common.
  var takes: Set<HTTPOddity> = [.emptyLine]
  /// Oddities that are answered in step, once the whole request is read, so that the connection goes on.
  var answersInStep: Set<HTTPOddity> = []
  /// How others are refused, where not by their own status.
  var refusals: [HTTPOddity: Refusal] = [:]
  /// The most bytes of a request line, of a field line, and of all of them.
  var lineLimit = 32_768
  var headLimit = 65_536
  var fieldLimit = 1_000
  /// The most bytes of a body, of a chunk's line, and of all extensions of a body.
  var bodyLimit: UInt64 = 64 << 20
  var chunkLineLimit = 8_192
  var extensionLimit = 16_384
  /// Changes a method as it is read.
  var readsMethod: @Sendable ([UInt8]) -> [UInt8] = { $0 }
  /// The name that a field goes by; its white space has been taken off where that is passed over.
  var readsName: @Sendable ([UInt8]) -> [UInt8] = { $0 }
  /// The value in what stands behind a colon.
  var readsValue: @Sendable ([UInt8]) -> [UInt8] = { $0.trimmedOfBlanks }
  /// Whether a Host field names a host.
  var acceptsHost: @Sendable ([UInt8]) -> Bool = { HTTPSyntax.isHost($0) }
  /// The number in a Content-Length, or in an element of one; nil where it is none.
  var readsLength: @Sendable ([UInt8]) -> UInt64? = { DecimalNumber.value(of: $0) }
  /// The element of Transfer-Encoding as it is compared, and whether it is the chunked coding.
  var readsCoding: @Sendable ([UInt8]) -> [UInt8] = { $0.trimmedOfBlanks }
  var isChunked: @Sendable ([UInt8]) -> Bool = { $0.equalsIgnoringCase("chunked".utf8) }
  /// Changes the line before a chunk's data.
  var changesChunkLine: @Sendable ([UInt8]) -> [UInt8] = { $0 }
  /// The number in what stands before a chunk's extensions.
  var readsChunkSize: @Sendable ([UInt8]) -> UInt64? = { HTTPSyntax.hexNumber($0) }
  /// Changes a request that is read, or its head before its framing is decided.
  var changesHead: @Sendable (inout ServedRequest) -> Void = { _ in }
  var changesRequest: @Sendable (inout ServedRequest) -> Void = { _ in }
  /// Whether the connection is closed without an answer once the head is there.
  var dropsHead: @Sendable (ServedRequest) -> Bool = { _ in false }
  /// The status that refuses a request for its head, whatever it asks for.
  var refusesHead: @Sendable (ServedRequest) -> Int? = { _ in nil }
  /// Oddities that are passed over in requests of versions before HTTP/1.1.
  var takesOfOldClients: Set<HTTPOddity> = []
  /// What of a request is still there in those that follow.
  var memory = Memory.nothing
  /// Whether nothing more is read on the connection after that answer.
  var deafens: @Sendable (ServedRequest, HTTPAnswer) -> Bool = { _, _ in false }
  /// A connection without a byte ends the process.
  var diesOfEmptyConnections = false

  // MARK: What it serves

  /// The methods of the page, and all that are known.
  var allowed = ["GET", "HEAD", "POST", "OPTIONS"]
  var known: Set<String> = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"]
  /// A page has validators, and ranges are served.
  var hasValidators = true
  var servesRanges = true
  /// The tag of a page is a weak one.
  var hasWeakTags = false
  /// When the page was changed last.
  var lastModified: UInt64 = 1_640_995_200

  // MARK: What it writes

  /// Every body that may be is sent in chunks.
  var sendsChunks = false
  /// The connection ends after every response.
  var closesAlways = false
  /// Changes what is answered before its framing is decided and the fields of the server are added.
  var decides: @Sendable (ServedRequest, inout HTTPAnswer) -> Void = { _, _ in }
  /// Changes an answer that is ready to be written.
  var changesAnswer: @Sendable (ServedRequest, inout HTTPAnswer) -> Void = { _, _ in }
  /// Changes the bytes of the head, and those of the body as it is framed.
  var writesHead: @Sendable (ServedRequest, HTTPAnswer, inout [UInt8]) -> Void = { _, _, _ in }
  var writesBody: @Sendable (ServedRequest, HTTPAnswer, inout [UInt8]) -> Void = { _, _, _ in }
  /// The bytes of the interim response that asks for a body.
  var continuation = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
  /// So many bytes of each response are written one by one.
  var singleByteCount = 0

  package init() {}

  /// Chunks are read whatever length stands beside them, and the connection goes on.
  mutating func readsCodingBesideLength() {
    takes.insert(.lengthBesideCoding)
    neglects.insert(.closingAfterDoubt)
  }

  /// Whether the rule is kept.
  func keeps(_ rule: HTTPNeglect) -> Bool { !neglects.contains(rule) }

  /// A server of this policy.
  var service: ReferenceService {
    .connections { start in
      let process = HTTPProcess(start)
      return ServerProcess { HTTPResponder(self, process: process) }
    }
  }
}
