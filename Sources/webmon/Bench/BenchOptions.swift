/// How long, how often, and how large.
struct BenchOptions {
  let runs: Int
  /// Of measuring, for each contender in each round.
  let seconds: Double
  let isQuick: Bool

  var nanoseconds: UInt64 { UInt64(seconds * 1e9) }

  /// Sizes of frames in bytes: all, or the few of a quick run.
  func sizes(_ all: [Int], quick: [Int]) -> [Int] { isQuick ? quick : all }
}
