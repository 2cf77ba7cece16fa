// Which row of a list is chosen, and which rows are seen.
//
// Rows come, go and change places: the chosen one is known by its key. At the top it stays at the top.

/// What tells rows of the live view apart.
enum LiveRowKey: Hashable, Sendable {
  case exchange(UInt64)
  case route(server: String, method: [UInt8], path: [UInt8])
}

/// A place in a list.
struct LiveCursor: Sendable {
  /// Nil follows the top.
  private var chosen: LiveRowKey?
  /// Where the chosen row was last, and the first row that is seen.
  private(set) var index = 0
  private(set) var top = 0

  /// Finds the chosen row among the rows as they are now, and keeps it in sight.
  mutating func settle(_ keys: [LiveRowKey], height: Int) {
    let old = index
    if let chosen, let place = keys.firstIndex(of: chosen) {
      index = place
      // Rows that came above it leave it where it is on the screen.
      top += place - old
    } else if chosen != nil, !keys.isEmpty {
      index = min(index, keys.count - 1)
      chosen = keys[index]
    } else {
      index = 0
    }
    show(keys.count, height)
  }

  /// Goes down so many rows, or up.
  mutating func move(by distance: Int, _ keys: [LiveRowKey], height: Int) {
    settle(keys, height: height)
    guard !keys.isEmpty else { return }
    index = min(max(index + distance, 0), keys.count - 1)
    chosen = index == 0 ? nil : keys[index]
    show(keys.count, height)
  }

  private mutating func show(_ count: Int, _ height: Int) {
    let height = max(height, 1)
    top = min(max(top, index - height + 1), index)
    top = max(min(top, count - height), 0)
  }
}
