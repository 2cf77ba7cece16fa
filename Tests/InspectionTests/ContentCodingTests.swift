// Bodies without their content coding: right where they are sound, bounded and honest where they are not.

import Exchanges
import Foundation
import Inspection
import TestSupport
import Testing
import WireBytes

@Suite struct ContentCodingTests {
  static let gzip = "H4sIAAAAAAACA/NIzcnJ11FIr8osUOQCAAUUpvMNAAAA"
  static let zlib = "eNrzSM3JyddRSElNy0ksSVXkAgAvZQVB"
  static let bare = "80jNycnXUUhJTctJLElV5AIA"
  /// 100,000 zero bytes in 133.
  static let bomb =
    "H4sIAAAAAAACA+3BMQEAAADCoPVPbQ0PoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIBXA32VEdSghgEA"

  private func content(_ bytes: [UInt8], kept: Int = .max) -> Content {
    var content = Content()
    unsafe content.append(bytes.span.bytes, limit: kept)
    return content
  }

  private func bytes(_ base64: String) throws -> [UInt8] { Array(try #require(Data(base64Encoded: base64))) }

  private func decode(_ content: Content, _ coding: String, limit: Int = 4096) -> DecodedBody {
    ContentCoding.decode(content, Array(coding.utf8)[...], limit: limit)
  }

  @Test(arguments: [
    (gzip, "gzip", "Hello, gzip!\n"), (gzip, "X-GZIP", "Hello, gzip!\n"), (zlib, "deflate", "Hello, deflate!\n"),
    (bare, "deflate", "Hello, deflate!\n"),
  ])
  func sound(_ base64: String, _ coding: String, _ text: String) throws {
    let body = decode(content(try bytes(base64)), coding)
    #expect(String(decoding: body.bytes, as: UTF8.self) == text)
    #expect(body.isWhole && body.trouble == nil && body.coding != nil)
  }

  @Test func severalMembers() throws {
    let one = try bytes(Self.gzip)
    let body = decode(content(one + one), "gzip")
    #expect(body.bytes == Array("Hello, gzip!\nHello, gzip!\n".utf8))
    #expect(body.isWhole)
  }

  @Test(arguments: [0, 1, 1000, 65_536, 65_537, 99_999])
  func aBombMakesNoMoreThanAskedFor(_ limit: Int) throws {
    let body = decode(content(try bytes(Self.bomb)), "gzip", limit: limit)
    #expect(body.bytes.count == limit)
    #expect(!body.isWhole)
    #expect(body.trouble == nil)
  }

  @Test func everyCutGivesAPrefix() throws {
    let whole = try bytes(Self.gzip)
    for kept in 0..<whole.count {
      let body = decode(content(whole, kept: kept), "gzip")
      #expect(!body.isWhole)
      #expect(body.trouble == nil)
      #expect(body.bytes.isEmpty || Array("Hello, gzip!\n".utf8).starts(with: body.bytes))
    }
  }

  @Test func whatIsNotWhatItSaysIsShownAsItIs() {
    let text = Array("plain text".utf8)
    let body = decode(content(text), "gzip", limit: 5)
    #expect(body.bytes == Array("plain".utf8))
    #expect(body.coding == nil)
    #expect(body.trouble == "not the gzip it is said to be")
    for coding in ["", "identity", "br", "gzip, gzip"] {
      let body = decode(content(text), coding)
      #expect(body.bytes == text && body.coding == nil && body.trouble == nil && body.isWhole)
    }
  }

  @Test func damageIsTold() throws {
    var damaged = try bytes(Self.gzip)
    damaged[damaged.count - 6] ^= 0xFF
    let body = decode(content(damaged), "gzip")
    #expect(body.bytes == Array("Hello, gzip!\n".utf8))
    #expect(!body.isWhole)
    #expect(body.trouble?.hasPrefix("damaged gzip") == true)
  }

  @Test func anyBytesAreSurvived() {
    var generator = SeededGenerator(seed: 20)
    for round in 0..<300 {
      var bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      if round % 2 == 0 { bytes = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + bytes }
      for coding in ["gzip", "deflate"] { #expect(decode(content(bytes), coding, limit: 500).bytes.count <= 500) }
    }
  }

  @Test func theCodingComesFromTheFields() throws {
    var exchange = StatisticsTests.exchange("/", milliseconds: 1)
    exchange.response.fields.append(name: Array("content-ENCODING".utf8), value: Array("gzip".utf8))
    exchange.response.body = content(try bytes(Self.gzip))
    #expect(exchange.responseBody(limit: 5).bytes == Array("Hello".utf8))
    exchange.wireProtocol = .fastCGI
    exchange.request.fields.append(name: Array("HTTP_CONTENT_ENCODING".utf8), value: Array("deflate".utf8))
    exchange.request.body = content(try bytes(Self.zlib))
    #expect(exchange.requestBody(limit: 99).bytes == Array("Hello, deflate!\n".utf8))
  }
}
