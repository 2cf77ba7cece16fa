// RFC 3875 section 6: the HTTP response against the CGI response that it comes from.
//
// A gateway may answer by itself: pages for errors, conditions and ranges, compression, internal redirects. Judged is
// only a response that is the backend's for sure.

import Exchanges
import WireBytes

extension RuleCatalog {
  static let gatewayPairResponse: [Rule] = [
    gateway(
      "CGI-3.1-2", summary: "The client gets the status that the script gave.",
      explanation: "A client that acts by the status (201, 202, 207) takes the response for another."
    ) { pair, findings in
      guard pair.sharesBody, let said = pair.back.response.status, (200..<300).contains(said),
        pair.back.cgi?.statusFields == 1, let got = pair.front.response.status, got != said, got < 300, got != 206
      else { return }
      findings.report("the script said \(said), the client got \(got)")
    },
    gateway(
      "CGI-6.2.1-2", summary: "A document without a Status is sent with 200.",
      explanation: "The script meant success."
    ) { pair, findings in
      guard pair.sharesBody, pair.back.cgi?.form == .document, pair.back.cgi?.statusFields == 0,
        pair.back.cgi?.startsWithStatusLine == false, let got = pair.front.response.status, got != 200, got != 206
      else { return }
      findings.report("a document without a Status was sent with \(got)")
    },
    gateway(
      "CGI-6.2.2-2", summary: "A local redirect is answered with what it leads to.",
      explanation: """
        The client is to get the local document itself, not a redirect to it. nginx sends 302; an X-Accel-Redirect \
        field does what was meant.
        """
    ) { pair, findings in
      guard pair.isAnswered, pair.back.cgi?.form == .localRedirect, let got = pair.front.response.status,
        (300..<400).contains(got), got != 304, let local = pair.back.response.fields.firstField("location"),
        let location = pair.front.response.fields.firstField("location"), location.suffix(local.count) == local
      else { return }
      findings.report("the client was redirected to \(quoted(location)) with \(got)")
    },
    gateway(
      "CGI-6.2.3-2", summary: "A redirect of the client is sent with 302.",
      explanation: "Without a redirect's status a browser shows an empty page."
    ) { pair, findings in
      guard pair.isAnswered, pair.back.cgi?.form == .clientRedirect, pair.back.cgi?.statusFields == 0,
        let got = pair.front.response.status, got != 302,
        let location = pair.back.response.fields.firstField("location"),
        pair.front.response.fields.firstField("location") == location
      else { return }
      findings.report("a Location without a Status was sent with \(got)")
    },
    gateway(
      "CGI-6.3.1-2", summary: "A Content-Type that the script did not send is not guessed.",
      explanation: "What the gateway guesses decides how a browser reads the body, and it does not know it."
    ) { pair, findings in
      guard pair.sharesBody, pair.front.response.status == pair.back.response.status ?? 200,
        pair.mediaType(of: pair.back) == nil, let guessed = pair.front.response.fields.firstField("content-type"),
        !guessed.isEmpty
      else { return }
      findings.report("the client was told \(quoted(guessed))")
    },
    gateway(
      "CGI-6.3.1-3", summary: "Content-Type is passed on as the script wrote it, a charset apart.",
      explanation: "A browser reads the body as something else than it is."
    ) { pair, findings in
      let count = pair.back.response.body.byteCount
      guard pair.isAnswered, count > 0, pair.front.response.body.byteCount == count,
        pair.front.response.status == pair.back.response.status ?? 200,
        let wrote = pair.mediaType(of: pair.back), let got = pair.mediaType(of: pair.front), wrote != got
      else { return }
      findings.report("the script wrote \(quoted(wrote[...])), the client got \(quoted(got[...]))")
    },
    gateway(
      "CGI-6.3.4-5", summary: "A field of the script's and one of the gateway's own do not both stand.",
      explanation: "Two values of a field that has one: who reads the first and who reads the last disagree."
    ) { pair, findings in
      guard pair.isAnswered else { return }
      let single: [StaticString] = ["date", "server", "content-length", "content-type", "location", "etag"]
      for name in single
      where pair.front.response.fields.countFields(name) > 1 && pair.back.response.fields.countFields(name) == 1 {
        return findings.report(
          "\(name) stands \(pair.front.response.fields.countFields(name)) times, once by the script")
      }
    },
    gateway(
      "CGI-6.4-2", summary: "The client gets the whole body, unmodified.",
      explanation: "A part of the body was lost between the script and the client, and the length hides it."
    ) { pair, findings in
      let front = pair.front.response, back = pair.back.response
      guard pair.isAnswered, pair.front.ending == .complete, pair.front.http1?.responseFraming == .length,
        front.status == back.status ?? 200, front.status != 206,
        !pair.front.request.method[...].elementsEqual("HEAD"),
        front.fields.firstField("content-encoding") == back.fields.firstField("content-encoding"),
        let type = pair.mediaType(of: pair.front), type == pair.mediaType(of: pair.back),
        !type.starts(with: "image/".utf8), front.body.byteCount < back.body.byteCount,
        // What exceeds the script's own Content-Length is its mistake.
        back.fields.firstField("content-length").map({ decimal($0) == back.body.byteCount }) ?? true
      else { return }
      findings.report("the client got \(front.body.byteCount) of the script's \(back.body.byteCount) bytes")
    },
  ]
}
