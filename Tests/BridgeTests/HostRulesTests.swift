import Testing

@testable import Bridge

@Suite struct HostRulesTests {
  let rules = HostRules(boundAddress: "127.0.0.1")

  @Test(arguments: [
    "localhost", "LocalHost:80", "127.0.0.1", "127.0.0.1:5000", "127.0.0.1:65535", "[::1]",
    "[::1]:5000",
  ])
  func ownHosts(host: String) { #expect(rules.refusal(host: host) == nil) }

  @Test(arguments: [
    nil, "", ":", ":5000", "evil.example", "localhost.evil.example", "evil.localhost", "localhost.",
    "127.0.0.2", "127.0.0.1.evil", "127.0.0.1:", "127.0.0.1:a", "127.0.0.1:123456",
    "127.0.0.1:5000:1",
    "::1", "[::1", "[::1]x", "[::1]:", "[::2]", "user@localhost", "localhost/", " localhost",
    "localhost ",
    "127.1", "2130706433", "0x7f.1", "localhost, evil.example",
  ])
  func otherHosts(host: String?) { #expect(rules.refusal(host: host) != nil) }

  @Test func theBoundAddressIsAHost() {
    #expect(HostRules(boundAddress: "127.0.0.5").refusal(host: "127.0.0.5:1") == nil)
    #expect(HostRules(boundAddress: "::1").refusal(host: "[::1]:1") == nil)
  }

  @Test func allAddressesTakeNumbersButNoNames() {
    let rules = HostRules(boundAddress: "0.0.0.0", allowed: ["Lab.example.org"])
    for host in ["192.168.1.7:5000", "[fd00::2]:5000", "localhost", "lab.example.org:1"] {
      #expect(rules.refusal(host: host) == nil, "\(host)")
    }
    for host in ["evil.example", "192.168.1.7.evil.example", "1.2.3", "[fd00::2", "0x7f.0.0.1", ""]
    {
      #expect(rules.refusal(host: host) != nil, "\(host)")
    }
    #expect(self.rules.refusal(host: "192.168.1.7:5000") != nil)
  }

  @Test func theSchemeOfAnOriginIsTheServers() {
    let secure = HostRules(boundAddress: "127.0.0.1", isSecure: true)
    #expect(secure.refusal(origin: "https://localhost:1", host: "localhost:1") == nil)
    #expect(secure.refusal(origin: "http://localhost:1", host: "localhost:1") != nil)
    // What stands before the server under a name that was allowed may do the encryption.
    let behind = HostRules(boundAddress: "127.0.0.1", allowed: ["lab.example.org"])
    #expect(behind.refusal(origin: "https://lab.example.org", host: "lab.example.org") == nil)
    #expect(behind.refusal(origin: "http://lab.example.org", host: "lab.example.org") == nil)
    #expect(behind.refusal(origin: "https://localhost:1", host: "localhost:1") != nil)
  }

  @Test func origins() {
    #expect(rules.refusal(origin: nil, host: "localhost:5000") == nil)
    #expect(rules.refusal(origin: "http://localhost:5000", host: "localhost:5000") == nil)
    #expect(rules.refusal(origin: "HTTP://LOCALHOST:5000", host: "localhost:5000") == nil)
    for origin in [
      "null", "", "http://", "localhost:5000", "https://localhost:5000", "http://localhost",
      "http://localhost:5001", "http://127.0.0.1:5000", "http://localhost:5000/",
      "http://localhost:5000.evil.example", "http://evil.example", "file://",
    ] {
      #expect(rules.refusal(origin: origin, host: "localhost:5000") != nil, "\(origin)")
    }
    #expect(rules.refusal(origin: "http://localhost", host: nil) != nil)
  }

  @Test func messagesShowOthersTextSafely() throws {
    let reason = try #require(
      rules.refusal(host: "evil\r\n\u{1b}[31m" + String(repeating: "x", count: 1000)))
    #expect(reason.count < 300 && !reason.contains("\r") && !reason.contains("\u{1b}"))
  }

  @Test func loopbackAddresses() {
    for address in ["127.0.0.1", "127.255.0.3", "localhost", "LOCALHOST", "::1"] {
      #expect(HostRules.isLoopback(address), "\(address)")
    }
    for address in [
      "0.0.0.0", "", "127.0.0", "127.0.0.1.1", "127.0.0.256", "128.0.0.1", "127.0.0.x", "::",
      "127...", "127.0.0.+1",
    ] {
      #expect(!HostRules.isLoopback(address), "\(address)")
    }
  }
}
