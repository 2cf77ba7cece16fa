// What processes have worked and how much memory they have, as the system's proc file system says.

internal import Glibc

/// The use that a process group, or one process, makes of the machine.
struct ProcessUsage: Sendable {
  /// Time in user and system mode, in nanoseconds.
  var work: Int64 = 0
  /// Each process's own peak of resident memory, added up, in bytes.
  var memory = 0

  /// Of all processes of a group, and of their children that they have waited for.
  static func ofGroup(_ group: pid_t) -> ProcessUsage {
    var usage = ProcessUsage()
    guard let folder = unsafe opendir("/proc") else { return usage }
    defer { unsafe closedir(folder) }
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      guard let process = pid_t(name), let work = work(of: process, in: group) else { continue }
      usage.work += work
      usage.memory += peakMemory(of: process)
    }
    return usage
  }

  /// What a process has worked; nil where it is not of that group.
  private static func work(of process: pid_t, in group: pid_t) -> Int64? {
    let text = text("/proc/\(process)/stat")
    // The name, in brackets, may hold anything.
    guard let bracket = text.lastIndex(of: ")") else { return nil }
    let words = text[text.index(after: bracket)...].split(separator: " ")
    guard words.count > 14, words[2] == "\(group)" else { return nil }
    let ticks = words[11...14].compactMap { Int64($0) }.reduce(0, +)
    return ticks * 1_000_000_000 / Int64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
  }

  /// The most resident memory that a process has had, in bytes; 0 where it is gone.
  static func peakMemory(of process: pid_t) -> Int {
    for line in text("/proc/\(process)/status").split(separator: "\n") where line.hasPrefix("VmHWM:") {
      return (Int(line.filter(\.isNumber)) ?? 0) * 1024
    }
    return 0
  }

  /// A small file of the system's.
  private static func text(_ path: String) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe read(descriptor, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
  }
}
