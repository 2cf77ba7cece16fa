// Requests that have begun and of which nothing else was seen, while others are open: kept as small as they came.
//
// A server is asked for thousands of them with 16 bytes each. What a request needs to be decoded is made when more of it
// comes, or when something happens that concerns all that are open.

import FastCGIWire
import WireBytes

/// What FCGI_BEGIN_REQUEST said, where it was an ordinary one.
struct BegunRequest: Sendable {
  let id: UInt16
  let index: Int32
  let offset: StreamOffset
  let origin: Origin
  /// The content of the record, once it is whole.
  var body: UInt64 = 0

  init(_ header: FastCGIRecordHeader, index: Int, at offset: StreamOffset, _ origin: Origin) {
    id = header.requestID
    self.index = Int32(truncatingIfNeeded: index)
    self.offset = offset
    self.origin = origin
  }

  /// Whether a record is one that can be had back from what is kept.
  static func canKeep(_ header: FastCGIRecordHeader) -> Bool {
    header.version == 1 && header.reserved == 0 && header.contentLength == 8 && header.paddingLength == 0
  }
}

extension FastCGIConnectionState {
  /// Requests that are open beside each other before another one is kept small.
  static var roomyCount: Int { 8 }

  /// Requests begun and not ended, but for those that are not followed.
  var openCount: Int { active.count &+ begun.count &+ (opening == nil ? 0 : 1) }

  /// Keeps a request small that begins.
  ///
  /// - Returns: False where it is not to be.
  mutating func keepSmall(_ header: FastCGIRecordHeader, at offset: StreamOffset) -> Bool {
    guard active.count >= Self.roomyCount, retention.wireEventLimit == 0, BegunRequest.canKeep(header) else {
      return false
    }
    exchangeCount += 1
    opening = BegunRequest(header, index: exchangeCount, at: offset, origin)
    begunIDs.insert(header.requestID)
    return true
  }

  /// The record that began a request that is kept small is whole.
  mutating func endOpening(head: [UInt8]) {
    guard var request = opening else { return }
    // What came in two packets has two times.
    guard request.origin == origin, head.count == 8 else {
      current[0].request = followBegun(request.id)
      return
    }
    for byte in head { request.body = request.body << 8 | UInt64(byte) }
    begun.append(request)
    opening = nil
  }

  /// Makes what a request needs that was kept small.
  ///
  /// - Returns: Its position in `active`; nil where none of that ID is kept.
  mutating func followBegun(_ id: UInt16) -> Int? {
    guard begunIDs.contains(id) else { return nil }
    begunIDs.remove(id)
    if let request = opening, request.id == id {
      opening = nil
      return follow(request)
    }
    guard let place = begun.firstIndex(where: { $0.id == id }) else { return nil }
    return followWhole(begun.remove(at: place))
  }

  /// Makes what all requests need that were kept small: something concerns all that are open.
  mutating func followAllBegun() {
    guard !begun.isEmpty || opening != nil else { return }
    for request in begun { _ = followWhole(request) }
    begun = []
    if let request = opening {
      opening = nil
      current[0].request = follow(request)
    }
    begunIDs = RequestIDSet()
  }

  private mutating func follow(_ request: BegunRequest) -> Int {
    let index = append(request.id, index: Int(request.index))
    active[index].begin(
      Self.header(of: request), at: request.offset, .request, request.origin)
    return index
  }

  private mutating func followWhole(_ request: BegunRequest) -> Int {
    let index = follow(request)
    let body = (0..<8).map { UInt8(truncatingIfNeeded: request.body >> UInt64(56 - 8 * $0)) }
    endRecord(of: index, Self.header(of: request), head: body, at: request.offset, .request, request.origin)
    return index
  }

  private static func header(of request: BegunRequest) -> FastCGIRecordHeader {
    FastCGIRecordHeader(type: .beginRequest, requestID: request.id, contentLength: 8)
  }
}
