// A gzip file as the stream that libpcap reads.
//
// Inflates as it is asked, so that a compressed capture can be read while it is being written. What is wrong with the
// compression is remembered here; libpcap only sees the bytes end.

internal import CPcap
internal import CZlib
internal import Glibc

/// Inflates a descriptor's bytes for a C stream.
///
/// Several gzip members behind one another are one file, as `cat` makes them. Owns the descriptor.
@safe
final class GzipStream: InputStream {
  /// Why the bytes ended before the file's end.
  enum Trouble {
    /// The file ends within a member.
    case cutOff
    /// The compressed bytes are damaged; zlib's words.
    case damaged(String)
    /// The descriptor cannot be read; the system's error number.
    case unreadable(Int32)
  }

  /// Set when no more bytes come although the file is not over.
  private(set) var trouble: Trouble?
  private let descriptor: Int32
  /// Nil where the file is no pipe.
  private let wait: PipeWait?
  private let zlib: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutablePointer<UInt8>
  /// Whether a member has begun and not ended.
  private var isInsideMember = false
  private var membersRead = 0

  private static let inputByteCount = 1 << 16
  /// zlib's way to ask for the largest window and a gzip header.
  private static let windowBits: Int32 = 15 + 16

  /// - Parameters:
  ///   - head: The first bytes of the file, which were taken from the descriptor already.
  ///   - wait: Where the file is a pipe.
  init(descriptor: Int32, head: [UInt8], wait: PipeWait?) {
    self.descriptor = descriptor
    self.wait = wait
    unsafe input = .allocate(capacity: GzipStream.inputByteCount)
    unsafe zlib = .allocate(capacity: 1)
    unsafe zlib.initialize(to: z_stream())
    for (index, byte) in head.prefix(GzipStream.inputByteCount).enumerated() { unsafe input[index] = byte }
    unsafe zlib.pointee.next_in = input
    unsafe zlib.pointee.avail_in = UInt32(min(head.count, GzipStream.inputByteCount))
    let status = unsafe inflateInit2_(
      zlib, GzipStream.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if status != Z_OK { trouble = .damaged("zlib cannot be used (\(status))") }
  }

  deinit {
    unsafe inflateEnd(zlib)
    unsafe zlib.deallocate()
    unsafe input.deallocate()
    close(descriptor)
  }

  /// Inflates at least one byte into `buffer`, unless the end is reached or there is trouble.
  override func read(into buffer: UnsafeMutablePointer<CChar>, count: Int) -> Int {
    let wanted = UInt32(clamping: count)
    unsafe zlib.pointee.next_out = UnsafeMutableRawPointer(buffer).assumingMemoryBound(to: UInt8.self)
    unsafe zlib.pointee.avail_out = wanted
    while trouble == nil, unsafe zlib.pointee.avail_out == wanted {
      if unsafe zlib.pointee.avail_in == 0, !refill() {
        if trouble == nil, isInsideMember { trouble = .cutOff }
        break
      }
      // What stands behind the last member and is none (zeros of a tape, a signature) is no part of the file.
      if !isInsideMember, membersRead > 0, unsafe zlib.pointee.next_in[0] != 0x1F { break }
      isInsideMember = true
      switch unsafe inflate(zlib, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END:
        isInsideMember = false
        membersRead += 1
        unsafe inflateReset(zlib)
      case let status:
        let words = unsafe zlib.pointee.msg.map { unsafe String(cString: $0) }
        trouble = .damaged(words ?? "zlib error \(status)")
      }
    }
    return unsafe Int(wanted - zlib.pointee.avail_out)
  }

  /// Reads more compressed bytes; false at the end.
  private func refill() -> Bool {
    while wait?.waits() ?? true {
      let count = unsafe Glibc.read(descriptor, input, GzipStream.inputByteCount)
      if count < 0, errno == EINTR || errno == EAGAIN && wait != nil { continue }
      if count < 0 { trouble = .unreadable(errno) }
      guard count > 0 else { return false }
      unsafe zlib.pointee.next_in = input
      unsafe zlib.pointee.avail_in = UInt32(count)
      return true
    }
    return false
  }
}
