import ArrayShm

/// Pixels of a sparse array: only tiles that were edited are read, and those through the file.
struct SparsePixels: PixelSource {
  private let array: ArrayReader
  private let payload: ArrayPayload
  private let geometry: ViewGeometry
  private let plane: Int
  private let start: Int
  /// Columns of level 0 that are asked for.
  private let columns: Range<Int>
  /// The edited columns of the rows that share tiles with the row that was read last.
  private var edited: (rows: Range<Int>, columns: [Range<Int>]) = (0..<0, [])
  private var scratch: [UInt8] = []

  /// Where samples lie further apart than so many bytes, each is read for itself.
  private static let longStep = 512

  init(
    _ array: ArrayReader, _ geometry: ViewGeometry, plane: Int, columns: Range<Int>
  ) throws(SegmentError) {
    self.array = array
    payload = try array.payload()
    self.geometry = geometry
    self.plane = plane
    self.columns = columns
    start = geometry.offset(ofPlane: plane)
  }

  mutating func gather(
    y: Int, x: Int, count: Int, step: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SegmentError) -> Bool {
    if !edited.rows.contains(y) { lookForEdits(at: y) }
    var hasEdits = false
    for columns in edited.columns where columns.upperBound > x {
      // The samples first ..< last lie in these columns.
      let first = max(0, (columns.lowerBound - x + step - 1) / step)
      let last = min(count, (columns.upperBound - 1 - x) / step + 1)
      guard first < last else { continue }
      if !hasEdits {
        hasEdits = true
        unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
      }
      let part = unsafe UnsafeMutableRawBufferPointer(
        rebasing: buffer[(first * geometry.pixelBytes)..<(last * geometry.pixelBytes)])
      try unsafe read(y: y, x: x + first * step, count: last - first, step: step, into: part)
    }
    return hasEdits
  }

  private mutating func read(
    y: Int, x: Int, count: Int, step: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SegmentError) {
    let first = start + y * geometry.yStride + x * geometry.xStride
    let every = step * geometry.xStride
    let hasWholePixels = geometry.channelStride == geometry.itemsize
    let unit = hasWholePixels ? geometry.pixelBytes : geometry.itemsize
    for part in 0..<(hasWholePixels ? 1 : geometry.channels) {
      let from = first + part * geometry.channelStride
      let to = part * geometry.itemsize
      if every == unit && hasWholePixels {
        try unsafe payload.copy(at: from, into: buffer)
      } else if every <= Self.longStep {
        let span = (count - 1) * every + unit
        if scratch.count < span { scratch = [UInt8](repeating: 0, count: span) }
        try unsafe scratch.withUnsafeMutableBufferPointer { scratch throws(SegmentError) in
          let run = unsafe UnsafeMutableRawBufferPointer(
            UnsafeMutableBufferPointer(rebasing: scratch[..<span]))
          try unsafe payload.copy(at: from, into: run)
          unsafe ElementCopy.strided(
            from: UnsafeRawBufferPointer(run), at: 0, every: every, into: buffer, at: to,
            every: geometry.pixelBytes, unit: unit, count: count)
        }
      } else {
        for number in 0..<count {
          let place = number * geometry.pixelBytes + to
          try unsafe payload.copy(
            at: from + number * every,
            into: UnsafeMutableRawBufferPointer(rebasing: buffer[place..<place + unit]))
        }
      }
    }
  }

  /// Finds the edited tiles of the row, side by side ones as one run.
  private mutating func lookForEdits(at y: Int) {
    let grid = array.grid
    let rows =
      geometry.yAxis.map { axis in
        let height = min(grid.tile[axis], grid.shape[axis])
        let low = y / height * height
        return low..<min(low + height, grid.shape[axis])
      } ?? 0..<1
    var runs: [Range<Int>] = []
    func box(_ columns: Range<Int>) -> [Range<Int>] {
      geometry.box(
        PixelRegion(rows.lowerBound, columns.lowerBound, rows.upperBound, columns.upperBound),
        plane: plane)
    }
    if !array.version(of: box(columns)).isUntouched {
      let width = min(grid.tile[geometry.xAxis], geometry.columns)
      var low = columns.lowerBound / width * width
      while low < columns.upperBound {
        let tile = low..<min(low + width, geometry.columns)
        if !array.version(of: box(tile)).isUntouched {
          if let last = runs.last, last.upperBound == tile.lowerBound {
            runs[runs.count - 1] = last.lowerBound..<tile.upperBound
          } else {
            runs.append(tile)
          }
        }
        low += width
      }
    }
    edited = (rows, runs)
  }
}
