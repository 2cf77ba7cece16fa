// The faults of padding that only some records show: by their kind, their place in a stream, and the length of the
// padding. One entry each; what an entry changes is ResponderPolicy's.

internal import FastCGIWire

extension ResponderFault {
  /// A fault for which such padding closes the connection, as where it is read as a header.
  private static func closing(
    _ name: String, _ summary: String, with fallsWith: [String] = [],
    _ isSuch: @escaping @Sendable (ReceivedRecord) -> Bool
  ) -> ResponderFault {
    ResponderFault(name, "FCGI-3.3-8", summary, with: ["FCGI-3.3-7", "FCGI-5.5-1"] + fallsWith) {
      $0.reacts(.close) { $0.header.paddingLength > 0 && isSuch($0) }
    }
  }

  /// A fault for which such padding is content.
  private static func counted(
    _ name: String, _ summary: String, with fallsWith: [String] = [],
    _ isSuch: @escaping @Sendable (ReceivedRecord) -> Bool
  ) -> ResponderFault {
    ResponderFault(name, "FCGI-3.3-8", summary, with: ["FCGI-3.3-7"] + fallsWith) { $0.countsPadding(isSuch) }
  }

  /// Faults of padding.
  static let paddings: [ResponderFault] = [
    closing("padding-of-16-closes", "Padding of 16 bytes is read as two headers.", with: ["FCGI-3.3-22"]) {
      $0.header.paddingLength == 16
    },
    closing("padding-on-begin-closes", "Padding behind FCGI_BEGIN_REQUEST is read as a header.") {
      $0.header.type == .beginRequest
    },
    closing(
      "padding-on-params-closes", "Padding behind PARAMS with content is read as a header.", with: ["FCGI-3.3-22"]
    ) {
      $0.header.type == .params && $0.header.contentLength > 0
    },
    closing("padding-on-end-of-params-closes", "Padding behind the empty PARAMS record is read as a header.") {
      $0.header.type == .params && $0.header.contentLength == 0
    },
    closing(
      "padding-on-stdin-closes", "Padding behind STDIN with content is read as a header.",
      with: ["FCGI-3.3-2", "FCGI-3.3-22"]
    ) {
      $0.header.type == .stdin && $0.header.contentLength > 0
    },
    closing("padding-on-end-of-stdin-closes", "Padding behind the empty STDIN record is read as a header.") {
      $0.header.type == .stdin && $0.header.contentLength == 0
    },
    closing("padding-on-data-closes", "Padding behind FCGI_DATA is read as a header.", with: ["FCGI-6.4-1"]) {
      $0.header.type == .data
    },
    closing("padding-on-abort-closes", "Padding behind FCGI_ABORT_REQUEST is read as a header.", with: ["FCGI-5.4-2"]) {
      $0.header.type == .abortRequest
    },
    closing("padding-on-question-closes", "Padding behind FCGI_GET_VALUES is read as a header.", with: ["FCGI-4.1-2"]) {
      $0.header.type == .getValues
    },
    closing(
      "padding-on-unknown-type-closes", "Padding behind a record of unknown type is read as a header.",
      with: ["FCGI-4.2-1"]
    ) { !$0.header.type.isDefined && $0.header.requestID == 0 },
    closing("padding-on-late-record-closes", "Padding behind a late record is read as a header.", with: ["FCGI-3.3-16"])
    {
      $0.isLate && $0.request == nil
    },
    closing(
      "padding-on-inactive-id-closes", "Padding behind a record that nobody waits for is read as a header.",
      with: ["FCGI-3.3-15"]
    ) { !$0.isLate && $0.request == nil && $0.header.requestID > 0 && $0.header.type != .beginRequest },
    closing(
      "one-byte-of-padding-closes", "A single byte of padding is read as a header.",
      with: ["FCGI-5.4-2", "FCGI-4.1-2", "FCGI-4.2-1"]
    ) {
      $0.header.paddingLength == 1
    },
    closing(
      "padding-above-127-closes", "The length of padding is taken for a number with a sign.",
      with: ["FCGI-5.4-2", "FCGI-4.1-2"]
    ) {
      $0.header.paddingLength > 127
    },
    closing("padding-of-255-closes", "255 bytes of padding are one more than fit.", with: ["FCGI-5.4-2", "FCGI-4.1-2"])
    { $0.header.paddingLength == 255 },
    closing(
      "padding-on-the-second-record-closes", "Padding behind the second record of a stream is read as a header.",
      with: ["FCGI-3.3-22"]
    ) { $0.number == 2 },
    closing(
      "padding-on-the-third-record-closes", "Padding behind the third record of a stream is read as a header.",
      with: ["FCGI-3.3-22"]
    ) { $0.number == 3 },
    closing(
      "padding-on-later-requests-closes", "Padding is read as a header after a request has ended.",
      with: ["FCGI-3.3-14", "FCGI-5.1-5"]
    ) { $0.endedCount > 0 && $0.request != nil },
    counted(
      "padding-in-params-counted", "Padding behind PARAMS with content is content.",
      with: ["FCGI-3.3-22", "FCGI-3.4-7"]
    ) { $0.header.type == .params && $0.header.contentLength > 0 },
    counted("padding-ends-no-params", "The padding behind an empty PARAMS record is content.") {
      $0.header.type == .params && $0.header.contentLength == 0
    },
    counted(
      "padding-in-body-counted", "Padding behind STDIN with content is content.",
      with: ["FCGI-3.3-2", "FCGI-3.3-22", "FCGI-6.2-11"]
    ) { $0.header.type == .stdin && $0.header.contentLength > 0 },
    counted("padding-ends-no-body", "The padding behind an empty STDIN record is content.") {
      $0.header.type == .stdin && $0.header.contentLength == 0
    },
    counted(
      "padding-in-first-record-counted", "Padding behind the first record of a stream is content.",
      with: ["FCGI-3.3-2", "FCGI-3.3-22", "FCGI-6.2-11", "FCGI-6.4-1", "FCGI-6.4-7"]
    ) { $0.number == 1 && $0.header.contentLength > 0 },
    counted("padding-in-data-counted", "Padding behind FCGI_DATA is content.", with: ["FCGI-6.4-1", "FCGI-6.4-7"]) {
      $0.header.type == .data
    },
  ]
}
