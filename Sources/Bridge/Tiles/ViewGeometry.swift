import ArrayShm

/// How an array or a frame of n dimensions is looked at as planes of pixels: the axes that are
/// shown, those that each pixel keeps, and how it is reduced and cut.
package struct ViewGeometry: Sendable, Hashable {
  package let shape: [Int]
  package let itemsize: Int
  /// nil: there is one row.
  package let yAxis: Int?
  package let xAxis: Int
  /// Kept whole in every pixel.
  package let channelAxis: Int?
  package let reduction: Reduction
  /// Extents of a tile in pixels of its level.
  package let tileHeight: Int
  package let tileWidth: Int
  /// Bytes from index to index along each axis.
  private let strides: [Int]

  /// - Precondition: different axes of the shape.
  package init(
    shape: [Int], itemsize: Int, yAxis: Int?, xAxis: Int, channelAxis: Int?, reduction: Reduction,
    tileHeight: Int = 256, tileWidth: Int = 256
  ) {
    self.shape = shape
    self.itemsize = itemsize
    self.yAxis = yAxis
    self.xAxis = xAxis
    self.channelAxis = channelAxis
    self.reduction = reduction
    self.tileHeight = tileHeight
    self.tileWidth = tileWidth
    var strides = [Int](repeating: itemsize, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    self.strides = strides
  }

  /// The same where only so many of the first axis are there.
  package func limited(first count: Int) -> ViewGeometry {
    var shape = shape
    shape[0] = min(shape[0], count)
    return ViewGeometry(
      shape: shape, itemsize: itemsize, yAxis: yAxis, xAxis: xAxis, channelAxis: channelAxis,
      reduction: reduction, tileHeight: tileHeight, tileWidth: tileWidth)
  }

  // MARK: Pixels

  package var rows: Int { yAxis.map { shape[$0] } ?? 1 }
  package var columns: Int { shape[xAxis] }
  package var channels: Int { channelAxis.map { shape[$0] } ?? 1 }
  package var yStride: Int { yAxis.map { strides[$0] } ?? 0 }
  package var xStride: Int { strides[xAxis] }
  package var channelStride: Int { channelAxis.map { strides[$0] } ?? itemsize }
  package var pixelBytes: Int { channels * itemsize }

  package var whole: PixelRegion { PixelRegion(0, 0, rows, columns) }

  /// The shape of the payload for so many pixels.
  package func payloadShape(_ height: Int, _ width: Int) -> [Int] {
    [height, width] + (channelAxis == nil ? [] : [channels])
  }

  /// The bytes of all pixels lie in memory as they are sent.
  package var isNatural: Bool {
    let shown = [yAxis, xAxis, channelAxis].compactMap(\.self)
    return others.isEmpty && shown == shown.sorted()
  }

  // MARK: Planes

  /// The axes along which a plane is chosen.
  package var others: [Int] {
    shape.indices.filter { $0 != yAxis && $0 != xAxis && $0 != channelAxis }
  }

  /// Number of the plane at these indexes of the other axes, counted in C order.
  package func plane(_ index: [Int]) -> Int {
    zip(others, index).reduce(0) { $0 * shape[$1.0] + $1.1 }
  }

  private func index(ofPlane plane: Int) -> [(axis: Int, index: Int)] {
    var rest = plane
    return others.reversed().map { axis in
      defer { rest /= max(1, shape[axis]) }
      return (axis, rest % max(1, shape[axis]))
    }
  }

  /// A shortened frame may not have the plane at all.
  package func has(plane: Int, of full: ViewGeometry) -> Bool {
    full.index(ofPlane: plane).allSatisfy { $0.index < shape[$0.axis] }
  }

  /// Bytes from the beginning to the plane's first pixel.
  package func offset(ofPlane plane: Int) -> Int {
    index(ofPlane: plane).reduce(0) { $0 + $1.index * strides[$1.axis] }
  }

  /// The part of the array that these pixels of level 0 are.
  package func box(_ region: PixelRegion, plane: Int) -> [Range<Int>] {
    var box = shape.map { 0..<$0 }
    if let yAxis { box[yAxis] = region.y0..<region.y1 }
    box[xAxis] = region.x0..<region.x1
    for (axis, index) in index(ofPlane: plane) {
      box[axis] = min(index, shape[axis])..<min(index + 1, shape[axis])
    }
    return box
  }

  // MARK: Levels and tiles

  package func size(level: Int) -> (height: Int, width: Int) {
    (-(-rows >> level), -(-columns >> level))
  }

  /// The tiles of a level that meet a region of level 0.
  package func tiles(_ region: PixelRegion, level: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let pixels = region.atLevel(level)
    // Without planes there is nothing to see of any.
    if pixels.isEmpty || others.contains(where: { shape[$0] == 0 }) { return (0..<0, 0..<0) }
    return (
      pixels.y0 / tileHeight..<(pixels.y1 - 1) / tileHeight + 1,
      pixels.x0 / tileWidth..<(pixels.x1 - 1) / tileWidth + 1
    )
  }

  /// The pixels of a tile, in its level.
  package func pixels(of tile: TileKey) -> PixelRegion {
    let (height, width) = size(level: tile.level)
    return PixelRegion(
      tile.row * tileHeight, tile.column * tileWidth, (tile.row + 1) * tileHeight,
      (tile.column + 1) * tileWidth
    ).clamped(height: height, width: width)
  }

  /// The pixels of level 0 that pixels of a level show.
  package func source(of pixels: PixelRegion, level: Int) -> PixelRegion {
    PixelRegion(
      pixels.y0 << level, pixels.x0 << level, pixels.y1 << level, pixels.x1 << level
    ).clamped(height: rows, width: columns)
  }
}

/// One tile of one plane, by its place in the grid of its level.
package struct TileKey: Sendable, Hashable {
  package var plane: Int
  package var level: Int
  package var row: Int
  package var column: Int
}
