// Opening capture files, standard input and interfaces.
//
// Every way in which this can fail has an error that names the thing and says what to do (CaptureError.swift).

internal import CPcap
internal import Glibc
import Packets

/// How an interface is captured.
package struct LiveCaptureOptions: Hashable, Sendable {
  /// The most bytes of a packet that are kept: enough for any segment that offloading puts together.
  package var snapshotByteCount: Int32 = 262_144
  /// Whether packets for other machines are taken too.
  package var isPromiscuous = false
  /// How long the kernel gathers packets before it hands them over, in milliseconds.
  package var timeoutMilliseconds: Int32 = 10
  /// The kernel's buffer, in bytes: more than a second of a busy loopback interface.
  package var bufferByteCount: Int32 = 128 << 20

  package init() {}
}

extension CaptureSource {
  /// Opens a capture file (pcap or pcapng, also compressed with gzip), or standard input for `-`.
  ///
  /// - Parameters:
  ///   - stop: Looked at while the first bytes of a pipe have not come, and whenever the pipe is silent later.
  ///   - idle: Called then, ten times a second.
  /// - Throws: `.fileMissing`, `.fileUnreadable`, `.notACapture`, `.linkTypeUnsupported`; `.stopped` where the end was
  ///   asked for before a pipe's beginning had come.
  package static func openFile(
    _ path: String, stop: CaptureStop? = nil, idle: @escaping () -> CaptureFlow = { .goOn }
  ) throws(CaptureError) -> CaptureSource {
    let isStandardInput = path == "-"
    let name = isStandardInput ? "standard input" : path
    // A duplicate, so that closing the source leaves standard input open. A named pipe is opened before there is
    // somebody who writes, and then waited for: opening it otherwise could not be ended.
    let descriptor = isStandardInput ? dup(STDIN_FILENO) : unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .file(name, errno: errno) }
    if !isStandardInput { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK) }
    // Told now, as closing the stream closes the descriptor.
    let wait = isRegularFile(descriptor) ? nil : PipeWait(descriptor: descriptor, stop: stop, idle: idle)
    let head: FileHead
    do {
      head = try peek(descriptor, name, wait)
    } catch {
      close(descriptor)
      throw error
    }
    let gzip = head.isGzip ? GzipStream(descriptor: descriptor, head: head.bytes, wait: wait) : nil
    let input = gzip ?? wait.map { PipeStream(descriptor: descriptor, head: head.bytes, wait: $0) }
    let opened = unsafe input.map { unsafe $0.open() } ?? fdopen(descriptor, "rb")
    guard let stream = unsafe opened else {
      let number = errno
      if input == nil { close(descriptor) }
      throw .file(name, errno: number)
    }
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: streamBufferByteCount, alignment: 16)
    unsafe setvbuf(stream, buffer.assumingMemoryBound(to: CChar.self), _IOFBF, streamBufferByteCount)
    if input == nil { for byte in head.bytes.reversed() { _ = unsafe ungetc(Int32(byte), stream) } }

    var words = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    let precision = UInt32(PCAP_TSTAMP_PRECISION_NANO)
    guard let handle = unsafe pcap_fopen_offline_with_tstamp_precision(stream, precision, &words) else {
      unsafe fclose(stream)
      unsafe buffer.deallocate()
      if wait?.isLeft == true { throw .stopped(name) }
      if let trouble = gzip?.trouble { throw .compression(name, trouble, afterPackets: 0) }
      throw .notACapture(name, head, isStandardInput: isStandardInput, libpcap: string(words))
    }
    let linkType = LinkType(rawValue: unsafe pcap_datalink(handle))
    // From here on the source owns all of them.
    let source = unsafe CaptureSource(
      name: name, isLive: false, handle: handle, linkType: linkType, wait: wait, gzip: gzip, streamBuffer: buffer)
    try source.requireSupportedLinkType()
    return source
  }

  /// Opens an interface; `any` stands for all of them.
  ///
  /// - Throws: `.interfaceMissing`, `.interfaceDown`, `.permissionDenied`, `.linkTypeUnsupported`, `.captureFailed`.
  package static func openInterface(
    _ name: String, _ options: LiveCaptureOptions = LiveCaptureOptions()
  ) throws(CaptureError) -> CaptureSource {
    var words = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    guard let handle = unsafe pcap_create(name, &words) else {
      throw CaptureError(.captureFailed, "\(name) cannot be captured: \(string(words)).", context: name)
    }
    unsafe pcap_set_snaplen(handle, options.snapshotByteCount)
    unsafe pcap_set_promisc(handle, options.isPromiscuous ? 1 : 0)
    unsafe pcap_set_timeout(handle, options.timeoutMilliseconds)
    unsafe pcap_set_buffer_size(handle, options.bufferByteCount)
    // Where nanoseconds are not to be had, the handle says so and microseconds are read.
    unsafe pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO)
    let status = unsafe pcap_activate(handle)
    guard status >= 0 else {
      let reason = unsafe String(cString: pcap_geterr(handle))
      let general = unsafe String(cString: pcap_statustostr(status))
      unsafe pcap_close(handle)
      throw activationError(name, status, words: reason.isEmpty ? general : reason)
    }
    unsafe LoopbackCopies.prepare(handle, for: name)
    let linkType = LinkType(rawValue: unsafe pcap_datalink(handle))
    var source = unsafe CaptureSource(
      name: name, isLive: true, handle: handle, linkType: linkType, wait: nil, gzip: nil, streamBuffer: nil)
    try source.requireSupportedLinkType()
    try source.setFilter("")
    // The loop waits by itself, so that it can be stopped while nothing comes.
    guard unsafe pcap_setnonblock(handle, 1, &words) == 0 else {
      throw CaptureError(.captureFailed, "\(name) cannot be captured: \(string(words)).", context: name)
    }
    return source
  }

  /// Large enough that reading costs few system calls.
  private static var streamBufferByteCount: Int { 1 << 18 }

  private static func activationError(_ name: String, _ status: Int32, words: String) -> CaptureError {
    let known = ((try? CaptureInterface.all()) ?? []).map(\.name)
    switch status {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return .missingInterface(name, known: known)
    case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
      // The privilege is asked for first, and would not help with a name that does not exist.
      return known.isEmpty || known.contains(name)
        ? .noPermission(name, libpcap: words) : .missingInterface(name, known: known)
    case PCAP_ERROR_IFACE_NOT_UP:
      return CaptureError(
        .interfaceDown, "The interface \(name) is down. Bring it up first: ip link set \(name) up.", context: name,
        underlying: ENETDOWN)
    default:
      return CaptureError(.captureFailed, "\(name) cannot be captured: \(words).", context: name)
    }
  }

  private borrowing func requireSupportedLinkType() throws(CaptureError) {
    guard !linkType.isSupported else { return }
    let libpcapName = unsafe pcap_datalink_val_to_name(linkType.rawValue).map { unsafe String(cString: $0) }
    throw .unsupported(linkType, libpcapName: libpcapName, in: name)
  }

  /// The first bytes of a file.
  private static func peek(_ descriptor: Int32, _ name: String, _ wait: PipeWait?) throws(CaptureError) -> FileHead {
    var head = FileHead()
    var byte: UInt8 = 0
    while head.bytes.count < FileHead.limit {
      if let wait, !wait.waits() { throw .stopped(name) }
      let count = unsafe Glibc.read(descriptor, &byte, 1)
      if count < 0, errno == EINTR || errno == EAGAIN && wait != nil { continue }
      if count < 0 { throw .file(name, errno: errno) }
      if count == 0 { break }
      head.bytes.append(byte)
    }
    return head
  }

  private static func isRegularFile(_ descriptor: Int32) -> Bool {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }
}

/// The text in a C character buffer.
func string(_ characters: [CChar]) -> String {
  String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
