import Histogram

/// Latencies as a histogram of fixed precision, and the few percentiles that are told of them.
enum LatencySummary {
  /// One minute: what took longer counts as that.
  private static let longest: UInt64 = 60_000_000_000

  /// - Parameter nanoseconds: of each event, from when it was due.
  /// - Returns: `p50_us`, `p90_us`, `p99_us` and `max_us`; nothing of no event.
  static func percentiles(_ nanoseconds: [UInt64]) -> [String: Double] {
    guard !nanoseconds.isEmpty else { return [:] }
    var histogram = Histogram<UInt64>(
      highestTrackableValue: longest, numberOfSignificantValueDigits: .three)
    for value in nanoseconds { histogram.record(min(max(value, 1), longest)) }
    func microseconds(_ value: UInt64) -> Double { Double(value) / 1e3 }
    return [
      "p50_us": microseconds(histogram.valueAtPercentile(50)),
      "p90_us": microseconds(histogram.valueAtPercentile(90)),
      "p99_us": microseconds(histogram.valueAtPercentile(99)),
      "max_us": microseconds(histogram.max),
    ]
  }

  /// How they are told.
  static let figures: [Benchmark.NamedFigure] = [
    ("p50_us", BenchResult.Figure(title: "p50", unit: "us", better: "less")),
    ("p90_us", BenchResult.Figure(title: "p90", unit: "us", better: "less")),
    ("p99_us", BenchResult.Figure(title: "p99", unit: "us", better: "less")),
    ("max_us", BenchResult.Figure(title: "max", unit: "us", better: "less")),
  ]
}
