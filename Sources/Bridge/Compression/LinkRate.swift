/// How many bytes a second a connection delivers: the median of the kernel's last estimates, so that one burst or one pause does not decide.
package struct LinkRate: Sendable {
  /// Between two looks.
  private static let interval: UInt64 = 100_000_000
  /// So many looks make an estimate; the first ones see a connection that is still getting up to speed.
  private static let kept = 5
  private static let skipped = 2

  private var nextLook: UInt64 = 0
  private var looks = 0
  private var samples: [Double] = []

  package init() {}

  /// Bytes a second; nil while too little is known.
  package var bytesPerSecond: Double? {
    samples.count == Self.kept ? samples.sorted()[Self.kept / 2] : nil
  }

  /// - Parameter estimate: asks the kernel, in bytes a second; nil if it does not know. Not called at each message.
  package mutating func look(now: UInt64, estimate: () -> UInt64?) {
    guard now >= nextLook else { return }
    nextLook = now + Self.interval
    guard let rate = estimate() else { return }
    looks += 1
    guard looks > Self.skipped else { return }
    samples.append(Double(rate))
    if samples.count > Self.kept { samples.removeFirst() }
  }
}
