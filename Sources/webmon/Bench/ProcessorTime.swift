/// Processor time of the whole machine since it started, as the kernel counts it.
struct ProcessorTime {
  private let all: Int
  private let stolen: Int

  init() {
    // user nice system idle iowait irq softirq steal; guests' time is part of user's.
    let counts =
      KernelFile.text("/proc/stat")?.split(separator: "\n").first?
      .split(separator: " ").dropFirst().prefix(8).compactMap { Int($0) } ?? []
    all = counts.reduce(0, +)
    stolen = counts.count == 8 ? counts[7] : 0
  }

  /// Percent of the time since then that the host gave to other virtual machines while this one wanted it.
  var stolenPercentSince: Double {
    let now = ProcessorTime()
    return now.all > all ? 100 * Double(now.stolen - stolen) / Double(now.all - all) : 0
  }
}
