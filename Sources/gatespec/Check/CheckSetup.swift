// From the options of `check` and `compare` to what a runner needs. Values only.

import Drivers
import Transports

extension TargetOptions {
  /// The target, and what every request to it has.
  func profile(of target: Target) -> TargetProfile { base.profile(of: target) }

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
