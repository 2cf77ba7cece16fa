// Header fields as meta-variables: HTTP_ names, several fields made one, fields that are not passed on.
//
// The mapping alone; which fields a request has is CGIMetaVariables.Request's.

internal import WireBytes

extension CGIMetaVariables {
  /// Fields that a gateway does not pass on, in lower case.
  ///
  /// Credentials (section 4.1.18), fields that have a variable of their own, fields that concern the client's
  /// connection, and Proxy, whose variable programs take for a setting.
  public static let withheldFields: [String] = [
    "authorization", "proxy-authorization", "content-length", "content-type", "connection", "keep-alive",
    "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "proxy",
  ]

  /// The name of the variable that a field becomes: `HTTP_`, then the field's name in upper case with hyphens made
  /// underscores; of the fields of the body CONTENT_TYPE and CONTENT_LENGTH.
  ///
  /// Spec: RFC 3875 sections 4.1.2, 4.1.3 and 4.1.18.
  public static func variableName(ofField name: some Collection<UInt8>) -> [UInt8] {
    let upper = name.map { byte in byte == 0x2D ? 0x5F : byte &- 0x61 < 26 ? byte & 0xDF : byte }
    return contentVariables.contains { upper.elementsEqual($0.utf8) } ? upper : Array("HTTP_".utf8) + upper
  }

  /// The name of the field, in lower case, that a variable was made of; nil for a variable that is none's.
  ///
  /// Spec: RFC 3875 sections 4.1.2, 4.1.3 and 4.1.18.
  public static func fieldName(ofVariable name: some Collection<UInt8>) -> [UInt8]? {
    fieldName(ofVariable: Array(name)[...])
  }

  /// The same of bytes that lie together: what is asked for every variable of a trace.
  public static func fieldName(ofVariable name: ArraySlice<UInt8>) -> [UInt8]? {
    let isField = name.count > 5 && name.starts(with: "HTTP_".utf8)
    guard isField || contentVariables.contains(where: { name.elementsEqual($0.utf8) }) else { return nil }
    return name.dropFirst(isField ? 5 : 0).map { $0 == 0x5F ? 0x2D : ASCII.lowercased($0) }
  }

  /// The variables of fields that describe the body.
  private static let contentVariables = ["CONTENT_TYPE", "CONTENT_LENGTH"]

  /// The variables of `fields`: one for each name, in the order of first appearance.
  ///
  /// Several fields of one name become one value, joined by a comma and a space, Cookie by a semicolon and a space.
  /// Names that differ only in case or between hyphen and underscore count as one. Line breaks of folded values
  /// become a space.
  ///
  /// - Parameters:
  ///   - fields: Names and values as they came.
  ///   - withheld: Lower-case names of fields that are left out.
  ///
  /// Spec: RFC 3875 section 4.1.18.
  public static func fieldVariables(
    _ fields: [Variable], withholding withheld: [String] = withheldFields
  ) -> CGIMetaVariables {
    var result = CGIMetaVariables()
    for field in fields where !withheld.contains(where: { field.name.equalsIgnoringCase($0.utf8) }) {
      let name = variableName(ofField: field.name)
      let value = unfolded(field.value)
      if let index = result.variables.firstIndex(where: { $0.name == name }) {
        let separator = field.name.equalsIgnoringCase("cookie".utf8) ? "; " : ", "
        result.variables[index].value += Array(separator.utf8) + value
      } else {
        result.append(name, value)
      }
    }
    return result
  }

  /// `value` with each line break and the whitespace around it made one space.
  private static func unfolded(_ value: [UInt8]) -> [UInt8] {
    guard value.contains(where: { $0 == ASCII.cr || $0 == ASCII.lf }) else { return value }
    var output: [UInt8] = []
    var isInBreak = false
    for byte in value {
      if byte == ASCII.cr || byte == ASCII.lf {
        while let last = output.last, last == ASCII.space || last == ASCII.tab { output.removeLast() }
        isInBreak = true
      } else if isInBreak, byte == ASCII.space || byte == ASCII.tab {
        continue
      } else {
        if isInBreak { output.append(ASCII.space) }
        isInBreak = false
        output.append(byte)
      }
    }
    return output
  }
}
