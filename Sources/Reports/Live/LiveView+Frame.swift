// The live view as lines: a title, a table or a page, and two lines that say what is set and what was seen.
//
// Any size gives a frame of that size.

package import WireBytes

extension LiveView {
  /// What the screen shows.
  ///
  /// - Parameter now: The present, where there is one: rates are of the seconds before it.
  package mutating func frame(_ feed: LiveFeed, size: LiveSize, now: Timestamp? = nil) -> LiveFrame {
    self.size = size
    var lines = [title(feed)]
    if page == nil {
      lines += table(feed, now)
    } else {
      let height = pageHeight
      lines += page?.lines(width: size.columns, height: height) ?? []
    }
    let below = [state(feed), LiveStatus.counters(feed, isPaused: frozen != nil, width: size.columns)]
    let room = max(size.rows - below.count, 0)
    lines = Array(lines.prefix(room))
    while lines.count < room { lines.append(LiveLine(width: size.columns)) }
    return LiveFrame(lines: Array((lines + below).suffix(size.rows)), size: size)
  }

  private func title(_ feed: LiveFeed) -> LiveLine {
    var line = LiveLine(width: size.columns)
    line.put(spaces: 1)
    if let page {
      line.put(page.title, .bold)
      line.put(right: page.place(height: pageHeight))
      return line
    }
    for (name, isShown) in [("newest", screen == .newest), ("routes", screen == .routes)] {
      line.put(isShown ? "[\(name)]" : " \(name) ", isShown ? .bold : nil)
    }
    let sorting = screen == .newest ? exchangeSorting : routeSorting
    let order = "by \(sorting.order.rawValue)\(sorting.isReversed ? ", reversed" : "")"
    let end = feed.isOver ? " (end)" : ""
    let room = size.columns - line.column - order.count - end.count - 4
    line.put("  \(source.fittedEnd(into: room))\(end)", limit: size.columns - line.column - order.count - 2)
    line.put(right: order)
    return line
  }

  private mutating func table(_ feed: LiveFeed, _ now: Timestamp?) -> [LiveLine] {
    switch screen {
    case .newest:
      let rows = exchanges(feed)
      exchangeCursor.settle(rows.map(\.key), height: tableHeight)
      return lines(rows, exchangeCursor, LiveTable(LiveRows.exchangeColumns(zone: zone), width: size.columns))
    case .routes:
      let rows = routes(feed, now)
      routeCursor.settle(rows.map(\.key), height: tableHeight)
      return lines(rows, routeCursor, LiveTable(LiveRows.routeColumns(width: size.columns), width: size.columns))
    }
  }

  private func lines<Row>(_ rows: [Row], _ cursor: LiveCursor, _ table: LiveTable<Row>) -> [LiveLine] {
    let seen = rows.indices.dropFirst(cursor.top).prefix(tableHeight)
    return [table.header] + seen.map { table.line(rows[$0], isChosen: $0 == cursor.index) }
  }

  /// The line above the counters: what is typed, what is wrong, what is set, or which keys there are.
  private func state(_ feed: LiveFeed) -> LiveLine {
    var line = LiveLine(width: size.columns)
    line.put(spaces: 1)
    if let prompt {
      // Of a long one the end is seen, where it is typed.
      let room = max((message == nil ? size.columns : size.columns / 2) - 11, 1)
      line.put("filter: \(String(String.UnicodeScalarView(prompt.unicodeScalars.suffix(room))))_  ", .bold)
    }
    if let message { line.put(message, .red) }
    if prompt != nil || message != nil { return line }
    if page != nil {
      line.put("q back  j k pgdn pgup g G move", .dim)
      return line
    }
    if let route {
      line.put("route \(LiveRows.title(route))  ", .bold, limit: size.columns / 2)
    }
    if !filter.isEmpty {
      line.put("filter \(filter)  ", .bold, limit: route == nil ? .max : size.columns / 2)
    }
    let hints = ["q quit  space pause  tab view  / filter  s sort  enter open  ? help", "q quit  ? help"]
    if let hint = hints.first(where: { line.column + $0.count <= size.columns }) { line.put(hint, .dim) }
    return line
  }
}
