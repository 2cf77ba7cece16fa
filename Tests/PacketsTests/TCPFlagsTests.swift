// The control bits of a TCP header as text.

import Packets
import Testing

@Suite struct TCPFlagsTests {
  @Test func flagsHaveLetters() {
    #expect(TCPFlags([.syn, .ack]).description == "SA")
    #expect(TCPFlags([]).description == "-")
    #expect(TCPFlags(rawValue: 0xFF).description == "FSRPAUEC")
  }
}
