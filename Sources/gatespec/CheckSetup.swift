// From the options of `check` and `compare` to what a runner needs. Values only.

import Drivers
import Transports

extension TargetOptions {
  /// The target, and what every request to it has.
  func profile(of target: Target) -> TargetProfile {
    let parameters = param.compactMap { pair -> (name: String, value: String)? in
      guard let separator = pair.firstIndex(of: "=") else { return nil }
      return (String(pair[..<separator]), String(pair[pair.index(after: separator)...]))
    }
    return TargetProfile(target: target, path: path, documentRoot: root, parameters: parameters)
  }

  /// How the cases are run.
  func options(_ time: TimeOptions) -> CheckOptions {
    var options = CheckOptions()
    options.probe = CheckOptions.ProbeMode(rawValue: probe.rawValue) ?? .auto
    if let jobs = time.jobs { options.jobs = jobs }
    if let total = time.timeout { options.timeouts.total = total.milliseconds }
    if let connect = time.connectTimeout { options.timeouts.connect = connect.milliseconds }
    if let first = time.firstByteTimeout { options.timeouts.firstByte = first.milliseconds }
    if let idle = time.idleTimeout { options.timeouts.idle = idle.milliseconds }
    if let close = time.closeTimeout { options.timeouts.close = close.milliseconds }
    return options
  }
}
