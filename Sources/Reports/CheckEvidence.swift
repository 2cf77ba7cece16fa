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
  /// The events, the middle of more than `limit` left out, but never an event that a finding points at.
  ///
  /// - Parameter findings: Those of the case; empty where it has several connections, because a finding does not say
  ///   which of them its offset belongs to.
  func lines(limit: Int, markedBy findings: [Finding]) -> [EvidenceLine] {
    let marked = marked(by: findings)
    let head = limit * 2 / 3
    let tailStart = events.count - (limit - head)
    var lines: [EvidenceLine] = []
    var omitted = 0
    for (index, event) in events.enumerated() {
      guard index < head || index >= tailStart || marked.contains(index) else {
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
}

extension CaseResult {
  /// The findings that may be marked in the evidence.
  var markableFindings: [Finding] { evidence.count == 1 ? findings : [] }

  /// The finding that the reason repeats, if it is one.
  var leadingFinding: Finding? {
    // Of a rule's finding the reason also says how many other cases saw it.
    findings.first { $0.message == reason } ?? findings.first { reason.hasPrefix($0.message + ";") }
  }

  /// The first difference in words, with its place.
  var difference: String { reason + (leadingFinding?.place ?? "") }

  /// The findings that say something else than the reason.
  var furtherFindings: [Finding] {
    let leading = leadingFinding?.message
    return findings.filter { $0.message != leading }
  }
}

extension Finding {
  /// Where it is, as the evidence counts: ` (received, offset 24)`; empty where it has no place.
  var place: String {
    guard let offset else { return "" }
    guard let direction else { return " (offset \(offset))" }
    return " (\(direction == .request ? "sent" : "received"), offset \(offset))"
  }
}
