import ArrayShm
import Glibc

/// The machine that a result is from, with the names that `benchmarks/harness/machine.py` gives: ratios carry over to others, bare numbers do not.
struct BenchMachine: Encodable {
  let processor: String
  let cores: Int
  let memoryGigabytes: Double
  let kernel: String
  let system: String
  let webmon = ArrayShm.version
  let load: Double
  /// Percent of the processors' time that the host kept from this machine while it was measured.
  var stolenPercent = 0.0
  let date: String

  private enum CodingKeys: String, CodingKey {
    case processor, cores
    case memoryGigabytes = "memory_gb"
    case kernel, system, webmon, load, date
    case stolenPercent = "stolen_percent"
  }

  init() {
    processor = KernelFile.value("/proc/cpuinfo", "model name") ?? ""
    cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let kilobytes = Self.kilobytes("MemTotal") ?? 0
    memoryGigabytes = Double(kilobytes / 100_000) / 10
    kernel =
      KernelFile.text("/proc/sys/kernel/osrelease")?.split(separator: "\n").first.map(String.init)
      ?? ""
    system =
      KernelFile.value("/etc/os-release", "PRETTY_NAME", separator: "=")?.filter { $0 != "\"" }
      ?? ""
    load = KernelFile.text("/proc/loadavg")?.split(separator: " ").first.flatMap { Double($0) } ?? 0
    date = Self.now()
  }

  /// Bytes that programs can still have; nil if the kernel does not tell.
  static var availableBytes: Int? { kilobytes("MemAvailable").map { $0 * 1024 } }

  private static func kilobytes(_ key: String) -> Int? {
    KernelFile.value("/proc/meminfo", key)?.split(separator: " ").first.flatMap { Int($0) }
  }

  private static func now() -> String {
    var seconds = time(nil)
    var parts = unsafe tm()
    unsafe localtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 64)
    let count = unsafe strftime(&text, text.count, "%Y-%m-%d %H:%M:%S %z", &parts)
    return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
