// Finding a record boundary in the middle of a stream: after a loss, or where the beginning was not seen.
//
// A boundary is accepted only when it is proved; until then bytes wait in the decoder's window, at most one record
// of them. Nothing here runs while a stream is in step.

public import WireBytes

extension FastCGIRecordDecoder {
  private enum Proof { case proved, refuted, undecided }

  /// Looks for a boundary in the window, and decodes what follows it; again, when that is lost as well.
  ///
  /// Whether a position is a boundary depends on the bytes alone, never on how they were cut into chunks: a position
  /// that more bytes could prove or refute is waited for.
  ///
  /// - Parameter atEnd: No more bytes come: a record that ends with the window counts as proved.
  mutating func drain(atEnd: Bool, _ sink: (FastCGIRecordEvent, RawSpan) -> Void) {
    while cursor < window.count {
      if state == .searching {
        switch prove(at: cursor, atEnd: atEnd) {
        case .refuted:
          cursor += 1
          offset &+= 1
        case .undecided:
          return dropDone()
        case .proved:
          sink(.resynchronised(at: offset, skipped: offset &- lostAt), RawSpan())
          state = .header
        }
      } else {
        // A second reference, not a copy: decoding in step leaves the window alone.
        let bytes = window
        cursor = unsafe decode(bytes.span.bytes, from: cursor, sink)
        if state != .searching { break }
      }
    }
    dropDone()
  }

  private mutating func dropDone() {
    // While searching, removing in large steps keeps the cost linear; in step, a cut header must stand alone.
    guard state != .searching || cursor > 32_768 || cursor == window.count else { return }
    window.removeFirst(cursor)
    cursor = 0
  }

  /// Whether a record begins at `index` of the window.
  ///
  /// Proved by a header that is plausible and is followed by a second one, or by a fixed body that fits: one of
  /// 2⁴⁰ random positions would.
  private func prove(at index: Int, atEnd: Bool) -> Proof {
    let bytes = unsafe window.span.bytes
    guard bytes.u8(at: index) == 1 else { return .refuted }
    guard let header = FastCGIRecordHeader(bytes, at: index) else { return atEnd ? .refuted : .undecided }
    guard header.isPlausible else { return .refuted }
    let body = index &+ FastCGIRecordHeader.byteCount
    if header.type == .beginRequest || header.type == .endRequest {
      guard bytes.byteCount &- body >= 8 else { return atEnd ? .refuted : .undecided }
      return fits(header.type, body: bytes.extracting(body..<(body &+ 8))) ? .proved : .refuted
    }
    let next = index &+ header.recordByteCount
    if let second = FastCGIRecordHeader(bytes, at: next) { return second.isPlausible ? .proved : .refuted }
    if !atEnd { return .undecided }
    return next == bytes.byteCount ? .proved : .refuted
  }

  private func fits(_ type: FastCGIRecordType, body: RawSpan) -> Bool {
    if type == .beginRequest {
      guard let begin = FastCGIBeginRequestBody(body) else { return false }
      return begin.role.isDefined && begin.flags <= 1 && !begin.hasReservedBits
    }
    guard let end = FastCGIEndRequestBody(body) else { return false }
    return end.protocolStatus.isDefined && end.reserved == 0
  }
}

extension FastCGIRecordDecoder {
  /// Whether a stream that begins with `prefix` carries what a client sends: a plausible record of one of its types.
  ///
  /// Unknown management types are legal, and what a tester sends; anything else must look sound.
  public static func looksLikeRequest(_ prefix: RawSpan) -> PrefixVerdict {
    verdict(prefix) { header in
      if header.version == 1, header.requestID == 0, !header.type.isDefined, header.reserved == 0 {
        return header.type.rawValue > 11
      }
      return header.isPlausible && header.type.isSentByClient
    }
  }

  /// Whether a stream that begins with `prefix` carries what a server sends: a plausible record of one of its types.
  public static func looksLikeResponse(_ prefix: RawSpan) -> PrefixVerdict {
    verdict(prefix) { $0.isPlausible && $0.type.isSentByServer }
  }

  private static func verdict(_ prefix: RawSpan, _ isSound: (FastCGIRecordHeader) -> Bool) -> PrefixVerdict {
    guard prefix.byteCount > 0 else { return .needMore }
    guard prefix.u8(at: 0) == 1 else { return .no }
    guard let header = FastCGIRecordHeader(prefix) else { return .needMore }
    return isSound(header) ? .yes : .no
  }
}
