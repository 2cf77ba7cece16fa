// Waiting for many descriptors at once: epoll, by edges, so that a connection costs one call in its whole life.

internal import CLinux
internal import Glibc

/// What is waited for.
@safe
final class Poller {
  /// What a descriptor is known by, and what happened to it.
  typealias Event = (key: UInt64, flags: UInt32)

  static let readable = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
  static let ended = EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
  static let writable = EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue

  private let descriptor: Int32
  private var events = unsafe [epoll_event](repeating: epoll_event(), count: 256)

  init() { descriptor = epoll_create1(Int32(EPOLL_CLOEXEC)) }

  deinit { close(descriptor) }

  /// Watches a descriptor until it is closed.
  func add(_ watched: Int32, key: UInt64, writes: Bool) {
    var event = unsafe epoll_event()
    unsafe event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue | (writes ? EPOLLOUT.rawValue : 0)
    unsafe event.data.u64 = key
    _ = unsafe epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event)
  }

  /// Waits until something happens, or for so many milliseconds.
  ///
  /// - Returns: How many events there are.
  func wait(milliseconds: Int32) -> Int {
    let count = unsafe epoll_wait(descriptor, &events, Int32(events.count), milliseconds)
    return max(Int(count), 0)
  }

  /// An event of the last wait.
  func event(_ index: Int) -> Event { unsafe (events[index].data.u64, events[index].events) }
}

/// A clock that wakes a poller at a moment.
final class WakeUp {
  private let descriptor = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC))

  init(_ poller: Poller, key: UInt64) { poller.add(descriptor, key: key, writes: false) }

  deinit { close(descriptor) }

  /// Wakes at a moment of `LoopClock`.
  func set(_ moment: Int64) {
    var time = itimerspec()
    // Zero would mean never.
    let moment = max(moment, 1)
    time.it_value = timespec(tv_sec: Int(moment / 1_000_000_000), tv_nsec: Int(moment % 1_000_000_000))
    _ = unsafe timerfd_settime(descriptor, Self.absolute, &time, nil)
  }

  /// The macro of that is no number to Swift: TFD_TIMER_ABSTIME.
  private static let absolute: Int32 = 1
}

/// The clocks of a loop, in nanoseconds.
enum LoopClock {
  /// The moment now, by a clock that never steps.
  static var now: Int64 { read(CLOCK_MONOTONIC) }
  /// What this thread has worked.
  static var work: Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

  @inline(__always)
  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}
