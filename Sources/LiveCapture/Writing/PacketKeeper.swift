// Keeping packets in a capture file while they are watched.
//
// The file's form is CaptureFileWriter's; where its bytes go, and what happens where they cannot, is the destination's.

package import Packets
package import WireBytes

/// Where the bytes of a capture file go, as long as they can be written.
package protocol CaptureDestination {
  /// What messages call it.
  var name: String { get }
  /// Whether nothing is written any more.
  var isLost: Bool { get }
  /// Whether not everything was written.
  var isBroken: Bool { get }

  /// Begins the file.
  ///
  /// - Parameter header: The beginning of this file, and of every one that follows it.
  mutating func begin(with header: [UInt8])
  /// Appends one record or several, which `body` appends to the bytes that it gets.
  ///
  /// - Parameter time: Theirs, for files that are to span a certain time.
  mutating func append(at time: Timestamp, _ body: (inout [UInt8]) -> Void)
  /// Writes what waits.
  mutating func flush()
  /// Writes what waits, to its end.
  mutating func finish()
}

/// Writes packets to a capture file.
package struct PacketKeeper<Destination: CaptureDestination> {
  private var destination: Destination
  private var writer: CaptureFileWriter?
  private var keepsAll = true
  private let complain: (String) -> Void

  /// - Parameter complain: Takes what a person should know, once.
  package init(_ destination: Destination, complain: @escaping (String) -> Void) {
    self.destination = destination
    self.complain = complain
  }

  /// Whether nothing is written any more.
  package var isLost: Bool { destination.isLost }
  /// Whether not everything was written.
  package var isBroken: Bool { destination.isBroken }

  /// Appends a packet; the file has the link type of the first one, and packets of another are not kept.
  package mutating func keep(_ packet: CapturedPacket, _ linkType: LinkType, _ bytes: RawSpan) {
    let writer = begin(linkType)
    guard writer.linkType == linkType else { return refuse() }
    destination.append(at: packet.origin.time) { pending in
      writer.appendRecord(
        at: packet.origin.time, frame: bytes, originalByteCount: packet.originalByteCount, to: &pending)
    }
  }

  private mutating func begin(_ linkType: LinkType) -> CaptureFileWriter {
    if let writer { return writer }
    let new = CaptureFileWriter(linkType: linkType)
    var header: [UInt8] = []
    new.appendHeader(to: &header)
    destination.begin(with: header)
    writer = new
    return new
  }

  private mutating func refuse() {
    guard keepsAll else { return }
    keepsAll = false
    complain("\(destination.name) keeps only packets of the first capture's kind; the others are not written")
  }

  /// Takes note that no more packets come: even without any the file is a capture.
  package mutating func finish() {
    _ = begin(.ethernet)
    destination.finish()
  }

  /// Writes what waits.
  package mutating func flush() { destination.flush() }
}
