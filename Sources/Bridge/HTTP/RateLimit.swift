/// So many things a second, and a number of them at once.
package struct RateLimit: Sendable {
  private let perSecond: Double
  private let burst: Double
  private var left: Double
  private var updated: UInt64

  package init(perSecond: Double, burst: Double, now: UInt64) {
    self.perSecond = perSecond
    self.burst = burst
    left = burst
    updated = now
  }

  /// Takes from what is left.
  ///
  /// - Returns: false, and takes nothing, if it is too much now.
  package mutating func take(_ cost: Double = 1, now: UInt64) -> Bool {
    guard has(cost, now: now) else { return false }
    left -= cost
    return true
  }

  /// Something was taken that need not have been.
  package mutating func giveBack(_ cost: Double) { left = min(burst, left + cost) }

  /// Whether so much could be taken now.
  package mutating func has(_ cost: Double = 1, now: UInt64) -> Bool {
    refill(now)
    return left >= cost
  }

  /// Nothing was taken for so long that it is as new.
  package mutating func isFull(now: UInt64) -> Bool {
    refill(now)
    return left == burst
  }

  private mutating func refill(_ now: UInt64) {
    guard now > updated else { return }
    left = min(burst, left + Double(now - updated) * 1e-9 * perSecond)
    updated = now
  }
}
