// The oddities that only a CGI response has. What lines and field lines share with HTTP/1 is WireBytes'
// (FieldLine.swift).
//
// Names are stable: golden files, JSON and rules refer to them.

public import WireBytes

extension AnomalyKind {
  /// The response begins with an HTTP status line, as that of a script with non-parsed headers does.
  public static let cgiStatusLine = AnomalyKind("cgi-status-line")
  /// A status line that has no code of three digits, or one outside 100 to 599 (its value).
  public static let cgiInvalidStatusLine = AnomalyKind("cgi-invalid-status-line")
  /// A Status field that is not three digits (value 0) or lies outside 100 to 599 (its value).
  public static let cgiInvalidStatus = AnomalyKind("cgi-invalid-status")
  /// A Status field whose code no space follows, and so no reason phrase, if an empty one.
  public static let cgiMissingReason = AnomalyKind("cgi-missing-reason")
  /// A second Status field.
  public static let cgiDuplicateStatus = AnomalyKind("cgi-duplicate-status")
  /// A second Content-Type field.
  public static let cgiDuplicateContentType = AnomalyKind("cgi-duplicate-content-type")
  /// A second Location field.
  public static let cgiDuplicateLocation = AnomalyKind("cgi-duplicate-location")
  /// A Location that is neither an absolute URI nor a local path that begins with a slash.
  public static let cgiInvalidLocation = AnomalyKind("cgi-invalid-location")
  /// The response has no bytes at all.
  public static let cgiEmptyResponse = AnomalyKind("cgi-empty-response")
  /// The header block has no field line at all.
  public static let cgiNoFields = AnomalyKind("cgi-no-fields")
  /// The header block has none of Content-Type, Location and Status.
  public static let cgiNoCGIField = AnomalyKind("cgi-no-cgi-field")
}
