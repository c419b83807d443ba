/// Which pixels of a block are read for one pixel of a level: all, or a regular part of them where
/// all would be too much work.
///
/// It depends on what is asked for and not on what is cached, so that everybody gets the same bytes.
package struct Sampling: Sendable, Equatable {
  /// Every `step`-th row and column is read, beginning with the block's first.
  package let step: Int
  /// So many along each axis of a whole block.
  package let count: Int
  /// Not all that counts was read.
  package let isPartial: Bool

  /// The largest block of which all elements are read.
  private static let exactBlock = 4096
  /// Samples of a block that is not read whole: 8 x 8, or 64 in a line.
  private static let samples = 64

  /// - Parameters:
  ///   - pixels: that are made at once.
  ///   - limit: elements that may be read for them.
  package init(_ geometry: ViewGeometry, level: Int, pixels: Int, limit: Int) {
    let block = 1 << level
    if geometry.reduction == .nearest || level == 0 {
      (step, count, isPartial) = (block, 1, false)
      return
    }
    let isLine = geometry.yAxis == nil
    let elements = max(1, pixels * geometry.channels)
    // Not multiplied out: a block of level 31 has more elements than a number can hold in bytes.
    func fits(_ count: Int, _ most: Int) -> Bool {
      let inBlock = isLine ? count : count * count
      return inBlock <= most && inBlock <= limit / elements
    }
    if block <= Self.exactBlock, fits(block, Self.exactBlock) {
      (step, count, isPartial) = (1, block, false)
      return
    }
    var count = min(block, isLine ? Self.samples : 8)
    while count > 1 && !fits(count, Self.samples) { count /= 2 }
    (step, self.count, isPartial) = (block / count, count, true)
  }
}
