/// A rectangle of pixels: `y0 <= y < y1`, `x0 <= x < x1`.
package struct PixelRegion: Sendable, Hashable {
  package var y0: Int
  package var x0: Int
  package var y1: Int
  package var x1: Int

  package init(_ y0: Int, _ x0: Int, _ y1: Int, _ x1: Int) {
    (self.y0, self.x0, self.y1, self.x1) = (y0, x0, y1, x1)
  }

  package var height: Int { y1 - y0 }
  package var width: Int { x1 - x0 }
  package var isEmpty: Bool { y1 <= y0 || x1 <= x0 }

  /// What of it lies in a plane of this size; empty, but within it, if nothing does.
  package func clamped(height: Int, width: Int) -> PixelRegion {
    let y = (min(max(y0, 0), height), min(max(y1, 0), height))
    let x = (min(max(x0, 0), width), min(max(x1, 0), width))
    return PixelRegion(y.0, x.0, y.1, x.1)
  }

  /// The pixels of a level that show something of these of level 0.
  package func atLevel(_ level: Int) -> PixelRegion {
    func up(_ value: Int) -> Int { -(-value >> level) }
    if isEmpty { return PixelRegion(y0 >> level, x0 >> level, y0 >> level, x0 >> level) }
    return PixelRegion(y0 >> level, x0 >> level, up(y1), up(x1))
  }

  package var list: [Int] { [y0, x0, y1, x1] }
}
