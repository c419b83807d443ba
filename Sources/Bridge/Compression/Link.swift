/// The way to one page, as far as the server knows it.
package struct Link: Sendable {
  /// The page is on this machine: its bytes go through memory, whatever they weigh.
  package var isLocal = true
  package var rate = LinkRate()

  package init() {}

  /// Slower than this, to compress takes less time than it saves: zlib does some 100 MB/s of images on one core, and makes half of them.
  private static let slow = 32e6

  package var isSlow: Bool { !isLocal && (rate.bytesPerSecond ?? .infinity) < Self.slow }
}
