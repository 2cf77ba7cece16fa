// What was sent and received, cut to what a person reads, with the places marked that findings point at.
//
// Everything shown is in the result already; nothing is decoded here.

internal import Conformance
internal import Drivers
internal import Exchanges
internal import WireBytes

/// One line of a connection's evidence.
enum EvidenceLine {
  case event(WireEvent, isMarked: Bool)
  /// So many events of the middle are not shown.
  case omitted(Int)
}

extension ConnectionEvidence {
  /// How many events of the same kind in a row are shown: the first ones, and the last ones.
  private static let runHead = 4
  private static let runTail = 2

  /// The events, the middle of more than `limit` left out, and the middle of many of one kind in a row, as the records
  /// of a large body are; but never an event that a finding points at.
  ///
  /// - Parameter findings: Those about this connection.
  func lines(limit: Int, markedBy findings: [Finding]) -> [EvidenceLine] {
    let marked = marked(by: findings)
    let inRuns = middlesOfRuns()
    let shown = events.indices.filter { !inRuns.contains($0) }
    let head = limit * 2 / 3
    let middle = Set(shown.dropFirst(head).dropLast(limit - head))
    var lines: [EvidenceLine] = []
    var omitted = 0
    for (index, event) in events.enumerated() {
      guard marked.contains(index) || !inRuns.contains(index) && !middle.contains(index) else {
        omitted += 1
        continue
      }
      if omitted > 0 { lines.append(.omitted(omitted)) }
      omitted = 0
      lines.append(.event(event, isMarked: marked.contains(index)))
    }
    return lines
  }

  /// The events that findings point at: of the finding's direction, the last one that begins at or before its offset.
  private func marked(by findings: [Finding]) -> Set<Int> {
    var marked: Set<Int> = []
    for finding in findings {
      guard let direction = finding.direction, let offset = finding.offset else { continue }
      if let index = events.lastIndex(where: { $0.direction == direction && $0.offset <= offset }) {
        marked.insert(index)
      }
    }
    return marked
  }

  /// The events in the middle of long rows of one kind, in one direction.
  private func middlesOfRuns() -> Set<Int> {
    var middles: Set<Int> = []
    var start = events.startIndex
    while start < events.endIndex {
      let first = events[start]
      let rest = events[start...]
      let end = rest.firstIndex { $0.direction != first.direction || $0.kind != first.kind } ?? events.endIndex
      // One that is left out alone would take as much room as it gives.
      if end - start > Self.runHead + Self.runTail + 1 {
        middles.formUnion(start + Self.runHead..<end - Self.runTail)
      }
      start = end
    }
    return middles
  }
}

extension WireEvent {
  /// What the event is, without its sizes and bytes: its first words up to the first number of bytes.
  fileprivate var kind: Substring {
    text.firstRange(of: " content=").map { text[..<$0.lowerBound] } ?? text.prefix { $0 != " " }
  }
}

extension CaseResult {
  /// The findings that point into a connection; where there is only one, those that name none are about it.
  func findings(on connection: ConnectionEvidence) -> [Finding] {
    findings.filter { $0.connection.map { $0 == connection.number } ?? (evidence.count == 1) }
  }

  /// Where a finding is, as the evidence counts: ` (received, offset 24)`; empty where it has no place.
  func place(of finding: Finding) -> String {
    guard let offset = finding.offset else { return "" }
    var words: [String] = []
    if let number = finding.connection, evidence.count > 1 { words.append("connection \(number)") }
    if let direction = finding.direction { words.append(direction == .request ? "sent" : "received") }
    return " (\((words + ["offset \(offset)"]).joined(separator: ", ")))"
  }
}
