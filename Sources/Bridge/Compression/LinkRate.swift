/// How many bytes a second a connection takes while it is the narrow place.
///
/// Counted only while the socket is full: a page that asks for little says nothing about its link. The median of the last samples, so that
/// one burst into empty buffers, or one pause of the page, does not decide.
package struct LinkRate: Sendable {
  /// Bytes that are sent before the clock starts: they only fill the buffers of both ends.
  private static let priming = 4 * 1024 * 1024
  private static let sampleNanoseconds: UInt64 = 200_000_000
  private static let kept = 5

  private var primed = 0
  private var start: UInt64?
  private var bytes = 0
  private var samples: [Double] = []

  package init() {}

  /// Bytes a second; nil until the link was full for long enough.
  package var bytesPerSecond: Double? {
    samples.count == Self.kept ? samples.sorted()[Self.kept / 2] : nil
  }

  /// The kernel took so many bytes.
  package mutating func sent(_ count: Int, now: UInt64) {
    guard primed >= Self.priming else {
      primed += count
      return
    }
    guard let start else { return }
    bytes += count
    guard now >= start + Self.sampleNanoseconds else { return }
    samples.append(Double(bytes) / (Double(now - start) / 1e9))
    if samples.count > Self.kept { samples.removeFirst() }
    self.start = now
    bytes = 0
  }

  /// The socket is full: from here on it is the link that decides.
  package mutating func isFull(now: UInt64) {
    guard primed >= Self.priming, start == nil else { return }
    start = now
    bytes = 0
  }

  /// There is nothing more to send: the time that follows says nothing.
  package mutating func isIdle() {
    start = nil
    bytes = 0
  }
}
