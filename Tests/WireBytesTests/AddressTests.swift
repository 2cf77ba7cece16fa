// Addresses and endpoints: their text in both directions.

import Testing
import WireBytes

@Suite struct AddressTests {
  /// Given and canonical text, after RFC 5952.
  static let texts: [(String, String)] = [
    ("127.0.0.1", "127.0.0.1"),
    ("255.255.255.255", "255.255.255.255"),
    ("0.0.0.0", "0.0.0.0"),
    ("::", "::"),
    ("::1", "::1"),
    ("1::", "1::"),
    ("2001:0db8::0001", "2001:db8::1"),
    ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
    ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("2001:DB8::ABCD:EF", "2001:db8::abcd:ef"),
    ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
    ("0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"),
    ("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"),
    ("0:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    ("fe80::1:0:0:0", "fe80::1:0:0:0"),
  ]

  @Test(arguments: texts)
  func textIsCanonical(given: String, canonical: String) throws {
    let address = try #require(IPAddress(given))
    #expect(address.description == canonical)
    #expect(IPAddress(canonical) == address)
  }

  @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "::1::", "g::", "fe80::1%eth0", "localhost"])
  func otherTextIsNoAddress(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test func endpointsShowTheirPort() throws {
    #expect(IPEndpoint(try #require(IPAddress("192.0.2.7")), port: 80).description == "192.0.2.7:80")
    #expect(IPEndpoint(try #require(IPAddress("2001:db8::7")), port: 9_000).description == "[2001:db8::7]:9000")
  }

  @Test(
    "an address is read from bytes as from a text",
    arguments: [
      "192.0.2.7", "0.0.0.0", "255.255.255.255", "2001:db8::7", "2001:DB8:0:0:0:0:0:7", "::ffff:192.0.2.1", "1.2.3",
      "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "01.2.3.4", "256.1.1.1", "1.2.3.4 ", "", "unix:", "localhost",
      "fe80::1%1",
    ])
  func addressesOfBytes(text: String) {
    #expect(unsafe IPAddress(text: Array(text.utf8).span.bytes) == IPAddress(text))
  }

  @Test func aMappedAddressIsNotTheIPv4Address() {
    #expect(IPAddress("::ffff:192.0.2.1") != IPAddress("192.0.2.1"))
  }
}
