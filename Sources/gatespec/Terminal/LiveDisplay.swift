// `gatespec trace --live`: where the thread that decodes and the thread that draws meet.
//
// Decoding hands exchanges over and goes on; what it waits for is at most a copy of references. The terminal is taken
// here, and given back on every way out.

import Conformance
import Exchanges
import Glibc
import Inspection
import LiveCapture
import Reports
import Synchronization
import Transports
import WireBytes

/// A live view, from beginning to end.
final class LiveDisplay: Sendable {
  private let terminal: LiveTerminal
  private let feed: Mutex<LiveFeed>
  private let isReportWanted = Atomic<Bool>(true)
  private let isOver = Atomic<Bool>(false)
  private let hasBegun = Atomic<Bool>(false)
  /// Messages that came while the terminal was taken: the next one to show, and all of them for afterwards.
  private let messages = Mutex<(next: String?, texts: [String])>((nil, []))
  /// Wakes the thread that draws; signals write here.
  private let notices: (reading: Int32, writing: Int32)
  /// Its end tells that the thread that draws has ended.
  private let drawing: (reading: Int32, writing: Int32)
  private let detail: TraceDetail
  private let filter: String
  private let judges: Bool

  /// Messages that are kept for afterwards.
  private static let messageLimit = 20
  private static let signals = [SIGWINCH, SIGTSTP, SIGCONT]

  /// - Parameter filter: The one to begin with, and as it was written.
  init(
    _ terminal: LiveTerminal, detail: TraceDetail, filter: (parsed: ExchangeFilter?, text: String), judges: Bool
  ) throws(CommandFailure) {
    self.terminal = terminal
    self.detail = detail
    self.filter = filter.text
    self.judges = judges
    feed = Mutex(LiveFeed(filter: filter.parsed))
    notices = try Self.pipe()
    drawing = try Self.pipe()
  }

  private static func pipe() throws(CommandFailure) -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    guard unsafe Glibc.pipe(&ends) == 0 else {
      throw CommandFailure(.unreachable, "no pipe can be made: \(SystemError.words(errno))")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  // MARK: For the thread that decodes

  /// Takes the terminal and begins to draw.
  ///
  /// - Parameters:
  ///   - source: What is watched, as the first line says it.
  ///   - clock: Whose present is watched.
  ///   - stop: Asked for when somebody wants to quit; ends drawing where it is asked for elsewhere.
  func begin(source: String, clock: LiveClock, stop: CaptureStop) {
    _ = fcntl(notices.writing, F_SETFL, O_NONBLOCK)
    Ending.atExit { [self] in giveBack() }
    Signals.onFatal { [terminal] in terminal.giveBack() }
    Signals.tell(notices.writing, of: Self.signals)
    if Terminal.isErrorTerminal { Ending.divert { [self] in note($0, $1) } }
    hasBegun.store(true, ordering: .relaxed)
    terminal.take()
    let view = LiveView(source: source, filter: filter, judges: judges, detail: detail, zone: Terminal.zone)
    DetachedThread.start { [self] in
      var loop = LiveLoop(
        display: self, terminal: terminal, notices: notices.reading, stop: stop, view: view, clock: clock)
      loop.run()
      stop.request()
      close(drawing.writing)
    }
  }

  /// Takes a finished exchange.
  func take(_ exchange: consuming Exchange, _ findings: [Finding], _ link: LinkOutcome) {
    // Moved into the closure by an optional: what a closure captures cannot be consumed.
    var moved = Optional(exchange)
    feed.withLock { feed in
      if let exchange = moved.take() { feed.take(exchange, findings, link) }
    }
  }

  /// Whether counters are wanted: a few times a second.
  var wantsReport: Bool { isReportWanted.load(ordering: .relaxed) }

  /// Takes the counters as they are now.
  func report(_ counters: InspectionCounters, openConnections: Int, isOver: Bool = false) {
    isReportWanted.store(false, ordering: .relaxed)
    feed.withLock { feed in
      feed.counters = counters
      feed.openConnections = openConnections
      feed.isOver = isOver
    }
  }

  /// Waits until somebody quits.
  func waitForQuit() {
    var byte: UInt8 = 0
    while unsafe read(drawing.reading, &byte, 1) < 0, errno == EINTR {}
  }

  /// Shows a message until the next key.
  func show(message: String) {
    messages.withLock { $0.next = message }
    wake()
  }

  /// Ends drawing and gives the terminal back.
  func end() {
    guard hasBegun.load(ordering: .relaxed) else { return }
    isOver.store(true, ordering: .relaxed)
    wake()
    waitForQuit()
    giveBack()
  }

  /// Lets the thread that draws look what is new.
  func wake() {
    var byte: UInt8 = 0
    _ = unsafe write(notices.writing, &byte, 1)
  }

  private func giveBack() {
    Signals.forget(Self.signals)
    terminal.giveBack()
    Ending.divert(to: nil)
    let texts = messages.withLock { messages in
      defer { messages.texts = [] }
      return messages.texts
    }
    for text in texts { FileOutput.standardError.write(text) }
  }

  private func note(_ message: String, _ text: String) {
    messages.withLock { messages in
      messages.next = message
      if messages.texts.count < Self.messageLimit { messages.texts.append(text) }
    }
    wake()
  }

  // MARK: For the thread that draws

  /// What there is to show; asks for new counters.
  var snapshot: LiveFeed {
    isReportWanted.store(true, ordering: .relaxed)
    return feed.withLock { $0 }
  }

  /// A message that has not been shown.
  var nextMessage: String? { messages.withLock { $0.next.take() } }

  /// Whether drawing is to end.
  var isEnded: Bool { isOver.load(ordering: .relaxed) }

  /// Does what a key asked for.
  func apply(_ request: LiveRequest) {
    switch request {
    case .filter(let filter): feed.withLock { $0.apply(filter) }
    case .clear: feed.withLock { $0.clear() }
    case .quit, .redraw: break
    }
  }
}
