// The thread that draws the live view: keys in, frames out, at most ten a second while nobody types.
//
// Owns the view. Never touched by decoding; a terminal that takes nothing holds up this thread alone.

import Glibc
import LiveCapture
import Reports
import Transports
import WireBytes

/// Whose present it is that rates are of.
enum LiveClock {
  /// This machine's.
  case system
  /// The traffic's: it may come from a machine with another time, or from the past.
  case traffic
  /// Nobody's: all of it is past.
  case none
}

/// Draws until somebody quits.
struct LiveLoop {
  private let display: LiveDisplay
  private let terminal: LiveTerminal
  private let notices: Int32
  private let stop: CaptureStop
  private let clock: LiveClock
  private let usesColour: Bool
  private var view: LiveView
  private var keys = LiveKeyReader()
  /// What the screen shows; nil where that is not known.
  private var shown: LiveFrame?
  private var output = TextBuffer()
  private var feed = LiveFeed()
  private var hasQuit = false

  /// Milliseconds between two frames, and that an Escape waits for what makes it another key.
  private static let interval: Int32 = 100
  private static let patience: Int32 = 50

  init(
    display: LiveDisplay, terminal: LiveTerminal, notices: Int32, stop: CaptureStop, view: LiveView, clock: LiveClock
  ) {
    self.display = display
    self.terminal = terminal
    self.notices = notices
    self.stop = stop
    self.view = view
    self.clock = clock
    usesColour = Terminal.style(for: .standardOutput).usesColour
  }

  /// Runs until a key or the display ends it.
  mutating func run() {
    var nextFrame = Self.milliseconds
    while !hasQuit, !display.isEnded, !stop.isRequested {
      let now = Self.milliseconds
      if now >= nextFrame {
        feed = display.snapshot
        nextFrame = now + Int64(Self.interval)
        if !draw() { return }
      }
      let rest = Int32(clamping: max(nextFrame - Self.milliseconds, 0))
      var waiting = [
        pollfd(fd: terminal.keys, events: Int16(POLLIN), revents: 0),
        pollfd(fd: notices, events: Int16(POLLIN), revents: 0),
      ]
      let ready = unsafe poll(&waiting, 2, keys.isPending ? Self.patience : rest)
      if ready <= 0 {
        press(keys.settle())
        continue
      }
      if waiting[1].revents != 0 { heed() }
      if waiting[0].revents != 0, !readKeys() { return }
    }
  }

  /// Draws what has changed.
  ///
  /// - Returns: Whether the terminal is still there.
  private mutating func draw() -> Bool {
    if let message = display.nextMessage { view.show(message: message) }
    let frame = view.frame(feed, size: terminal.size, now: now)
    output.clear()
    frame.update(since: shown, usesColour: usesColour, to: &output)
    shown = frame
    return output.isEmpty || terminal.write(output.bytes)
  }

  /// The present, as far as what is watched has one.
  private var now: Timestamp? {
    switch clock {
    case .system: SystemClock.now
    case .traffic: feed.latest
    case .none: nil
    }
  }

  /// Reads what was typed.
  ///
  /// - Returns: Whether the terminal is still there.
  private mutating func readKeys() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = unsafe read(terminal.keys, &bytes, bytes.count)
    if count < 0 { return errno == EAGAIN || errno == EINTR }
    guard count > 0 else { return false }
    press(keys.take(bytes[..<count]))
    return hasQuit || draw()
  }

  private mutating func press(_ pressed: [LiveKey]) {
    for key in pressed {
      switch view.press(key, feed, now: now) {
      case .quit:
        hasQuit = true
        return
      case .redraw: shown = nil
      case let request?:
        display.apply(request)
        feed = display.snapshot
      case nil: break
      }
    }
  }

  /// Does what signals ask for.
  private mutating func heed() {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = unsafe read(notices, &bytes, bytes.count)
    let signals = Set(bytes.prefix(max(count, 0)).map { Int32($0) })
    if signals.contains(SIGTSTP) {
      // The terminal is the shell's while the program is stopped.
      terminal.giveBack()
      // To this thread, which so goes no further; the others stop with it.
      raise(SIGSTOP)
    }
    if signals.contains(SIGTSTP) || signals.contains(SIGCONT) {
      terminal.take()
      shown = nil
    }
    if signals.contains(SIGWINCH) { shown = nil }
  }

  /// A clock that never goes back.
  private static var milliseconds: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
