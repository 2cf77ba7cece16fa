// Packets from libpcap: one handle, its packets lent one by one.
//
// Nothing is decoded here. How a handle is opened is in CaptureSource+Opening.swift; this is what can be done with one.

internal import CPcap
internal import Glibc
package import Packets
package import WireBytes

/// Whether a loop goes on after a packet.
package enum CaptureFlow: Sendable { case goOn, stop }

/// A packet's place in the capture.
package struct CapturedPacket: Hashable, Sendable {
  /// When it was captured, and its number from 1.
  package var origin: Origin
  /// Its length on the wire; what is lent may be shorter.
  package var originalByteCount: Int

  package init(origin: Origin, originalByteCount: Int) {
    self.origin = origin
    self.originalByteCount = originalByteCount
  }
}

/// What the kernel says of a live capture.
package struct CaptureStatistics: Hashable, Sendable {
  /// Packets that passed the filter.
  package var received: UInt64
  /// Packets that were dropped because this process did not keep up.
  package var droppedByKernel: UInt64
  /// Packets that were dropped by the interface or its driver.
  package var droppedByInterface: UInt64

  package init(received: UInt64, droppedByKernel: UInt64, droppedByInterface: UInt64) {
    self.received = received
    self.droppedByKernel = droppedByKernel
    self.droppedByInterface = droppedByInterface
  }
}

/// The counters of a live capture, for who cannot ask the source itself: inside its loop.
@safe
package struct CaptureMeter: @unchecked Sendable {
  fileprivate let handle: OpaquePointer

  /// What was received and dropped so far; to be asked while the source is open, where its loop runs.
  package func read() -> CaptureStatistics? {
    var counts = pcap_stat()
    guard unsafe pcap_stats(handle, &counts) == 0 else { return nil }
    return CaptureStatistics(
      received: UInt64(counts.ps_recv), droppedByKernel: UInt64(counts.ps_drop),
      droppedByInterface: UInt64(counts.ps_ifdrop))
  }
}

/// An open capture file or interface, which closes itself.
@safe
package struct CaptureSource: ~Copyable {
  /// The file, `standard input`, or the interface.
  package let name: String
  package let isLive: Bool
  /// One of ``LinkType/supported``: others are refused when the source is opened.
  package let linkType: LinkType
  /// Packets lent so far.
  package internal(set) var packetCount: UInt64 = 0

  let handle: OpaquePointer
  /// What waits for a file's bytes when it is a pipe, terminal or socket.
  let wait: PipeWait?
  /// What inflates the file, when it is compressed.
  let gzip: GzipStream?
  /// The buffer of the file's stream, which outlives the stream.
  let streamBuffer: UnsafeMutableRawPointer?
  /// Nanoseconds in a unit of a packet header's fraction.
  let fractionUnit: Int64

  /// Packets of a file between two looks at the stop flag.
  private static let batch: Int32 = 4_096
  /// How long an idle live capture sleeps between two looks at the stop flag, in milliseconds.
  private static let tick: Int32 = 100

  init(
    name: String, isLive: Bool, handle: OpaquePointer, linkType: LinkType, wait: PipeWait?, gzip: GzipStream?,
    streamBuffer: UnsafeMutableRawPointer?
  ) {
    self.name = name
    self.isLive = isLive
    self.linkType = linkType
    self.wait = wait
    self.gzip = gzip
    unsafe self.handle = unsafe handle
    unsafe self.streamBuffer = unsafe streamBuffer
    fractionUnit = unsafe pcap_get_tstamp_precision(handle) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1_000
  }

  deinit {
    unsafe pcap_close(handle)
    unsafe streamBuffer?.deallocate()
  }

  /// Lends every packet to `body`: to the end of a file, or until stopped.
  ///
  /// May be called again after a stop and goes on behind the last packet lent.
  ///
  /// - Parameters:
  ///   - stop: Looked at between batches of packets and ten times a second while nothing comes.
  ///   - idle: Called when a live capture or a pipe has nothing more to lend, before it waits: at least ten times a
  ///     second when nothing comes.
  ///   - body: Gets each packet and its captured bytes, which are valid during the call.
  /// - Throws: `.truncated`, `.corrupt` or `.mixedInterfaces` after every readable packet was lent; `.captureFailed` or
  ///   `.interfaceDown` when a live capture breaks.
  package mutating func forEachPacket(
    stop: CaptureStop? = nil, idle: () -> CaptureFlow = { .goOn },
    _ body: (CapturedPacket, RawSpan) -> CaptureFlow
  ) throws(CaptureError) {
    guard let wait else { return try loop(stop, idle, body) }
    // Within libpcap's own reading there is nobody else to ask.
    try withoutActuallyEscaping(idle) { idle throws(CaptureError) in
      let before = (stop: wait.stop, idle: wait.idle)
      wait.stop = stop ?? before.stop
      wait.idle = idle
      defer { (wait.stop, wait.idle) = before }
      try loop(stop, { .goOn }, body)
    }
  }

  private mutating func loop(
    _ stop: CaptureStop?, _ idle: () -> CaptureFlow, _ body: (CapturedPacket, RawSpan) -> CaptureFlow
  ) throws(CaptureError) {
    let priority = isLive ? ReaderPriority.raise() : nil
    defer { priority?.giveBack() }
    while true {
      if let stop, stop.isRequested { return }
      let status = dispatch(body)
      if status == PCAP_ERROR_BREAK { return }
      // A pipe that was left in the middle of a packet is not broken.
      if status <= 0, wait?.isLeft == true { return }
      if status < 0 { throw readError() }
      if status == 0 {
        guard isLive else { return try requireWholeFile() }
        if idle() == .stop { return }
        waitForPackets()
      }
    }
  }

  /// Lends one batch.
  ///
  /// - Returns: What `pcap_dispatch` gave.
  private mutating func dispatch(_ body: (CapturedPacket, RawSpan) -> CaptureFlow) -> Int32 {
    let handle = unsafe handle
    let count = isLive ? -1 : CaptureSource.batch
    var number = packetCount
    let unit = fractionUnit
    let status = withoutActuallyEscaping(body) { body in
      var loan = unsafe PacketLoan(handle: handle, fractionUnit: unit, number: number, body: body)
      let status = unsafe withUnsafeMutablePointer(to: &loan) { pointer in
        unsafe pcap_dispatch(
          handle, count,
          { user, header, bytes in
            guard let user = unsafe user, let header = unsafe header, let bytes = unsafe bytes else { return }
            let loan = unsafe UnsafeMutableRawPointer(user).assumingMemoryBound(to: PacketLoan.self)
            unsafe loan.pointee.lend(header, bytes)
          },
          UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: UInt8.self))
      }
      number = unsafe loan.number
      return status
    }
    packetCount = number
    return status
  }

  /// Sleeps until packets are there, a signal comes, or a tick has passed.
  private func waitForPackets() {
    var descriptor = unsafe pollfd(fd: pcap_get_selectable_fd(handle), events: Int16(POLLIN), revents: 0)
    _ = unsafe poll(&descriptor, descriptor.fd < 0 ? 0 : 1, CaptureSource.tick)
  }

  /// A compressed file may end between two packets and yet not be whole.
  private func requireWholeFile() throws(CaptureError) {
    if let trouble = gzip?.trouble { throw .compression(name, trouble, afterPackets: packetCount) }
  }

  /// Reads the next packet of a file without lending it; it is valid until the next call.
  ///
  /// - Returns: Nil at the end of the file, and of a pipe that was left.
  /// - Throws: As ``forEachPacket(stop:idle:_:)``.
  mutating func next() throws(CaptureError) -> HeldPacket? {
    var header: UnsafeMutablePointer<pcap_pkthdr>?
    var bytes: UnsafePointer<UInt8>?
    let status = unsafe pcap_next_ex(handle, &header, &bytes)
    if status <= 0, wait?.isLeft == true { return nil }
    if status == PCAP_ERROR_BREAK {
      try requireWholeFile()
      return nil
    }
    guard status == 1, let header = unsafe header, let bytes = unsafe bytes else { throw readError() }
    packetCount &+= 1
    return unsafe HeldPacket(header.pointee, bytes, fractionUnit: fractionUnit)
  }

  private func readError() -> CaptureError {
    let words = unsafe String(cString: pcap_geterr(handle))
    guard !isLive else {
      let isDown = words.contains("disappeared") || words.contains("went down") || words.contains("not up")
      return CaptureError(
        isDown ? .interfaceDown : .captureFailed,
        "The capture on \(name) broke after packet \(packetCount): \(words).", context: name)
    }
    if let trouble = gzip?.trouble { return .compression(name, trouble, afterPackets: packetCount) }
    if words.contains("different from the type of the first interface") {
      return .mixedInterfaces(name, afterPackets: packetCount, libpcap: words)
    }
    guard let stream = unsafe pcap_file(handle) else {
      return .corrupt(name, afterPackets: packetCount, at: nil, libpcap: words)
    }
    let offset = unsafe ftello(stream)
    let place = offset >= 0 ? Int(offset) : nil
    if unsafe feof(stream) != 0 {
      return .cutOff(name, afterPackets: packetCount, at: place, libpcap: words)
    }
    return .corrupt(name, afterPackets: packetCount, at: place, libpcap: words)
  }

  /// Lets only packets pass that match a libpcap filter expression.
  ///
  /// - Throws: `.filterRejected` with libpcap's words.
  package mutating func setFilter(_ expression: String) throws(CaptureError) {
    try install(expression)
    // Behind the expression itself, whose mistakes are to be told in its own words.
    guard isLive, let whole = LoopbackCopies.excluded(from: expression, on: name, linkType.rawValue) else { return }
    try? install(whole)
  }

  private func install(_ expression: String) throws(CaptureError) {
    var program = unsafe bpf_program()
    guard unsafe pcap_compile(handle, &program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0 else {
      throw unsafe .rejectedFilter(expression, libpcap: String(cString: pcap_geterr(handle)))
    }
    let status = unsafe pcap_setfilter(handle, &program)
    unsafe pcap_freecode(&program)
    guard status == 0 else {
      throw unsafe .rejectedFilter(expression, libpcap: String(cString: pcap_geterr(handle)))
    }
  }

  /// What a live capture received and dropped so far; nil for files.
  package func statistics() -> CaptureStatistics? { meter?.read() }

  /// What reads the counters of a live capture; nil for files.
  package var meter: CaptureMeter? { isLive ? unsafe CaptureMeter(handle: handle) : nil }
}

/// A packet in libpcap's own buffer.
@safe
struct HeldPacket {
  let time: Timestamp
  let originalByteCount: Int
  private let bytes: UnsafeRawBufferPointer

  init(_ header: pcap_pkthdr, _ bytes: UnsafePointer<UInt8>, fractionUnit: Int64) {
    time = Timestamp(header.ts, fractionUnit: fractionUnit)
    originalByteCount = Int(header.len)
    unsafe self.bytes = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(header.caplen))
  }

  /// Lends the captured bytes.
  @inline(__always)
  func lend(_ body: (RawSpan) -> CaptureFlow) -> CaptureFlow { unsafe body(bytes.bytes) }
}

extension Timestamp {
  /// libpcap's time; the fraction is in units of so many nanoseconds.
  @inline(__always)
  fileprivate init(_ time: timeval, fractionUnit: Int64) {
    self.init(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_usec) &* fractionUnit)
  }
}

/// What libpcap's callback needs, for the length of one batch.
@unsafe
private struct PacketLoan {
  let handle: OpaquePointer
  let fractionUnit: Int64
  var number: UInt64
  let body: (CapturedPacket, RawSpan) -> CaptureFlow

  @inline(__always)
  mutating func lend(_ header: UnsafePointer<pcap_pkthdr>, _ bytes: UnsafePointer<UInt8>) {
    unsafe number &+= 1
    let time = unsafe Timestamp(header.pointee.ts, fractionUnit: fractionUnit)
    let packet = unsafe CapturedPacket(
      origin: Origin(time: time, packet: number), originalByteCount: Int(header.pointee.len))
    let frame = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(header.pointee.caplen))
    if unsafe body(packet, frame.bytes) == .stop { unsafe pcap_breakloop(handle) }
  }
}
