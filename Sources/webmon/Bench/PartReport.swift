import Bridge
import FoundationEssentials
import Glibc

/// What a part of a benchmark tells the program that started it: one line, in JSON.
struct PartReport: Codable {
  static let ready = "ready"

  /// Frames taken that count.
  var frames: UInt64 = 0
  /// Frames between them that were never taken.
  var missed: UInt64 = 0
  /// Frames whose words do not belong together.
  var torn: UInt64 = 0
  /// From the first of them to the last.
  var nanoseconds: UInt64 = 0
  /// User and system time of that.
  var cpuNanoseconds: UInt64 = 0
  /// From when each was due until it was read.
  var latencies: [UInt64] = []

  func tell() { Console.print(String(decoding: JSONText.encode(self), as: UTF8.self)) }

  /// Of this process so far.
  static var cpu: UInt64 {
    var usage = rusage()
    _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func nanoseconds(_ time: timeval) -> UInt64 {
      UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_usec) * 1000
    }
    return nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime)
  }
}
