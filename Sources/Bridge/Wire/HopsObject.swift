import Histogram

/// How long the server's hops take, in a `status` message: of one stream, or of all together.
package struct HopsObject: Sendable, Equatable, Encodable {
  package let fill: Hop
  package let notice: Hop
  package let wait: Hop
  package let send: Hop
  package let earlier: UInt64

  /// One hop: over the last seconds, and since the generation was first subscribed to.
  package struct Hop: Sendable, Equatable, Encodable {
    package let recent: Figures
    package let total: Figures
  }

  /// Nanoseconds; without percentiles if nothing was measured.
  package struct Figures: Sendable, Equatable, Encodable {
    package let count: UInt64
    package var p50: UInt64?
    package var p95: UInt64?
    package var p99: UInt64?
    package var max: UInt64?

    init<Count>(_ histogram: Histogram<Count>) {
      count = histogram.totalCount
      guard count > 0 else { return }
      p50 = histogram.valueAtPercentile(50)
      p95 = histogram.valueAtPercentile(95)
      p99 = histogram.valueAtPercentile(99)
      max = histogram.maxRecorded
    }
  }

  package init(_ hops: StreamHops, now: UInt64) { self.init(of: [hops], now: now) }

  package init(of all: [StreamHops], now: UInt64) {
    fill = Self.merged(all.map(\.fill), now)
    notice = Self.merged(all.map(\.notice.snapshot), now)
    wait = Self.merged(all.map(\.wait), now)
    send = Self.merged(all.map(\.send), now)
    earlier = all.reduce(0) { $0 + $1.earlier }
  }

  private static func merged(_ all: [HopLatency], _ now: UInt64) -> Hop {
    var total = HopLatency().total
    var recent = HopLatency().recent(now: now)
    for hop in all {
      total.add(hop.total)
      recent.add(hop.recent(now: now))
    }
    return Hop(recent: Figures(recent), total: Figures(total))
  }
}
