// Certificates and keys for servers of tests, all from one authority that nobody trusts; valid for a hundred years.

/// A certificate with its key, both in PEM form.
struct TestCertificate: Sendable {
  let certificate: String
  let key: String

  /// The authority's own certificate.
  static let authority = """
    -----BEGIN CERTIFICATE-----
    MIIBaDCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBdnYXRlc3Bl
    YyB0ZXN0IGF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAw
    MFowIjEgMB4GA1UEAwwXZ2F0ZXNwZWMgdGVzdCBhdXRob3JpdHkwWTATBgcqhkjO
    PQIBBggqhkjOPQMBBwNCAAQsTLaOgrle+4eDLFKYgqjT+dCE0cp0fTkAZketjlNi
    +3mv+wlDWDoIIcB9275+7KNS5EoD7ulqOlVx6S3PN11sozIwMDAPBgNVHRMBAf8E
    BTADAQH/MB0GA1UdDgQWBBSbU2eWPdltKjMaByvrlH8gyIi89zAKBggqhkjOPQQD
    AgNJADBGAiEA0t85YtU0F7bbiyC3JbrrvFzsqprrnAQaB1eCAQphMC4CIQDZ6PL5
    4y/jA4Dg1RXotZ7kfzts7eBlDUmO7AQJBsEOoA==
    -----END CERTIFICATE-----
    """

  /// For localhost and 127.0.0.1.
  static let sound = TestCertificate(
    certificate: """
      -----BEGIN CERTIFICATE-----
      MIIBdDCCARqgAwIBAgIBAjAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBdnYXRlc3Bl
      YyB0ZXN0IGF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAw
      MFowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
      QgAEKrhSQWq+ZS4TYFsGubcX/SGXcfEIm2sUTWFztk8YUDUKNVk9Ds1LavnVfUe+
      8CJWEb1nyr3+Lk+8r1y21BeNz6NNMEswGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/
      AAABMAwGA1UdEwEB/wQCMAAwHwYDVR0jBBgwFoAUm1Nnlj3ZbSozGgcr65R/IMiI
      vPcwCgYIKoZIzj0EAwIDSAAwRQIgDJp2m8GwhgZOAFhkx11RvkVvr1jG8GedNkVJ
      b9ITvt8CIQCo/cCs8274R7hhdNorIt86G2d6xhFmLfmZa0xWdqDr2Q==
      -----END CERTIFICATE-----
      """,
    key: """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgObJ/xzJPkIUbUVgK
      92GrHVUOkRhNPPzn9gJ5IlLfPZ6hRANCAAQquFJBar5lLhNgWwa5txf9IZdx8Qib
      axRNYXO2TxhQNQo1WT0OzUtq+dV9R77wIlYRvWfKvf4uT7yvXLbUF43P
      -----END PRIVATE KEY-----
      """)

  /// For www.example.test and example.test.
  static let otherName = TestCertificate(
    certificate: """
      -----BEGIN CERTIFICATE-----
      MIIBfjCCASWgAwIBAgIBAzAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBdnYXRlc3Bl
      YyB0ZXN0IGF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAw
      MFowEDEOMAwGA1UEAwwFb3RoZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATF
      lzASs/R/l5bjrSRWRC5hwtpjvk9THzP/XKrRIZK2wMxJhOQ5xVtrqTmOczCGho/M
      54Sya2o6H4K+oiQNHwFXo1wwWjApBgNVHREEIjAgghB3d3cuZXhhbXBsZS50ZXN0
      ggxleGFtcGxlLnRlc3QwDAYDVR0TAQH/BAIwADAfBgNVHSMEGDAWgBSbU2eWPdlt
      KjMaByvrlH8gyIi89zAKBggqhkjOPQQDAgNHADBEAiBktJ+amQkkhOguFxlmxiQ/
      GPFOLmApIHkogtqHHnGbnQIgQwCyB1PME5kyithFeOFCqCogU7Iy26JP9az1a8sg
      DZI=
      -----END CERTIFICATE-----
      """,
    key: """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYf5ov5AkudgZUcJk
      8CdQEGNV9kDw1ZeTScUbhwQIFZ+hRANCAATFlzASs/R/l5bjrSRWRC5hwtpjvk9T
      HzP/XKrRIZK2wMxJhOQ5xVtrqTmOczCGho/M54Sya2o6H4K+oiQNHwFX
      -----END PRIVATE KEY-----
      """)

  /// For localhost, until 2021-02-03.
  static let expired = TestCertificate(
    certificate: """
      -----BEGIN CERTIFICATE-----
      MIIBcjCCARigAwIBAgIBBDAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBdnYXRlc3Bl
      YyB0ZXN0IGF1dGhvcml0eTAeFw0yMDAxMDEwMDAwMDBaFw0yMTAyMDMwMDAwMDBa
      MBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA
      BJrk+IHl7oRbdZ0/CCT0kHRSla0pVHF2INtsqGei0SaD6PYwT+E1tSJDQo2/Kdhn
      diXeM9V1LO0luh8gZRc5JHKjTTBLMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAA
      ATAMBgNVHRMBAf8EAjAAMB8GA1UdIwQYMBaAFJtTZ5Y92W0qMxoHK+uUfyDIiLz3
      MAoGCCqGSM49BAMCA0gAMEUCIEuPMP099iTc94GwYL0y076DwEmUpnorSApmr5UG
      xLXlAiEA1e739CUXVzUY1+bKVgDjGX3Zay+NqTBbCsgbuCy2k80=
      -----END CERTIFICATE-----
      """,
    key: """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8bIzaBLs7JxWS8HV
      n+0uK3xv6gpBwATRJqpf2aWzszqhRANCAASa5PiB5e6EW3WdPwgk9JB0UpWtKVRx
      diDbbKhnotEmg+j2ME/hNbUiQ0KNvynYZ3Yl3jPVdSztJbofIGUXOSRy
      -----END PRIVATE KEY-----
      """)

  /// For localhost, from 2119-05-06 on.
  static let notYet = TestCertificate(
    certificate: """
      -----BEGIN CERTIFICATE-----
      MIIBdzCCARygAwIBAgIBBTAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBdnYXRlc3Bl
      YyB0ZXN0IGF1dGhvcml0eTAiGA8yMTE5MDUwNjAwMDAwMFoYDzIxMjAwMTAxMDAw
      MDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMB
      BwNCAAQq8cgY3C2QATP6ByWvhZIURg7SrRK7DyUAvcGjTxvP7D8uExuKV3gaaw/z
      CotMaALWayR+tl0U2Tj83FfSvueho00wSzAaBgNVHREEEzARgglsb2NhbGhvc3SH
      BH8AAAEwDAYDVR0TAQH/BAIwADAfBgNVHSMEGDAWgBSbU2eWPdltKjMaByvrlH8g
      yIi89zAKBggqhkjOPQQDAgNJADBGAiEAyDzCtd4HhbvxY865WjqD46o2y3O2rmcZ
      E7iXRxD3n0kCIQDaQumNAERvvz5FXEQeuJnIEzYJ+wr+uvRizbwnFsxdYg==
      -----END CERTIFICATE-----
      """,
    key: """
      -----BEGIN PRIVATE KEY-----
      MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/r/NKvc0oEF8Zxk6
      Ld7h99Ybi824pdJwyfhCl8z/Y+ihRANCAAQq8cgY3C2QATP6ByWvhZIURg7SrRK7
      DyUAvcGjTxvP7D8uExuKV3gaaw/zCotMaALWayR+tl0U2Tj83FfSvueh
      -----END PRIVATE KEY-----
      """)
}
