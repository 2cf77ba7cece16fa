// However its input is cut, and whatever it is, a responder does the same and stays within bounds.

import FastCGIWire
import ReferenceServers
import Testing

@Suite struct ResponderFragmentationTests {
  @Test(arguments: CorpusEntry.all.map(\.name), [1, 3, 7, 8, 13, 1448])
  func cutInputGivesTheSameOutput(_ name: String, _ piece: Int) throws {
    let entry = try #require(CorpusEntry.all.first { $0.name == name })
    let whole = Conversation(FastCGIResponder(), entry.steps)
    let cut = Conversation(FastCGIResponder(), entry.steps, piece: piece)
    #expect(whole.output == cut.output)
    #expect(whole.transcript == cut.transcript)
  }

  /// Numbers that are the same in every run.
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value >> 31)
    }
  }

  private func mutated(_ bytes: [UInt8], _ generator: inout Generator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
      let index = bytes.indices.randomElement(using: &generator) ?? 0
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2: bytes.remove(at: index)
      case 3: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
      default: bytes.removeSubrange(index..<min(bytes.count, index + 9))
      }
    }
    return bytes
  }

  @Test(arguments: 0..<8) func anyBytesAreTaken(_ seed: UInt64) {
    var generator = Generator(state: seed)
    var options = ResponderOptions()
    options.paramsLimit = 4096
    options.bodyLimit = 4096
    // A mutated query may ask for very much output; what is asked for is not what is tested.
    let entries = CorpusEntry.all.filter { !["large body", "two at once", "long names and values"].contains($0.name) }
    for entry in entries {
      for fault in [nil, ResponderFault.all.randomElement(using: &generator)] {
        for _ in 0..<4 {
          var conversation = Conversation(fault?.responder(options) ?? FastCGIResponder(options))
          for step in entry.steps {
            switch step {
            case .send(let bytes):
              conversation.send(mutated(bytes, &generator), piece: Int.random(in: 1...40, using: &generator))
            default: conversation.perform(step)
            }
          }
          #expect(conversation.responder.activeRequestCount <= options.maxRequests)
          #expect(conversation.output.count < 1 << 20, "\(entry.name), seed \(seed)")
          conversation.perform(.end)
          conversation.perform(.settle)
          #expect(conversation.closing != nil, "\(entry.name), seed \(seed), \(fault?.name ?? "sound")")
        }
      }
    }
  }
}
