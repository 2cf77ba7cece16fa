// The loop's connections and processes: opened, read, written, closed.

internal import Benching
internal import CLinux
internal import Glibc
internal import WireBytes

extension LoadLoop {
  // MARK: Opening and closing

  /// Opens a connection, or starts a process, for the requests that wait in its slots.
  func openCarrier(_ connection: LoadConnection) {
    connection.generation &+= 1
    connection.isReused = false
    connection.closesBehindAnswer = false
    connection.reader.open()
    for index in connection.slots.indices where connection.slots[index].isActive {
      connection.slots[index].moments.sent = 0
      connection.reader.expectAnswer(slot: index)
    }
    switch order.source.open() {
    case .open(let descriptor):
      connection.descriptor = descriptor
      poller.add(descriptor, key: connection.key, writes: true)
      opened(connection, at: LoopClock.now)
    case .opening(let descriptor):
      connection.descriptor = descriptor
      poller.add(descriptor, key: connection.key, writes: true)
    case .process(let output, let process):
      (connection.descriptor, connection.process, connection.isOpen) = (output, process, true)
      poller.add(output, key: connection.key, writes: false)
      let now = LoopClock.now
      connection.slots[0].moments.opened = now
      connection.slots[0].moments.sent = now
    case .failed(let number):
      fail(connection, FailureKind(errno: number, isProcess: order.mode == .process), at: LoopClock.now, rests: true)
    }
  }

  private func opened(_ connection: LoadConnection, at now: Int64) {
    connection.isOpen = true
    for index in connection.slots.indices where connection.slots[index].isActive {
      connection.slots[index].moments.opened = now
      guard write(connection, slot: index) else { return }
    }
  }

  /// Closes what carries requests; a process that still runs is ended.
  func closeCarrier(_ connection: LoadConnection) {
    guard connection.descriptor >= 0 else { return }
    close(connection.descriptor)
    connection.descriptor = -1
    connection.isOpen = false
    connection.generation &+= 1
    if !connection.unsent.isEmpty { connection.unsent.removeAll(keepingCapacity: true) }
    guard connection.process > 0 else { return }
    // Its output is over, or nobody wants it any more: what is left of its group has nothing to do.
    kill(-connection.process, SIGKILL)
    ending.append(connection.process)
    connection.process = 0
  }

  // MARK: Writing

  /// Writes the request of a slot.
  ///
  /// - Returns: Whether the connection is still there.
  @discardableResult
  func write(_ connection: LoadConnection, slot: Int) -> Bool {
    guard connection.unsent.isEmpty else {
      connection.unsent += order.requests[slot]
      return true
    }
    let request = order.requests[slot]
    let count = unsafe request.withUnsafeBytes { bytes in
      unsafe send(connection.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
    if count == request.count {
      connection.slots[slot].moments.sent = LoopClock.now
      return true
    }
    if count >= 0 || errno == EAGAIN || errno == EINTR {
      connection.unsent += request.dropFirst(max(count, 0))
      return true
    }
    lose(connection, FailureKind(errno: errno), at: LoopClock.now)
    return false
  }

  private func flush(_ connection: LoadConnection) {
    let count = unsafe connection.unsent.withUnsafeBytes { bytes in
      unsafe send(connection.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    }
    guard count > 0 else { return }
    connection.unsent.removeFirst(count)
    guard connection.unsent.isEmpty else { return }
    let now = LoopClock.now
    for index in connection.slots.indices
    where connection.slots[index].isActive && connection.slots[index].moments.sent == 0 {
      connection.slots[index].moments.sent = now
    }
  }

  // MARK: Events

  func handle(_ event: Poller.Event) {
    let connection = connections[Int(truncatingIfNeeded: event.key & 0xFFFF_FFFF)]
    guard connection.key == event.key, connection.descriptor >= 0 else { return }
    if !connection.isOpen {
      guard event.flags & Poller.writable != 0 else { return }
      var number: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      unsafe getsockopt(connection.descriptor, SOL_SOCKET, SO_ERROR, &number, &length)
      guard number == 0 else {
        return fail(connection, FailureKind(errno: number), at: LoopClock.now, rests: true)
      }
      opened(connection, at: LoopClock.now)
    } else if !connection.unsent.isEmpty, event.flags & Poller.writable != 0 {
      flush(connection)
    }
    if event.flags & Poller.readable != 0 { read(connection, isEnding: event.flags & Poller.ended != 0) }
  }

  /// Reads until there is nothing more.
  ///
  /// - Parameter isEnding: The end was announced with the event: less than the buffer holds is then not all.
  private func read(_ connection: LoadConnection, isEnding: Bool) {
    let key = connection.key
    // The key changes when the connection is closed, or closed and opened anew.
    while connection.key == key, connection.descriptor >= 0 {
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe Glibc.read(connection.descriptor, bytes.baseAddress, bytes.count)
      }
      if count > 0 {
        let now = LoopClock.now
        events.removeAll(keepingCapacity: true)
        // The bytes of an array have no padding.
        unsafe connection.reader.receive(buffer.span.bytes.extracting(first: count), &events)
        take(connection, at: now)
        if count < buffer.count, !isEnding { return }
      } else if count == 0 {
        return ended(connection, at: LoopClock.now)
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR {
        return lose(connection, FailureKind(errno: errno), at: LoopClock.now)
      }
    }
  }

  /// The server has closed, or the process its output.
  private func ended(_ connection: LoadConnection, at now: Int64) {
    let key = connection.key
    events.removeAll(keepingCapacity: true)
    connection.reader.close(&events)
    take(connection, at: now)
    if connection.key == key { lose(connection, .closed, at: now) }
  }
}
