import Testing

@testable import Bridge

@Suite struct RateLimitTests {
  private let second: UInt64 = 1_000_000_000

  @Test func aBurstAndThenARate() {
    let limit = Kept(RateLimit(perSecond: 10, burst: 20, now: 5 * second))
    #expect((0..<20).allSatisfy { _ in limit.with { $0.take(now: 5 * second) } })
    #expect(!limit.with { $0.take(now: 5 * second) } && !limit.with { $0.has(now: 5 * second) })
    #expect(limit.with { $0.take(now: 5 * second + second / 10) })
    #expect(!limit.with { $0.take(now: 5 * second + second / 10) })
    #expect((0..<20).allSatisfy { _ in limit.with { $0.take(now: 100 * second) } })
    #expect(!limit.with { $0.take(now: 100 * second) })
  }

  @Test func whatIsRefusedCostsNothing() {
    let limit = Kept(RateLimit(perSecond: 1, burst: 10, now: 0))
    #expect(
      limit.with { $0.take(8, now: 0) } && !limit.with { $0.take(3, now: 0) }
        && limit.with { $0.take(2, now: 0) })
  }

  @Test func timeThatGoesBackGivesNothing() {
    let limit = Kept(RateLimit(perSecond: 10, burst: 1, now: 9 * second))
    #expect(limit.with { $0.take(now: 9 * second) } && !limit.with { $0.take(now: second) })
    #expect(!limit.with { $0.take(now: 9 * second) })
  }

  @Test func addressesAreForgottenInTime() {
    let rates = Kept(AddressRates(perSecond: 1, burst: 1))
    let first = PeerAddress(ipv4: [1, 2, 3, 4])
    #expect(rates.with { $0.take(first, now: 0) } && !rates.with { $0.take(first, now: 0) })
    #expect(rates.with { $0.isExhausted(first, now: 0) })
    for number in 0..<10_000 {
      let address = PeerAddress(ipv4: [9, 9, UInt8(number / 256), UInt8(number % 256)])
      #expect(rates.with { $0.take(address, now: 0) })
    }
    #expect(!rates.with { $0.isExhausted(PeerAddress(ipv4: [7, 7, 7, 7]), now: 0) })
  }

  @Test func addresses() {
    let six = (0..<16).map { UInt8($0) }
    #expect(
      PeerAddress(ipv6: six) == PeerAddress(ipv6: Array(six[..<8]) + Array(repeating: 9, count: 8)))
    #expect(PeerAddress(ipv6: six) != PeerAddress(ipv6: Array(six.reversed())))
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1]
    #expect(PeerAddress(ipv6: mapped) == PeerAddress(ipv4: [10, 0, 0, 1]))
    #expect("\(PeerAddress(ipv6: mapped))" == "10.0.0.1")
    #expect("\(PeerAddress(ipv6: six))" == "1:203:405:607::/64")
  }
}
