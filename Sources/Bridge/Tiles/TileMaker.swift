import ArrayShm
import Synchronization

/// Makes the tiles of one array, looked at in one way. Used from any thread.
package final class TileMaker: Sendable {
  package let geometry: ViewGeometry
  private let array: ArrayReader
  private let dtype: DType
  private let cache: TileCache
  private let owner: UInt64
  private let made = Atomic(0)
  private let read = Atomic(0)

  /// A tile that edits of its part of the array have torn so often is tried again later; at a level
  /// over 0, where an array that is edited all the time would never be seen, it is taken as it is.
  private static let attempts = 3

  init(_ array: ArrayReader, _ geometry: ViewGeometry, cache: TileCache) {
    self.array = array
    self.geometry = geometry
    self.cache = cache
    dtype = array.segment.description.dtype
    owner = cache.newOwner()
  }

  deinit { cache.removeAll(of: owner) }

  /// Tiles that were made, and elements of the array that were read for them: for tests.
  package var tilesMade: Int { made.load(ordering: .relaxed) }
  package var elementsRead: Int { read.load(ordering: .relaxed) }

  package func version(of tile: TileKey) -> RegionVersion { array.version(of: box(of: tile)) }

  package func cached(_ tile: TileKey) -> CachedTile? { cache.tile(tile, of: owner) }

  /// Bytes of the array behind a tile, as far as they are read.
  package func sourceBytes(of tile: TileKey) -> Int {
    let source = geometry.source(of: geometry.pixels(of: tile), level: tile.level)
    let sampling = sampling(tile.level)
    return source.height / min(sampling.step, max(1, source.height))
      * (source.width / min(sampling.step, max(1, source.width))) * geometry.pixelBytes
  }

  /// Makes a tile and keeps it.
  /// - Throws: `.torn` if an edit is going on.
  package func make(_ tile: TileKey) throws(SegmentError) -> CachedTile {
    let box = box(of: tile)
    for attempt in 1...Self.attempts {
      let before = array.version(of: box)
      // Of an edit that a dead writer left open there is nothing better than what is there.
      if before.isOpen && array.segment.state == .live { continue }
      let result = try cut(tile, isUntouched: before.isUntouched)
      read.add(result.elementsRead, ordering: .relaxed)
      let isWhole = array.isUnchanged(box, since: before)
      guard isWhole || (attempt == Self.attempts && tile.level > 0) else { continue }
      // If it is not whole, it has the version from before: the edits since then bring it back.
      let cached = CachedTile(
        version: before.newest, pixels: geometry.pixels(of: tile),
        payload: CopiedBytes(result.bytes), isSampled: sampling(tile.level).isPartial)
      cache.keep(cached, as: tile, of: owner)
      made.add(1, ordering: .relaxed)
      return cached
    }
    throw SegmentError(.torn, "\(array.segment.description.name): a tile is being edited")
  }

  private func box(of tile: TileKey) -> [Range<Int>] {
    let source = geometry.source(of: geometry.pixels(of: tile), level: tile.level)
    return geometry.box(source, plane: tile.plane)
  }

  /// The same for all tiles of a level, also the smaller ones at its edges.
  private func sampling(_ level: Int) -> Sampling {
    let size = geometry.size(level: level)
    let pixels = min(geometry.tileHeight, size.height) * min(geometry.tileWidth, size.width)
    // Where each element of a sparse array is a read of its own, a read costs as much as a hundred.
    let isSlow =
      array.segment.description.sparse && geometry.xStride != geometry.itemsize
      && geometry.xStride != geometry.pixelBytes
    return Sampling(
      geometry, level: level, pixels: pixels,
      limit: isSlow ? Limits.tileElements / 16 : Limits.tileElements)
  }

  private func cut(_ tile: TileKey, isUntouched: Bool) throws(SegmentError) -> PlaneCut.Result {
    let pixels = geometry.pixels(of: tile)
    let cut = PlaneCut(geometry, dtype, sampling(tile.level), level: tile.level)
    let source = geometry.source(of: pixels, level: tile.level)
    if array.segment.description.sparse {
      if isUntouched {
        let count = pixels.height * pixels.width * geometry.pixelBytes
        return PlaneCut.Result(bytes: [UInt8](repeating: 0, count: count), elementsRead: 0)
      }
      var sparse = try SparsePixels(
        array, geometry, plane: tile.plane, columns: source.x0..<source.x1)
      return try cut.run(pixels, from: &sparse)
    }
    let result = try unsafe array.payload().withMapping { bytes in
      var mapped = unsafe MappedPixels(bytes, geometry, plane: tile.plane)
      return Result { () throws(SegmentError) in try cut.run(pixels, from: &mapped) }
    }
    return try result.get()
  }
}
