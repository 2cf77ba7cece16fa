// What waits for a reader keeps its order and its bound, and is left out in whole pieces.

import Reports
import Testing

@Suite struct OutputBacklogTests {
  private static func piece(_ number: Int, _ count: Int = 10) -> ArraySlice<UInt8> {
    Array(repeating: UInt8(number), count: count)[...]
  }

  @Test func whatWaitsComesInItsOrder() {
    var backlog = OutputBacklog(limit: 100)
    #expect(backlog.isEmpty)
    backlog.add(Self.piece(1), written: 4)
    backlog.add(Self.piece(2))
    #expect(Array(backlog.waiting) == Array(Self.piece(1, 6)) + Array(Self.piece(2)))
    var read: [UInt8] = []
    while !backlog.isEmpty {
      read += backlog.waiting.prefix(3)
      backlog.remove(min(3, backlog.waiting.count))
    }
    #expect(read == Array(Self.piece(1, 6)) + Array(Self.piece(2)))
    #expect(backlog.droppedByteCount == 0)
  }

  @Test func piecesAreLeftOutWhole() {
    var backlog = OutputBacklog(limit: 25)
    for number in 1...5 { backlog.add(Self.piece(number)) }
    // The third one goes beyond the limit, the others find it reached.
    #expect(Array(backlog.waiting) == (1...3).flatMap { Self.piece($0) })
    #expect(backlog.droppedByteCount == 20)
    backlog.remove(20)
    backlog.add(Self.piece(6))
    #expect(Array(backlog.waiting) == [3, 6].flatMap { Self.piece($0) })
    backlog.remove(1)
    backlog.drop()
    #expect(backlog.isEmpty && backlog.droppedByteCount == 39)
  }

  @Test func aPieceThatWasBegunIsEnded() {
    var backlog = OutputBacklog(limit: 0)
    backlog.add(Self.piece(1), written: 1)
    backlog.add(Self.piece(2))
    #expect(Array(backlog.waiting) == Array(Self.piece(1, 9)))
    #expect(backlog.droppedByteCount == 10)
  }

  @Test func whatWasWrittenTakesNoRoom() {
    var backlog = OutputBacklog(limit: 1000)
    for _ in 0..<10_000 {
      backlog.add(Self.piece(1))
      backlog.remove(9)
      backlog.remove(1)
    }
    #expect(backlog.isEmpty && backlog.droppedByteCount == 0)
  }
}
