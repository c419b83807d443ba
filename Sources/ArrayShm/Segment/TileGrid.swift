/// How an array is cut into tiles, each with a version of its own; tiles are numbered in C order of
/// the grid.
public struct TileGrid: Sendable, Hashable {
  /// The array's shape.
  public let shape: [Int]
  /// Extent of a tile along each axis; tiles at the far edges may be smaller.
  public let tile: [Int]
  /// Number of tiles along each axis.
  public let counts: [Int]
  /// Number of all tiles.
  public let count: Int

  init(shape: [Int], tile: [Int]) throws(SegmentError) {
    guard tile.count == shape.count else {
      throw SegmentError(
        .invalid,
        "tile \(tile): has \(tile.count) axes; the array's shape \(shape) has \(shape.count)")
    }
    if let axis = tile.firstIndex(where: { $0 < 1 }) {
      throw SegmentError(
        .invalid, "tile \(tile): extent of axis \(axis) is \(tile[axis]); at least 1 is allowed")
    }
    self.shape = shape
    self.tile = tile
    counts = zip(shape, tile).map { $0 / $1 + ($0 % $1 == 0 ? 0 : 1) }
    var product = 1
    for count in counts {
      let (next, overflow) = product.multipliedReportingOverflow(by: count)
      guard !overflow else {
        throw SegmentError(
          .invalid, "tile \(tile): the shape \(shape) has too many of them; use larger tiles")
      }
      product = next
    }
    count = product
  }

  /// 256 along the last two axes, 1 along the others: a plane's tiles.
  static func defaultTile(for shape: [Int]) -> [Int] {
    shape.indices.map { $0 >= shape.count - 2 ? 256 : 1 }
  }

  /// Checks a box `start <= index < stop`; nil stands for everything.
  func region(start: [Int]?, stop: [Int]?) throws(SegmentError) -> [Range<Int>] {
    let start = start ?? [Int](repeating: 0, count: shape.count)
    let stop = stop ?? shape
    guard start.count == shape.count, stop.count == shape.count else {
      throw SegmentError(
        .invalid,
        "region: \(start.count) starts and \(stop.count) stops; the array has \(shape.count) axes")
    }
    var region: [Range<Int>] = []
    for axis in shape.indices {
      guard 0 <= start[axis], start[axis] <= stop[axis], stop[axis] <= shape[axis] else {
        throw SegmentError(
          .invalid,
          "region: axis \(axis) is \(start[axis]) to \(stop[axis]); allowed are 0 <= start <= stop <= \(shape[axis])"
        )
      }
      region.append(start[axis]..<stop[axis])
    }
    return region
  }

  /// The array indexes that a tile covers.
  public func region(ofTile number: Int) -> [Range<Int>] {
    var rest = number
    var region = [Range<Int>](repeating: 0..<0, count: shape.count)
    for axis in shape.indices.reversed() {
      let start = rest % counts[axis] * tile[axis]
      region[axis] = start..<min(start + tile[axis], shape[axis])
      rest /= counts[axis]
    }
    return region
  }

  /// The numbers of the tiles that meet a region, ascending.
  func tiles(meeting region: [Range<Int>]) -> [Int] {
    if region.contains(where: \.isEmpty) { return [] }
    var numbers = [0]
    for axis in shape.indices {
      let first = region[axis].lowerBound / tile[axis]
      let last = (region[axis].upperBound - 1) / tile[axis]
      numbers = numbers.flatMap { number in (first...last).map { number * counts[axis] + $0 } }
    }
    return numbers
  }
}
