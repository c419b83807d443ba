import Histogram

/// How long one hop took: since the beginning, and over the last seconds. Its memory is fixed; to record allocates nothing.
package struct HopLatency: Sendable {
  /// Two significant digits, from a microsecond to a minute; what is longer counts as a minute.
  private static let lowest: UInt64 = 1024
  private static let highest: UInt64 = 1 << 36 - 1
  /// The window: this second, and so many whole ones less one before it. As long as that of a page (`client/subscription.js`).
  package static let windowSeconds = 5

  /// The measurements of one second.
  private struct Slice: Sendable {
    var second: UInt64 = 0
    var histogram = HopLatency.empty(UInt32.self)
  }

  package private(set) var total = empty(UInt64.self)
  /// Nanoseconds, of all together.
  package private(set) var sum: UInt64 = 0
  private var slices = [Slice](repeating: Slice(), count: windowSeconds)

  package init() {}

  private static func empty<Count: FixedWidthInteger & Codable & Sendable>(
    _: Count.Type
  ) -> Histogram<Count> {
    Histogram(
      lowestDiscernibleValue: lowest, highestTrackableValue: highest,
      numberOfSignificantValueDigits: .two)
  }

  /// - Parameter now: CLOCK_MONOTONIC, in nanoseconds as the latency is.
  package mutating func record(_ nanoseconds: UInt64, at now: UInt64) {
    let value = min(nanoseconds, Self.highest)
    total.record(value)
    sum &+= value
    let second = now / 1_000_000_000
    let index = Int(second % UInt64(Self.windowSeconds))
    if slices[index].second != second {
      slices[index].second = second
      slices[index].histogram.reset()
    }
    slices[index].histogram.record(value)
  }

  /// What was recorded in the last seconds.
  package func recent(now: UInt64) -> Histogram<UInt32> {
    let second = now / 1_000_000_000
    var recent = Self.empty(UInt32.self)
    for slice in slices
    where slice.second <= second && slice.second + UInt64(Self.windowSeconds) > second {
      recent.add(slice.histogram)
    }
    return recent
  }
}
