// From the options of `check` and `compare` to what a runner needs. Values only.

import Drivers
import Transports

extension TargetOptions {
  /// The target, and what every request to it has.
  func profile(of target: Target) -> TargetProfile {
    var profile = base.profile(of: target)
    for field in header {
      guard let colon = field.firstIndex(of: ":") else { continue }
      let value = String(field[field.index(after: colon)...].drop { $0 == " " })
      profile.fields.append((String(field[..<colon]), value))
      profile.secrets.append(value)
    }
    return profile
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
