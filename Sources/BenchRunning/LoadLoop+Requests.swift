// The loop's requests: begun, answered, failed, sent anew.

internal import Benching
internal import Glibc

extension LoadLoop {
  // MARK: Begin

  /// Begins a request in every slot of a connection.
  func beginAll(on connection: LoadConnection, at now: Int64) {
    for slot in connection.slots.indices { activate(connection, slot, due: now, at: now) }
    openCarrier(connection)
  }

  /// Begins a request.
  func begin(_ connection: LoadConnection, _ slot: Int, due: Int64, at now: Int64) {
    activate(connection, slot, due: due, at: now)
    guard connection.descriptor >= 0 else { return openCarrier(connection) }
    connection.reader.expectAnswer(slot: slot)
    // Where it is being opened, the request is written when it is open.
    if connection.isOpen { write(connection, slot: slot) }
  }

  private func activate(_ connection: LoadConnection, _ slot: Int, due: Int64, at now: Int64) {
    changeOpen(by: 1, at: now)
    connection.slots[slot] = LoadSlot()
    connection.slots[slot].isActive = true
    connection.slots[slot].moments.due = due
    connection.slots[slot].moments.began = now
  }

  // MARK: Answers

  /// Takes what the reader saw in the last bytes.
  func take(_ connection: LoadConnection, at now: Int64) {
    let key = connection.key
    var index = 0
    while index < events.count {
      let event = events[index]
      index += 1
      switch event.kind {
      case .content:
        if connection.slots[event.slot].moments.firstByte == 0 {
          connection.slots[event.slot].moments.firstByte = now
          if connection.process > 0 { look(at: connection.process) }
        }
        connection.slots[event.slot].moments.lastByte = now
      case .fields: connection.slots[event.slot].moments.fields = now
      case .closing: connection.closesBehindAnswer = true
      case .broken: return fail(connection, .broken, at: now, rests: false)
      case .end(_, let failure):
        guard connection.slots[event.slot].isActive else { continue }
        // Beginning the next request may read no bytes, so the events stay what they are.
        finish(connection, event.slot, failure, at: now)
        if connection.key != key { return }
      }
    }
  }

  private func finish(_ connection: LoadConnection, _ slot: Int, _ failure: FailureKind?, at now: Int64) {
    end(connection, slot, failure, at: now)
    connection.isReused = true
    if order.isUsedOnce || connection.closesBehindAnswer {
      if !order.isUsedOnce { outcome.reopened += 1 }
      closeCarrier(connection)
    }
    goOn(connection, slot, at: now, rests: false)
  }

  private func end(_ connection: LoadConnection, _ slot: Int, _ failure: FailureKind?, at now: Int64) {
    connection.slots[slot].moments.end = now
    connection.slots[slot].isActive = false
    note(connection.slots[slot].moments, failure)
    changeOpen(by: -1, at: now)
  }

  /// What a place does when its request is over.
  private func goOn(_ connection: LoadConnection, _ slot: Int, at now: Int64, rests: Bool) {
    if rests {
      resting.append((connection.index, slot))
    } else if pacing == nil {
      if phase != .over { begin(connection, slot, due: now, at: now) }
    } else if let due = pacing?.nextWaiting() {
      begin(connection, slot, due: due, at: now)
    } else {
      pacing?.free.append((connection.index, slot))
    }
  }

  // MARK: Trouble

  /// All requests on a connection have failed.
  ///
  /// - Parameter rests: Whether their places wait a moment: what failed at once would fail at once again.
  func fail(_ connection: LoadConnection, _ kind: FailureKind, at now: Int64, rests: Bool) {
    closeCarrier(connection)
    var failed: [Int] = []
    for slot in connection.slots.indices where connection.slots[slot].isActive {
      end(connection, slot, kind, at: now)
      failed.append(slot)
    }
    for slot in failed { goOn(connection, slot, at: now, rests: rests || failed.count > 1) }
  }

  /// A connection is gone.
  ///
  /// A server may close a kept one between two requests, while the next is on its way: as every client does, that one is
  /// sent anew, once, and its time runs on.
  func lose(_ connection: LoadConnection, _ kind: FailureKind, at now: Int64) {
    let active = connection.slots.indices.filter { connection.slots[$0].isActive }
    guard !active.isEmpty else {
      outcome.reopened += 1
      return closeCarrier(connection)
    }
    let isUntouched = active.allSatisfy {
      connection.slots[$0].moments.firstByte == 0 && !connection.slots[$0].isResent
    }
    guard connection.isReused, isUntouched else { return fail(connection, kind, at: now, rests: false) }
    closeCarrier(connection)
    for slot in active { connection.slots[slot].isResent = true }
    outcome.resent += active.count
    outcome.reopened += 1
    openCarrier(connection)
  }

  /// Ends requests that have taken too long.
  func expire(_ now: Int64) {
    for connection in connections
    where connection.slots.contains(where: { $0.isActive && now &- $0.moments.began > order.timeout }) {
      fail(connection, .timedOut, at: now, rests: false)
    }
  }

  /// Goes on in the places that have rested.
  func wakeResting(_ now: Int64) {
    guard !resting.isEmpty else { return }
    let places = resting
    resting.removeAll(keepingCapacity: true)
    for place in places { goOn(connections[place.connection], place.slot, at: now, rests: false) }
  }
}
