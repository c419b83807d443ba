import Glibc
import Synchronization

/// Reads an array that is edited in place: which tiles changed, and regions checked for tearing.
public final class ArrayReader: Sendable {
  public let segment: SegmentReader
  public let grid: TileGrid

  /// - Throws: `.invalid` if the segment is of another kind.
  public init(_ segment: SegmentReader) throws(SegmentError) {
    try segment.description.require(.array)
    guard let grid = segment.description.grid else { preconditionFailure("arrays have a grid") }
    self.segment = segment
    self.grid = grid
  }

  /// The tiles that changed after a version, ascending; one in the middle of an edit counts as
  /// changed.
  /// - Returns: the tiles' numbers, and the version to ask with next time.
  public func changed(since version: UInt64) -> (tiles: [Int], version: UInt64) {
    // Acquiring, and before the words: an edit that ends meanwhile is seen again next time, never
    // missed.
    let newest = segment.memory.load(.head, ordering: .acquiring)
    let tiles = (0..<grid.count).filter { tile in
      let word = unsafe segment.memory.sequenceWord(tile).pointee.load(ordering: .acquiring)
      return word % 2 == 1 || word / 2 > version
    }
    return (tiles, newest)
  }

  /// Copies a box of the array in C order, checked against the versions of its tiles.
  /// - Parameters:
  ///   - start, stop: `start <= index < stop`; nil for everything.
  ///   - buffer: of exactly the box's bytes.
  ///   - patience: how long to wait for edits to pause; zero tries once.
  /// - Returns: the version of the array that the copy holds at least.
  /// - Throws: `.torn` if edits did not pause for so long.
  public func copy(
    start: [Int]? = nil, stop: [Int]? = nil, into buffer: UnsafeMutableRawBufferPointer,
    patience: Duration = .seconds(1)
  ) throws(SegmentError) -> UInt64 {
    let region = try grid.region(start: start, stop: stop)
    let itemsize = segment.description.dtype.itemsize
    let needed = region.reduce(itemsize) { $0 * $1.count }
    guard buffer.count == needed else {
      throw SegmentError(
        .invalid,
        "buffer for a region of \(segment.description.name): has \(buffer.count) bytes; exactly \(needed) are needed"
      )
    }
    let tiles = grid.tiles(meeting: region)
    let deadline = Deadline(patience)
    while true {
      let version = segment.memory.load(.head, ordering: .acquiring)
      let before = words(tiles, ordering: .acquiring)
      if before.allSatisfy({ $0 % 2 == 0 }) || segment.state != .live {
        try unsafe copy(region, itemsize: itemsize, into: buffer)
        // The bytes were read before the second look (see FrameReader.copy). Of an edit that an
        // ended writer left open there is nothing better than what is there.
        atomicMemoryFence(ordering: .acquiring)
        if words(tiles, ordering: .relaxed) == before { return version }
      }
      guard !deadline.hasPassed else {
        throw SegmentError(
          .torn,
          "array \(segment.description.name): edits of this region did not pause in time; make them shorter, or copy a smaller region"
        )
      }
      usleep(100)
    }
  }

  private func words(_ tiles: [Int], ordering: AtomicLoadOrdering) -> [UInt64] {
    tiles.map { tile in
      let word = unsafe segment.memory.sequenceWord(tile)
      switch ordering {
      case .acquiring: return unsafe word.pointee.load(ordering: .acquiring)
      default: return unsafe word.pointee.load(ordering: .relaxed)
      }
    }
  }

  /// Row by row: the longest runs of bytes that are together in both.
  private func copy(
    _ region: [Range<Int>], itemsize: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SegmentError) {
    if buffer.count == 0 { return }
    let payload = try ArrayPayload(segment)
    // Trailing axes that are taken whole belong to the run.
    var axis = region.count
    var run = itemsize
    while axis > 0, region[axis - 1].count == grid.shape[axis - 1] {
      axis -= 1
      run *= grid.shape[axis]
    }
    // And so does the last axis before them, as far as it goes.
    let inner = run
    if axis > 0 { run *= region[axis - 1].count }
    let outer = max(axis - 1, 0)
    var index = region[..<outer].map(\.lowerBound)
    var target = 0
    while true {
      var element = 0
      for axis in 0..<outer { element = (element + index[axis]) * grid.shape[axis + 1] }
      if axis > 0 { element += region[axis - 1].lowerBound }
      let source = element * inner
      try unsafe payload.copy(
        at: source, into: UnsafeMutableRawBufferPointer(rebasing: buffer[target..<target + run]))
      target += run
      // The next index of the outer axes, the last one fastest.
      var carry = outer - 1
      while carry >= 0 {
        index[carry] += 1
        if index[carry] < region[carry].upperBound { break }
        index[carry] = region[carry].lowerBound
        carry -= 1
      }
      if carry < 0 { return }
    }
  }
}
