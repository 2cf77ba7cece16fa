// Preconditions of the reference HTTP server's pages: the tags and dates that a request compares.
//
// Pure: a request and validators in, a status out.

internal import WireBytes

/// What a request makes depend on the state of a page.
///
/// Spec: RFC 9110 section 13.
struct HTTPConditions {
  let request: ServedRequest
  let policy: HTTPPolicy
  let now: UInt64
  /// The tag of the page; nil where it has no validators.
  let entityTag: String?
  let lastModified: UInt64

  /// The status that answers the request in the place of the page, 304 or 412; nil where its method is performed.
  var status: Int? {
    let isRead = request.hasMethod("GET") || request.isHEAD
    guard entityTag != nil else { return nil }
    let matches = tags("if-match", isWeak: false)
    if policy.keeps(.ifMatch), matches == false { return 412 }
    if policy.keeps(.ifUnmodifiedSince), matches == nil || !policy.keeps(.precedenceOfMatch),
      let date = date("if-unmodified-since"), lastModified > date
    {
      return 412
    }
    let notModified = policy.keeps(.notModified) ? 304 : 412
    let noneMatches = tags("if-none-match", isWeak: policy.keeps(.weakComparison))
    if policy.keeps(.ifNoneMatch), noneMatches == true { return isRead ? notModified : 412 }
    if policy.keeps(.ifModifiedSince), isRead || !policy.keeps(.datesOfGETOnly),
      noneMatches == nil || !policy.keeps(.precedenceOfTags), let date = date("if-modified-since"),
      lastModified <= date
    {
      return notModified
    }
    return nil
  }

  /// Whether the range that is asked for may be sent.
  ///
  /// Spec: RFC 9110 section 13.1.5.
  var allowsRange: Bool {
    guard let value = request.values("if-range").first, policy.keeps(.ifRange) else { return true }
    guard let entityTag else { return false }
    if value.first == 0x22 || value.starts(with: "W/".utf8) {
      return Self.isSame(value, entityTag, isWeak: false)
    }
    guard let date = HTTPDate.seconds(value, now: now, policy) else { return false }
    return date == lastModified || date > lastModified && !policy.keeps(.exactRangeDates)
  }

  /// Whether one of the field's tags is the page's; nil where there is no such field.
  private func tags(_ name: String, isWeak: Bool) -> Bool? {
    guard let entityTag else { return nil }
    let lines = request.values(name)
    guard let first = lines.first else { return nil }
    if policy.keeps(.anyTag), first == [0x2A] { return true }
    return Self.tags(Array(lines.joined(separator: [0x2C]))).contains { Self.isSame($0, entityTag, isWeak: isWeak) }
  }

  /// Whether two tags are the same: both strong, or, compared weakly, each strong or not.
  private static func isSame(_ tag: [UInt8], _ other: String, isWeak: Bool) -> Bool {
    let other = Array(other.utf8)
    if isWeak { return tag.withoutWeakness == other.withoutWeakness }
    return tag == other && tag.first == 0x22
  }

  /// The tags of a list; commas inside of quotes separate none.
  private static func tags(_ line: [UInt8]) -> [[UInt8]] {
    var (tags, tag, isQuoted): ([[UInt8]], [UInt8], Bool) = ([], [], false)
    for byte in line {
      if byte == 0x22 { isQuoted.toggle() }
      if byte == 0x2C, !isQuoted {
        tags.append(tag.trimmedOfBlanks)
        tag = []
      } else {
        tag.append(byte)
      }
    }
    return tags + [tag.trimmedOfBlanks]
  }

  /// The date in the field; nil where there is none, or none that counts.
  private func date(_ name: String) -> UInt64? {
    let values = request.values(name)
    guard let value = values.first, values.count == 1 else { return nil }
    if let date = HTTPDate.seconds(value, now: now, policy) { return date }
    guard !policy.keeps(.invalidDates) else { return nil }
    return name == "if-modified-since" ? .max : 0
  }
}

extension [UInt8] {
  /// A tag without the mark of weakness.
  fileprivate var withoutWeakness: [UInt8] { starts(with: "W/".utf8) ? Array(dropFirst(2)) : self }
}
