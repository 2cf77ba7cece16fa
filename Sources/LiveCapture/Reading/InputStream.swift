// Bytes of our own making as the C stream that libpcap reads, and a pipe that can be left, and says when it is silent.
//
// What the bytes are is the subclasses' matter; libpcap only sees a stream that may end.

internal import CPcap
internal import Glibc

/// A source of bytes that a C stream can read.
class InputStream {
  /// Puts at least one byte into `buffer`, unless no more come; 0 then.
  func read(into buffer: UnsafeMutablePointer<CChar>, count: Int) -> Int { 0 }

  /// A C stream that reads from here and keeps this alive until it is closed; nil where none can be had.
  final func open() -> UnsafeMutablePointer<FILE>? {
    let functions = unsafe stream_functions(
      read: { cookie, buffer, count in
        guard let cookie = unsafe cookie, let buffer = unsafe buffer else { return 0 }
        let stream = unsafe Unmanaged<InputStream>.fromOpaque(cookie).takeUnretainedValue()
        return unsafe stream.read(into: buffer, count: count)
      },
      write: nil, seek: nil,
      close: { cookie in
        guard let cookie = unsafe cookie else { return 0 }
        unsafe Unmanaged<InputStream>.fromOpaque(cookie).release()
        return 0
      })
    let cookie = unsafe Unmanaged.passRetained(self).toOpaque()
    guard let stream = unsafe open_stream_functions(cookie, "rb", functions) else {
      unsafe Unmanaged<InputStream>.fromOpaque(cookie).release()
      return nil
    }
    return unsafe stream
  }
}

/// A pipe, terminal or socket that is read while it is being written, and who is told when it falls silent.
final class PipeWait {
  private let descriptor: Int32
  /// Ends the reading as if the bytes ended.
  var stop: CaptureStop?
  /// Called when nothing more is there, before it is waited for, and ten times a second while nothing comes.
  var idle: () -> CaptureFlow
  /// The reading was ended although more may come.
  private(set) var isLeft = false

  /// How long it waits for bytes between two calls of `idle`, in milliseconds.
  private static let tick: Int32 = 100

  init(descriptor: Int32, stop: CaptureStop?, idle: @escaping () -> CaptureFlow) {
    self.descriptor = descriptor
    self.stop = stop
    self.idle = idle
  }

  /// Waits until there is something to read, the end included.
  ///
  /// - Returns: False when the reading is to end first.
  func waits() -> Bool {
    var patience: Int32 = 0
    while !isLeft {
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      if unsafe poll(&wanted, 1, patience) > 0 { break }
      isLeft = stop?.isRequested == true || idle() == .stop
      patience = Self.tick
    }
    return !isLeft
  }
}

/// The bytes of a pipe.
///
/// Owns the descriptor.
final class PipeStream: InputStream {
  private let descriptor: Int32
  private let wait: PipeWait
  /// What was taken from the descriptor already and not yet read.
  private var head: ArraySlice<UInt8>

  init(descriptor: Int32, head: [UInt8], wait: PipeWait) {
    self.descriptor = descriptor
    self.head = head[...]
    self.wait = wait
  }

  deinit { close(descriptor) }

  override func read(into buffer: UnsafeMutablePointer<CChar>, count: Int) -> Int {
    if !head.isEmpty {
      let taken = min(head.count, count)
      for (index, byte) in head.prefix(taken).enumerated() { unsafe buffer[index] = CChar(bitPattern: byte) }
      head = head.dropFirst(taken)
      return taken
    }
    while wait.waits() {
      let received = unsafe Glibc.read(descriptor, buffer, count)
      if received >= 0 || errno != EINTR && errno != EAGAIN { return received }
    }
    return 0
  }
}
