import Testing

@testable import Bridge

@Suite struct AccessRulesTests {
  let rules: AccessRules
  let text = "0123456789abcdefghij"

  init() throws {
    rules = AccessRules(token: try AccessToken(text))
    rules.port = 5000
  }

  private func request(
    _ path: String = "/viewer/", arguments: [String] = [], authorization: String? = nil,
    cookies: [String] = [], peer: PeerAddress = .local
  ) -> HTTPRequest {
    HTTPRequest(
      path: Array(path.utf8), arguments: arguments.map { Array($0.utf8) }, host: "localhost",
      authorization: authorization, cookies: cookies, peer: peer)
  }

  private func status(_ request: HTTPRequest, now: UInt64 = 1) -> Int? {
    rules.refusal(of: request, now: now)?.status
  }

  /// What the browser sends back after the first use.
  private func cookie() throws -> String {
    let response = try #require(rules.welcome(request(arguments: ["token=\(text)"])))
    let line = try #require(response.headers.first { $0.name == "Set-Cookie" }?.value)
    return String(try #require(line.split(separator: ";").first))
  }

  @Test func withoutATokenEverybodyIsLetIn() {
    let open = AccessRules(token: nil)
    #expect(open.isGranted(request()) && open.refusal(of: request(), now: 1) == nil)
    #expect(open.welcome(request(arguments: ["token=\(text)"])) == nil)
  }

  @Test func whatProvesIt() throws {
    #expect(status(request()) == 401)
    #expect(status(request(arguments: ["x=1", "token=\(text)"])) == nil)
    #expect(status(request(authorization: "Bearer \(text)")) == nil)
    #expect(status(request(authorization: "bearer  \(text)")) == nil)
    #expect(status(request(cookies: ["a=b", " \(try cookie())"])) == nil)
    #expect(rules.isGranted(request(cookies: [try cookie()])))
  }

  @Test func whatDoesNot() throws {
    let cookie = try cookie()
    for wrong in [
      request(arguments: ["token="]), request(arguments: ["token"]),
      request(arguments: ["token=\(text)x"]), request(arguments: ["token=\(text.dropLast())"]),
      request(arguments: ["Token=\(text)"]), request(arguments: ["xtoken=\(text)"]),
      request(arguments: ["token=\(text.uppercased())"]), request(authorization: text),
      request(authorization: "Basic \(text)"), request(authorization: "Bearer"),
      request(cookies: ["webmon-5000=\(text)"]),
      request(cookies: ["webmon-5001" + cookie.dropFirst(11)]),
      request(cookies: [cookie + "x"]), request(cookies: [String(cookie.dropLast())]),
      request(cookies: ["webmon-5000="]),
    ] {
      #expect(!rules.isGranted(wrong), "\(wrong)")
      #expect(rules.refusal(of: wrong, now: 1)?.status == 401, "\(wrong)")
    }
  }

  @Test func theFirstUseGivesACookieAndTakesTheTokenAway() throws {
    let response = try #require(
      rules.welcome(request("/viewer/", arguments: ["stream=a b", "token=\(text)", "z"])))
    #expect(response.status == 302)
    #expect(response.headers.first { $0.name == "Location" }?.value == "/viewer/?stream=a%20b&z")
    let line = try #require(response.headers.first { $0.name == "Set-Cookie" }?.value)
    #expect(line.hasPrefix("webmon-5000=") && line.hasSuffix("; HttpOnly; SameSite=Lax; Path=/"))
    #expect(!line.contains(text))
    for other in ["/api/streams", "/ws"] {
      #expect(rules.welcome(request(other, arguments: ["token=\(text)"])) == nil)
    }
    #expect(rules.welcome(request(arguments: ["token=wrong"])) == nil)
    let secure = AccessRules(token: try AccessToken(text), isSecure: true)
    let header = secure.welcome(request(arguments: ["token=\(text)"]))?.headers.last?.value
    #expect(header?.hasSuffix("; Secure") == true)
  }

  /// Whether the cookie comes in a frame of another site depends on what the browser takes there.
  @Test(arguments: [
    ("localhost:5000", false, "SameSite=None; Partitioned; Secure; Path=/"),
    ("127.0.0.1:5000", false, "SameSite=None; Partitioned; Secure; Path=/"),
    ("[::1]:5000", false, "SameSite=None; Partitioned; Secure; Path=/"),
    ("lab.example.org:5000", false, "SameSite=Lax; Path=/"),
    ("lab.example.org:5000", true, "SameSite=None; Partitioned; Path=/; Secure"),
  ])
  func theCookieInAFrame(host: String, isSecure: Bool, expected: String) throws {
    let rules = AccessRules(token: try AccessToken(text), isSecure: isSecure, isEmbeddable: true)
    var request = request(arguments: ["token=\(text)", "embed=1"])
    request.host = host
    let response = try #require(rules.welcome(request))
    let line = response.headers.first { $0.name == "Set-Cookie" }?.value
    #expect(line?.hasSuffix("; HttpOnly; \(expected)") == true)
    #expect(response.headers.contains { $0 == ("Cross-Origin-Resource-Policy", "cross-origin") })
    #expect(response.headers.first { $0.name == "Location" }?.value == "/viewer/?embed=1")
  }

  @Test func aCookieIsOfOneRunOfTheServer() throws {
    let cookie = try cookie()
    let next = AccessRules(token: try AccessToken(text))
    next.port = 5000
    #expect(!next.isGranted(request(cookies: [cookie])))
  }

  @Test func guessingIsSlowAndLocksNobodyElseOut() throws {
    let attacker = PeerAddress(ipv4: [10, 0, 0, 9])
    let guess = request(arguments: ["token=wrong"], peer: attacker)
    #expect((0..<20).allSatisfy { _ in status(guess) == 401 })
    #expect(status(guess) == 429)
    // Not even the right one: whoever tries faster learns nothing.
    #expect(status(request(arguments: ["token=\(text)"], peer: attacker)) == 429)
    #expect(status(request(cookies: [try cookie()], peer: attacker)) == nil)
    #expect(status(request(arguments: ["token=\(text)"])) == nil)
    #expect(status(guess, now: 2_000_000_000) == 401)
    #expect(
      status(request(arguments: ["token=\(text)"], peer: attacker), now: 2_000_000_000) == nil)
    // Who has nothing to show has not guessed.
    #expect((0..<100).allSatisfy { _ in status(request()) == 401 })
    #expect(status(request(arguments: ["token=\(text)"])) == nil)
  }

  @Test func tokensThatAreNone() {
    for text in [
      "", "short", String(repeating: "x", count: 257), "0123456789abcdef ghij",
      "0123456789abcdef&x=1", "0123456789abcdefé", "0123456789abcdef\n",
    ] {
      #expect(throws: ServerError.self) { try AccessToken(text) }
    }
  }

  @Test func randomTokensAreTokens() throws {
    let tokens = (0..<200).map { _ in AccessToken.random().text }
    #expect(Set(tokens).count == 200)
    for token in tokens { #expect(try AccessToken(token).text == token && token.utf8.count == 32) }
  }
}
