import Glibc

/// The two clocks of a segment, in nanoseconds.
public enum Clock {
  /// CLOCK_MONOTONIC: the same in every process of this machine.
  public static var monotonic: UInt64 { read(CLOCK_MONOTONIC) }
  /// CLOCK_REALTIME: nanoseconds since 1970.
  public static var realtime: UInt64 { read(CLOCK_REALTIME) }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    _ = unsafe clock_gettime(clock, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}

/// A point of CLOCK_MONOTONIC up to which a call may wait; nil stands for ever.
struct Deadline {
  let time: UInt64?

  init(_ timeout: Duration?) {
    guard let timeout else {
      time = nil
      return
    }
    let (seconds, attoseconds) = timeout.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let nanoseconds = overflow ? Int64.max : whole
    let (sum, carried) = nanoseconds.addingReportingOverflow(attoseconds / 1_000_000_000)
    // A time that has passed already looks once; one past the clock's range is for ever.
    let ahead = UInt64(max(0, carried ? Int64.max : sum))
    let (end, past) = Clock.monotonic.addingReportingOverflow(ahead)
    time = past ? nil : end
  }

  var hasPassed: Bool { time.map { Clock.monotonic >= $0 } ?? false }

  /// Nanoseconds left, at most `limit`.
  func remaining(atMost limit: UInt64) -> UInt64 {
    guard let time else { return limit }
    let now = Clock.monotonic
    return now >= time ? 0 : min(limit, time - now)
  }
}
