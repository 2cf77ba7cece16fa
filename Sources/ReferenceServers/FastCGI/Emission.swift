// The records that a responder emits, as a fault may change them on their way out.
//
// Values, and how a record becomes bytes.

internal import FastCGIWire

/// A record on its way out.
struct SentRecord: Sendable {
  var type: FastCGIRecordType
  var id: UInt16
  var content: [UInt8]
  /// Its version, in place of the options'.
  var version: UInt8?
  /// Whether it carries no padding.
  var isUnpadded = false
  /// Whether the two bytes of its content length change places.
  var swapsLength = false
  /// Bytes before it that are no record.
  var prefix: [UInt8] = []
  /// Whether it waits for the next bytes from the client.
  var isHeld = false

  init(_ type: FastCGIRecordType, id: UInt16, _ content: [UInt8]) {
    self.type = type
    self.id = id
    self.content = content
  }

  /// What it says where it is FCGI_END_REQUEST.
  var endBody: FastCGIEndRequestBody? {
    type == .endRequest ? unsafe FastCGIEndRequestBody(content.span.bytes) : nil
  }

  /// Appends the record's bytes.
  func append(by encoder: FastCGIEncoder, to output: inout [UInt8]) {
    var encoder = encoder
    if let version { encoder.version = version }
    if isUnpadded { encoder.padding = .none }
    output += prefix
    let start = output.count
    encoder.appendRecord(type, requestID: id, content: content, to: &output)
    if swapsLength { output.swapAt(start + 4, start + 5) }
  }
}

/// Records that go out together.
struct Emission: Sendable {
  /// What they are.
  enum Kind: Hashable, Sendable {
    /// One record of output, and one of error text.
    case output, error
    /// The ends of a request's streams, where it has them, and FCGI_END_REQUEST; of one that was aborted too.
    case end, abortedEnd
    /// FCGI_END_REQUEST of a request that was rejected.
    case rejection
    /// The answer to FCGI_GET_VALUES, and that to a record of unknown type.
    case result, unknownType
    /// What a fault sends of its own.
    case own
  }

  let kind: Kind
  var records: [SentRecord]
  /// The request that they are of, before anything comes of them; nil for management records.
  let request: ResponderRequest?
  let connection: ResponderConnection
  /// Whether the process was started with descriptors 1 and 2 closed.
  let hasClosedOutput: Bool

  /// Whether they end a request that was active.
  var isEnd: Bool { kind == .end || kind == .abortedEnd }
  /// The application status in them, where they end a request.
  var appStatus: UInt32? {
    records.lazy.compactMap(\.endBody).first?.appStatus
  }

  /// Cuts output, or error text, to so many bytes of its request; a record without any is not sent.
  mutating func cut(to limit: Int) {
    guard let request else { return }
    let count = kind == .output ? request.outputByteCount : request.errorByteCount
    for index in records.indices {
      records[index].content = Array(records[index].content.prefix(max(0, limit - count)))
    }
    records.removeAll { $0.content.isEmpty }
  }

  /// Puts records before FCGI_END_REQUEST.
  mutating func insertBeforeEnd(_ record: SentRecord) {
    records.insert(record, at: records.firstIndex { $0.type == .endRequest } ?? records.endIndex)
  }
}
