/// One tile as it is sent: its pixels, and the version of the array that they show.
package final class CachedTile: Sendable {
  package let version: UInt64
  package let pixels: PixelRegion
  package let payload: CopiedBytes
  /// A regular part of the source was read, not all of it.
  package let isSampled: Bool

  init(version: UInt64, pixels: PixelRegion, payload: CopiedBytes, isSampled: Bool) {
    self.version = version
    self.pixels = pixels
    self.payload = payload
    self.isSampled = isSampled
  }
}
