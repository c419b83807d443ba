/// One hop of a byte, that can be measured alone.
protocol BenchHop: Sendable {
  /// What `--hop` takes.
  static var name: String { get }
  static var abstract: String { get }
  static func measure(_ setting: BenchSetting) throws -> Benchmark
}

enum BenchHops {
  static let all: [any BenchHop.Type] = [
    PublishHop.self, RoundTripHop.self, LatencyHop.self, BandwidthHop.self, SocketHop.self,
    ReadersHop.self, ClientsHop.self,
  ]
}

/// Sizes of frames, in bytes.
enum BenchSizes {
  static let all = [
    64, 1 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20, 256 << 20,
  ]
}
