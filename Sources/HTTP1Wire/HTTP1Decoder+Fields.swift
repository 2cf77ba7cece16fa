// Field lines of heads and trailers, and what the head decides: where the message ends.
//
// The table of the decision stands at HTTP1Decoder; this file is its code.

internal import WireBytes

extension HTTP1Decoder {
  mutating func takeField(_ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void) {
    if line.byteCount == 0 {
      if head.openField != .none { closeFramingField(sink) }
      endHead(line, sink)
      return
    }
    if Self.isBlank(content.u8(at: 0)) {
      takeFold(line, content, sink)
      return
    }
    if head.openField != .none { closeFramingField(sink) }
    head.hasFields = true
    guard let field = FieldLine(line, content) else {
      takeLineWithoutColon(line, content, sink)
      return
    }
    sink(.fieldLine(field), content)
    reportOddities(field, line, content, sink)
    let name = field.name
    if name.count == 14, content.extracting(name).equalsIgnoringCase("Content-Length") {
      openFramingField(.contentLength, line, content.extracting(field.value))
    } else if name.count == 17, content.extracting(name).equalsIgnoringCase("Transfer-Encoding") {
      openFramingField(.transferEncoding, line, content.extracting(field.value))
    }
  }

  mutating func takeTrailer(_ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void) {
    if line.byteCount == 0 {
      line.reportOddities { report($0, sink) }
      finishMessage(.complete, at: line.nextOffset, sink)
    } else if Self.isBlank(content.u8(at: 0)) {
      takeFold(line, content, sink)
    } else if let field = FieldLine(line, content) {
      head.hasFields = true
      sink(.trailerLine(field), content)
      reportOddities(field, line, content, sink)
    } else {
      head.hasFields = true
      takeLineWithoutColon(line, content, sink)
    }
  }

  @inline(__always)
  private func reportOddities(
    _ field: FieldLine, _ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void
  ) {
    if field.hasIdleSpace { report(Anomaly(.idleSpaceAroundValue, at: field.offset), sink) }
    field.reportOddities(line, content) { report($0, sink) }
  }

  private mutating func takeFold(_ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void) {
    let fold = FoldedLine(line, content, continuesField: head.hasFields)
    sink(.foldedLine(fold), content)
    fold.reportOddities(line, content) { report($0, sink) }
    switch head.openField {
    case .none: break
    case .contentLength:
      head.contentLength.feedFold()
      head.contentLength.feed(content.extracting(fold.value))
    case .transferEncoding:
      head.transferEncoding.feedFold()
      head.transferEncoding.feed(content.extracting(fold.value))
    }
  }

  private func takeLineWithoutColon(_ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void) {
    sink(.unparsedLine(UnparsedLine(offset: line.offset, end: line.end)), content)
    report(Anomaly(.missingColon, at: line.offset, byteCount: line.byteCount), sink)
    reportBareCR(line, content, sink)
    line.reportOddities { report($0, sink) }
  }

  @inline(__always)
  private static func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }

  // MARK: - Content-Length and Transfer-Encoding

  private mutating func openFramingField(_ kind: FramingField, _ line: WireLine, _ value: RawSpan) {
    head.openField = kind
    head.openFieldRange = line.offset..<line.endOffset
    if kind == .contentLength { head.contentLength.feed(value) } else { head.transferEncoding.feed(value) }
  }

  /// The line after a framing field shows that its value is complete.
  private mutating func closeFramingField(_ sink: (HTTP1Event, RawSpan) -> Void) {
    let field = head.openField
    let range = head.openFieldRange
    head.openField = .none
    guard field == .contentLength else {
      head.transferEncoding.finishLine()
      head.transferEncodingRange = range
      return
    }
    let facts = head.contentLength.finishLine()
    if facts.contains(.invalid) { report(anomaly(.invalidContentLength, range), sink) }
    if facts.contains(.tooLarge) { report(anomaly(.contentLengthTooLarge, range), sink) }
    if facts.contains(.repeated) {
      report(anomaly(.repeatedContentLength, range, head.contentLength.value ?? 0), sink)
    }
    if facts.contains(.differs) {
      report(anomaly(.differingContentLength, range, head.contentLength.otherValue), sink)
    }
  }

  private func anomaly(_ kind: AnomalyKind, _ range: Range<StreamOffset>, _ value: UInt64 = 0) -> Anomaly {
    Anomaly(kind, at: range.lowerBound, byteCount: range.upperBound &- range.lowerBound, value: value)
  }

  // MARK: - The decision

  private mutating func endHead(_ line: WireLine, _ sink: (HTTP1Event, RawSpan) -> Void) {
    var method = HTTP1MethodKind.ordinary
    if role == .responses, !head.isInterim { method = expectations.removeFirst() }
    let framing = decideFraming(method)
    sink(
      .headersEnd(HTTP1HeadersEnd(offset: line.offset, framing: framing, isInterim: head.isInterim, end: line.end)),
      RawSpan())
    reportFramingOddities(at: line.offset, method, sink)
    line.reportOddities { report($0, sink) }
    switch framing {
    case .none, .length(0):
      finishMessage(.complete, at: line.nextOffset, sink)
    case .length(let count):
      remaining = count
      state = .content
    case .chunked:
      state = .chunkSize
    case .untilEnd, .undeterminable:
      state = .untilEnd
    case .upgrade:
      finishMessage(.complete, at: line.nextOffset, sink)
      state = .opaque
    }
  }

  private func decideFraming(_ method: HTTP1MethodKind) -> HTTP1BodyFraming {
    if role == .responses {
      if head.status == 101 || method == .connect && head.status / 100 == 2 { return .upgrade }
      if head.isInterim || head.status == 204 || head.status == 304 || method == .head { return .none }
    }
    if head.transferEncoding.isPresent {
      if head.transferEncoding.endsInChunked { return .chunked }
    } else if !head.contentLength.isPresent {
      return role == .requests ? .none : .untilEnd
    } else if head.contentLength.isValid, let length = head.contentLength.value {
      return .length(length)
    }
    return role == .requests ? .undeterminable : .untilEnd
  }

  private func reportFramingOddities(
    at offset: StreamOffset, _ method: HTTP1MethodKind, _ sink: (HTTP1Event, RawSpan) -> Void
  ) {
    let coding = head.transferEncoding
    let range = head.transferEncodingRange
    if coding.isPresent {
      if coding.isMalformed { report(anomaly(.invalidTransferEncoding, range), sink) }
      if !coding.endsInChunked { report(anomaly(.transferEncodingNotChunked, range), sink) }
      if coding.hasEarlierChunked { report(anomaly(.chunkedNotLastOrTwice, range), sink) }
      if coding.chunkedHasParameters { report(anomaly(.chunkedWithParameters, range), sink) }
      if let version = head.version, version < .http11 {
        report(anomaly(.transferEncodingInOldVersion, range), sink)
      }
      if head.contentLength.isPresent { report(anomaly(.contentLengthWithTransferEncoding, range), sink) }
    }
    guard role == .responses else { return }
    if head.status / 100 == 1 || head.status == 204 || method == .connect && head.status / 100 == 2 {
      if coding.isPresent { report(anomaly(.transferEncodingNotAllowed, range), sink) }
      if head.contentLength.isPresent {
        report(Anomaly(.contentLengthNotAllowed, at: offset, byteCount: 0), sink)
      }
    }
  }
}
