import Glibc

/// What the kernel counts of this process.
struct ProcessUsage {
  let residentBytes: Int
  /// User and system time, all threads.
  let cpuSeconds: Double
  /// Seconds since 1970.
  let startTime: Double

  init() {
    var usage = rusage()
    _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    cpuSeconds = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
    // Second of its numbers, in pages.
    let pages = Self.words(of: "/proc/self/statm").dropFirst().first.flatMap { Int($0) } ?? 0
    residentBytes = pages * Int(getpagesize())
    startTime = Self.start
  }

  /// The start does not change: found once. Clock ticks after the boot; the 22nd word, and the 20th after the name, which may have blanks.
  private static let start: Double = {
    let words = ProcessUsage.words(of: "/proc/self/stat")
    let name = words.lastIndex { $0.hasSuffix(")") } ?? 0
    let ticks = name + 20 < words.count ? Double(words[name + 20]) ?? 0 : 0
    var boot = timespec()
    var now = timespec()
    _ = unsafe clock_gettime(CLOCK_BOOTTIME, &boot)
    _ = unsafe clock_gettime(CLOCK_REALTIME, &now)
    return ProcessUsage.seconds(now) - ProcessUsage.seconds(boot) + ticks
      / Double(sysconf(Int32(_SC_CLK_TCK)))
  }()

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }

  private static func seconds(_ time: timespec) -> Double {
    Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func words(of path: String) -> [Substring] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      count = unsafe max(0, read(descriptor, buffer.baseAddress, buffer.count))
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: " ")
  }
}
