// The CGI response inside FastCGI's STDOUT or a program's standard output, collected into an exchange.

import CGIWire
import WireBytes

struct CGIResponseCollector: Sendable {
  private let retention: Retention
  init(retention: Retention) { self.retention = retention }

  mutating func receive(_ content: RawSpan, _ exchange: inout Exchange) {
    exchange.response.body.append(content, limit: retention.bodyByteCount)
  }
  mutating func skip(_ byteCount: UInt64, _ exchange: inout Exchange) { exchange.response.body.skip(byteCount) }
  mutating func end(_ exchange: inout Exchange) {}
  mutating func finish(_ exchange: inout Exchange, endIsKnown: Bool) {}
}
