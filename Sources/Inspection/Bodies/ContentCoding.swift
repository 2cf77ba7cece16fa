// Bodies without their content coding: what `--body` shows of a response that was compressed.
//
// Works on what the retention kept, and never makes more bytes than asked for, whatever the compressed ones claim.
// Chunked framing is gone already; that was the decoder's.

internal import CZlib
package import Exchanges
internal import WireBytes

/// The first bytes of a body, decoded as far as could be.
package struct DecodedBody: Hashable, Sendable {
  package var bytes: [UInt8] = []
  /// `gzip` or `deflate`; nil where the bytes are as they were transferred.
  package var coding: String?
  /// Whether `bytes` is the whole body.
  package var isWhole = false
  /// Why the bytes are not decoded, or not further; nil where nothing is wrong.
  package var trouble: String?
}

extension Exchange {
  /// The request's body, decoded, at most `limit` bytes of it.
  package func requestBody(limit: Int) -> DecodedBody {
    let coding =
      switch wireProtocol.traits.requestNames {
      case .headerFields: request.fields.firstField("content-encoding")
      case .metaVariables: request.fields.first("HTTP_CONTENT_ENCODING")
      }
    return ContentCoding.decode(request.body, coding ?? [], limit: limit)
  }

  /// The response's body, decoded, at most `limit` bytes of it.
  package func responseBody(limit: Int) -> DecodedBody {
    ContentCoding.decode(response.body, response.fields.firstField("content-encoding") ?? [], limit: limit)
  }
}

/// Undoes content codings.
package enum ContentCoding {
  /// How many transferred bytes to keep so that `count` decoded ones can be shown: compression adds at most so many.
  package static func retainedByteCount(for count: Int) -> Int {
    let (sum, isTooMuch) = count.addingReportingOverflow(min(count, 1 << 30) / 1024 + 512)
    return isTooMuch ? .max : sum
  }

  /// Decodes what was kept of a body.
  ///
  /// - Parameters:
  ///   - coding: The value of Content-Encoding; other codings than gzip and deflate, and several at once, are left.
  ///   - limit: The most bytes that are made.
  package static func decode(_ content: Content, _ coding: ArraySlice<UInt8>, limit: Int) -> DecodedBody {
    var plain = DecodedBody()
    plain.bytes = Array(content.retained.prefix(limit))
    plain.isWhole = content.isWhole && content.retained.count <= limit
    guard !content.retained.isEmpty, let kind = Kind(coding) else { return plain }
    var decoded = DecodedBody(coding: kind.name)
    let outcome = inflate(content.retained, kind, limit: limit, into: &decoded.bytes)
    decoded.isWhole = outcome == .ended && content.isWhole
    guard outcome == .damaged else { return decoded }
    if decoded.bytes.isEmpty {
      plain.trouble = "not the \(kind.name) it is said to be"
      return plain
    }
    decoded.trouble = "damaged \(kind.name): nothing can be decoded after these bytes"
    return decoded
  }

  private enum Kind {
    case gzip, deflate

    init?(_ coding: ArraySlice<UInt8>) {
      if coding.equalsIgnoringCase("gzip") || coding.equalsIgnoringCase("x-gzip") {
        self = .gzip
      } else if coding.equalsIgnoringCase("deflate") {
        self = .deflate
      } else {
        return nil
      }
    }

    var name: String { self == .gzip ? "gzip" : "deflate" }
  }

  private enum Outcome { case ended, unfinished, damaged }

  private static func inflate(_ input: [UInt8], _ kind: Kind, limit: Int, into output: inout [UInt8]) -> Outcome {
    var stream = unsafe z_stream()
    let windowBits = kind == .gzip ? 15 + 16 : isZlib(input) ? 15 : -15
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    guard unsafe inflateInit2_(&stream, Int32(windowBits), ZLIB_VERSION, size) == Z_OK else { return .damaged }
    defer { unsafe _ = inflateEnd(&stream) }
    var piece = [UInt8](repeating: 0, count: min(max(limit, 1), 1 << 16))
    // zlib only reads the input, though its type does not say so.
    var copy = input
    return unsafe copy.withUnsafeMutableBufferPointer { source in
      unsafe stream.next_in = source.baseAddress
      unsafe stream.avail_in = UInt32(clamping: source.count)
      while output.count < limit {
        let room = min(piece.count, limit - output.count)
        let (status, made): (Int32, Int) = unsafe piece.withUnsafeMutableBufferPointer { target in
          unsafe stream.next_out = target.baseAddress
          unsafe stream.avail_out = UInt32(room)
          let status = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
          return (status, unsafe room - Int(stream.avail_out))
        }
        output.append(contentsOf: piece.prefix(made))
        switch status {
        case Z_OK:
          if made == 0, unsafe stream.avail_in == 0 { return .unfinished }
        case Z_STREAM_END:
          // A gzip body may have several members, one after another.
          guard kind == .gzip, unsafe stream.avail_in > 0 else { return .ended }
          guard unsafe inflateReset(&stream) == Z_OK else { return .damaged }
        case Z_BUF_ERROR: return .unfinished
        default: return .damaged
        }
      }
      return .unfinished
    }
  }

  /// Whether bytes begin as zlib's format does; "deflate" means that, but some send the bare stream.
  private static func isZlib(_ input: [UInt8]) -> Bool {
    guard input.count >= 2 else { return true }
    return input[0] & 15 == 8 && (Int(input[0]) << 8 | Int(input[1])) % 31 == 0
  }
}
