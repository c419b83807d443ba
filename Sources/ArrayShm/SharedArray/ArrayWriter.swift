import Synchronization

/// Edits one array in place, and tells readers by tile what changed.
public final class ArrayWriter: Sendable {
  public let segment: SegmentWriter
  private let grid: TileGrid
  /// The tiles of the edit that is open, if one is.
  private let open = ForkSafeLock<[Int]?>(nil)

  /// - Parameter specification: of kind array.
  public convenience init(
    directory: SegmentDirectory, _ specification: SegmentSpecification, resume: Bool = false
  ) throws(SegmentError) {
    try self.init(SegmentWriter(directory: directory, specification, resume: resume))
  }

  package init(_ segment: SegmentWriter) throws(SegmentError) {
    try segment.description.require(.array)
    guard let grid = segment.description.grid else { preconditionFailure("arrays have a grid") }
    self.grid = grid
    self.segment = segment
  }

  /// Edits a region in place; readers see its tiles change together at the end.
  /// - Parameters:
  ///   - start, stop: the box `start <= index < stop`; nil for everything.
  ///   - body: gets the whole array's bytes, C order.
  /// - Returns: what `body` returned, and the version under which readers see the change. It counts
  ///   as changed if `body` throws, too.
  /// - Throws: `.busy` if an edit is open.
  @discardableResult
  public func edit<R>(
    start: [Int]? = nil, stop: [Int]? = nil, _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) throws -> (result: R, version: UInt64) {
    try begin(start: start, stop: stop)
    let result = Result { try unsafe body(segment.memory.payload) }
    let version = try end()
    return (try result.get(), version)
  }

  package func begin(start: [Int]?, stop: [Int]?) throws(SegmentError) {
    let region = try grid.region(start: start, stop: stop)
    try segment.checkProcess()
    try open.withLock { open throws(SegmentError) in
      guard open == nil else {
        throw SegmentError(
          .busy,
          "array \(segment.description.name): an edit is open already; end it before the next begins"
        )
      }
      try segment.withDescriptor { _ throws(SegmentError) in
        let tiles = grid.tiles(meeting: region)
        for tile in tiles {
          let word = unsafe segment.memory.sequenceWord(tile)
          // Relaxed: only this process writes these words. Odd: a reader that copies this tile now
          // begins again.
          unsafe word.pointee.store(word.pointee.load(ordering: .relaxed) | 1, ordering: .relaxed)
        }
        // The odd words come before any edited byte (see FrameWriter.loanSlot).
        atomicMemoryFence(ordering: .releasing)
        open = tiles
      }
    }
  }

  @discardableResult
  package func end() throws(SegmentError) -> UInt64 {
    try segment.checkProcess()
    return try open.withLock { open throws(SegmentError) in
      guard let tiles = open else {
        throw SegmentError(.invalid, "array \(segment.description.name): no edit is open")
      }
      let memory = segment.memory
      return try segment.withDescriptor { _ throws(SegmentError) in
        let version = memory.load(.head, ordering: .relaxed) + 1
        for tile in tiles {
          // Releasing: an even word vouches for the tile's bytes.
          unsafe memory.sequenceWord(tile).pointee.store(2 * version, ordering: .releasing)
        }
        memory.storeRelaxed(Clock.monotonic, .heartbeat)
        // Releasing, after the words: whoever loads this head with acquire finds all tiles of this
        // version.
        memory.storeReleasing(version, .head)
        memory.wakeAll()
        open = nil
        return version
      }
    }
  }
}
