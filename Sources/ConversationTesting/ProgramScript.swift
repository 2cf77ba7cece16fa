// A run of a CGI program as a script has it: what the client sends is the program's environment, what the server sends
// its output. There is no connection, so no conversation: the output is collected as the tester's recorder does.

import Exchanges
import WireBytes

/// The environment of a request, each variable ended by a zero byte.
package func cgiRequest(_ variables: Variables = FastCGISteps.plain) -> [UInt8] {
  variables.flatMap { Array("\($0.0)=\($0.1)\0".utf8) }
}

extension Script {
  /// Plays it as one run of a program, its output cut into pieces of `length`.
  func playProgram(piecesOf length: Int) -> Outcome {
    let info = ConnectionInfo(id: 1, client: .named("client"), server: .program(path: "program"))
    var exchange = Exchange(.cgi, connection: info, index: 1)
    var collector = CGIResponseCollector(retention: retention)
    var offset: StreamOffset = 0
    for step in steps {
      switch step {
      case .client(let environment):
        for variable in environment.split(separator: 0) {
          let name = variable.prefix { $0 != 0x3D }
          exchange.request.fields.append(name: Array(name), value: Array(variable.dropFirst(name.count + 1)))
        }
        exchange.request.describeByMetaVariables()
      case .server(let output):
        for start in stride(from: 0, to: output.count, by: min(length, max(output.count, 1))) {
          let piece = output[start..<min(output.count, start + min(length, output.count))]
          unsafe collector.receive(piece.span.bytes, at: offset, &exchange)
          offset &+= UInt64(piece.count)
        }
      case .lost(_, let count): exchange.gapByteCount &+= count
      case .serverEnd, .serverEndWithoutAlert: exchange.ending = .complete
      case .clientEnd, .clientReset, .serverReset, .pause, .conflict: break
      }
    }
    exchange.response.range = 0..<offset
    collector.finish(&exchange, endIsKnown: exchange.ending == .complete)
    return Outcome(exchanges: [exchange])
  }
}
