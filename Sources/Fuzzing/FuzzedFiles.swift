// Whole files: a capture from its first byte on through libpcap, and a fixture.
//
// The one place of the fuzzer that does I/O, in a temporary file.

import Fixtures
import Glibc
import Inspection
import LiveCapture
import WireBytes

/// A capture file, read as `gatespec trace -r` reads it.
struct FuzzedCapture {
  private let descriptor: Int32

  init() {
    // Without a name, gone with the process; it never leaves the page cache.
    guard let file = unsafe tmpfile() else { preconditionFailure("a temporary file can be made") }
    descriptor = unsafe fileno(file)
  }

  func check(_ input: [UInt8]) -> String? {
    if let complaint = checkFile(input) { return complaint }
    // Now and then compressed as well.
    return Cuts(input).variant & 3 == 0 ? checkFile(CaptureForms.gzip(input)) : nil
  }

  private func checkFile(_ input: [UInt8]) -> String? {
    guard ftruncate(descriptor, 0) == 0, unsafe pwrite(descriptor, input, input.count, 0) == input.count else {
      return "the temporary file cannot be written"
    }
    var output = CheckedOutput()
    do {
      var source = try CaptureSource.openFile("/proc/self/fd/\(descriptor)")
      var inspector = Inspector(linkType: source.linkType, options: CheckedOutput.options)
      var damage: CaptureError?
      do {
        try source.forEachPacket { packet, bytes in
          inspector.receive(bytes, originalByteCount: packet.originalByteCount, origin: packet.origin, to: &output)
          return .goOn
        }
      } catch {
        damage = error
      }
      inspector.finish(to: &output)
      if let damage, damage.message.isEmpty { return "an error without words" }
    } catch {
      if error.message.isEmpty { return "an error without words" }
    }
    if let complaint = output.complaint { return complaint }
    return output.count <= input.count + 4 ? nil : "\(output.count) outputs for \(input.count) bytes"
  }
}

/// A fixture file: it loads, or is refused with errors that point into it.
enum FuzzedFixture {
  static func check(_ input: [UInt8]) -> String? {
    let text = String(decoding: input, as: UTF8.self)
    do {
      _ = try CaseLoader.cases([FixtureFile(name: "fixtures/fastcgi/damaged.yaml", text: text)])
      return nil
    } catch {
      guard !error.errors.isEmpty, error.errors.count <= 64 else { return "\(error.errors.count) errors" }
      // As YAML counts them: a carriage return ends a line, and so do three characters beyond ASCII.
      let lines = text.unicodeScalars.count { [0x0A, 0x0D, 0x85, 0x2028, 0x2029].contains($0.value) } + 1
      for trouble in error.errors {
        if trouble.location.line > lines + 1 { return "an error in line \(trouble.location.line) of \(lines)" }
        if trouble.message.isEmpty || trouble.message.contains("\n") { return "an error without one line of words" }
      }
      return nil
    }
  }
}
