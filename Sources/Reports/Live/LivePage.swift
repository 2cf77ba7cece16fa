// A page of text over the tables: one exchange, or the keys.
//
// Wrapped to the width it is shown at; nothing of it is cut.

/// A text that is looked at.
struct LivePage: Sendable {
  var title: String
  private var source: [String]
  private var top = 0
  /// The text at the width at which it was shown last.
  private var wrapped: (width: Int, lines: [String]) = (0, [])

  init(title: String, text: String) {
    self.title = title
    source = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if source.last?.isEmpty == true { source.removeLast() }
  }

  /// Goes down so many lines, or up.
  mutating func move(by distance: Int, height: Int) {
    let most = max(wrapped.lines.count - max(height, 1), 0)
    top = min(max(min(top, most) + distance, 0), most)
  }

  /// The lines that are seen.
  mutating func lines(width: Int, height: Int) -> [LiveLine] {
    if wrapped.width != width { wrapped = (width, source.flatMap { $0.wrapped(at: width, indent: 8) }) }
    move(by: 0, height: height)
    return wrapped.lines.dropFirst(top).prefix(height).map { text in
      var line = LiveLine(width: width)
      line.put(text)
      return line
    }
  }

  /// Which lines of how many are seen.
  func place(height: Int) -> String {
    "\(min(top + 1, wrapped.lines.count))-\(min(top + height, wrapped.lines.count)) of \(wrapped.lines.count)"
  }

  /// The keys.
  static let help = LivePage(
    title: "keys",
    text: """
      q            quit                            Ctrl-C too
      space, p     pause: the tables stand still, the status line goes on
      tab, 1, 2    the newest exchanges, or routes
      s            sort: newest, slowest, largest
                   routes: rate, errors, p90, time, count
      r            the other way round
      /            filter, as --where has it: status >= 500 and uri ~ ^/api
                   an empty one shows everything again
      enter        open an exchange; of a route its exchanges
      esc          back; leaves a route
      j k, arrows  down and up
      pgdn, pgup   a page; Ctrl-F and Ctrl-B too
      g, G         the top, the bottom
      c            clear the tables
      Ctrl-L       draw the screen anew
      ?, h         this page

      At the top the list shows what is newest; elsewhere it stays with its
      exchange. The newest 500 exchanges can be opened; routes add up all.

      per s        exchanges a second, of the last ten; of a file on average
      failed       status 500 or more, refused, or closed by the server
      sum s        the time of all of a route's exchanges together

      K kept connection   E error stream   G gap   M joined in the middle
      A aborted           T tail stall     ! finding
      """)
}
