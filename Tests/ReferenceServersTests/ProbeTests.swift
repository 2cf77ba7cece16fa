// What the probe application answers, behaviour by behaviour.

import ReferenceServers
import Testing

@Suite struct ProbeTests {
}
