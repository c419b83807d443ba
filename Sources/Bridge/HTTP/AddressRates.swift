/// A rate limit for each address that asks, so that one of them does not use up what is the others'.
package struct AddressRates {
  private let perSecond: Double
  private let burst: Double
  private var limits: [PeerAddress: RateLimit] = [:]

  /// Addresses that are remembered. Over it those are forgotten that have been quiet, then all.
  private static let most = 4096

  package init(perSecond: Double, burst: Double) {
    self.perSecond = perSecond
    self.burst = burst
  }

  /// - Returns: false if this address has done too much.
  package mutating func take(_ address: PeerAddress, now: UInt64) -> Bool {
    if limits[address] == nil, limits.count >= Self.most { forget(now) }
    return limits[address, default: RateLimit(perSecond: perSecond, burst: burst, now: now)]
      .take(now: now)
  }

  /// Whether nothing is left for this address now.
  package mutating func isExhausted(_ address: PeerAddress, now: UInt64) -> Bool {
    limits[address]?.has(now: now) == false
  }

  private mutating func forget(_ now: UInt64) {
    limits = limits.filter { entry in
      var limit = entry.value
      return !limit.isFull(now: now)
    }
    if limits.count >= Self.most { limits = [:] }
  }
}
