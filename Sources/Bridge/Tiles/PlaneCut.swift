import ArrayShm

/// Cuts pixels of one level out of a plane.
struct PlaneCut {
  /// The bytes of the pixels, and how many elements were read for them.
  struct Result {
    var bytes: [UInt8]
    var elementsRead: Int
  }

  let geometry: ViewGeometry
  let dtype: DType
  let sampling: Sampling
  let level: Int

  /// Samples that are held at once: they stay in the processor's cache.
  private static let bandBytes = 256 * 1024

  init(_ geometry: ViewGeometry, _ dtype: DType, _ sampling: Sampling, level: Int) {
    self.geometry = geometry
    self.dtype = dtype
    self.sampling = sampling
    self.level = level
  }

  /// - Parameter pixels: of the level, within its size.
  func run(
    _ pixels: PixelRegion, from source: inout some PixelSource
  ) throws(SegmentError) -> Result {
    let pixelBytes = geometry.pixelBytes
    var result = Result(
      bytes: [UInt8](repeating: 0, count: pixels.height * pixels.width * pixelBytes),
      elementsRead: 0)
    if pixels.isEmpty || pixelBytes == 0 { return result }
    let step = sampling.step
    if sampling.count == 1 {
      for row in 0..<pixels.height {
        let target = row * pixels.width * pixelBytes
        let isRead = try unsafe result.bytes.withUnsafeMutableBufferPointer {
          bytes throws(SegmentError) in
          try unsafe source.gather(
            y: (pixels.y0 + row) * step, x: pixels.x0 * step, count: pixels.width, step: step,
            into: UnsafeMutableRawBufferPointer(
              UnsafeMutableBufferPointer(
                rebasing: bytes[target..<target + pixels.width * pixelBytes])))
        }
        if isRead { result.elementsRead += pixels.width * geometry.channels }
      }
      return result
    }
    try reduce(pixels, from: &source, into: &result)
    return result
  }

  private func reduce(
    _ pixels: PixelRegion, from source: inout some PixelSource, into result: inout Result
  ) throws(SegmentError) {
    let pixelBytes = geometry.pixelBytes
    let reducer = BandReducer(geometry.reduction, dtype)
    let (step, count) = (sampling.step, sampling.count)
    let perBlock = (geometry.yAxis == nil ? count : count * count) * pixelBytes
    let blocks = max(1, min(pixels.width, Self.bandBytes / perBlock))
    var samples = [UInt8](repeating: 0, count: blocks * perBlock)
    for row in 0..<pixels.height {
      let y = (pixels.y0 + row) << level
      let rows = min(count, (geometry.rows - y + step - 1) / step)
      for first in stride(from: 0, to: pixels.width, by: blocks) {
        let x = (pixels.x0 + first) << level
        let wanted = min(blocks, pixels.width - first) * count
        let columns = min(wanted, (geometry.columns - x + step - 1) / step)
        let line = columns * pixelBytes
        var isRead = false
        for sample in 0..<rows {
          let hasRow = try unsafe samples.withUnsafeMutableBufferPointer {
            bytes throws(SegmentError) in
            let part = unsafe UnsafeMutableRawBufferPointer(
              UnsafeMutableBufferPointer(rebasing: bytes[sample * line..<(sample + 1) * line]))
            let hasRow = try unsafe source.gather(
              y: y + sample * step, x: x, count: columns, step: step, into: part)
            if !hasRow { unsafe part.initializeMemory(as: UInt8.self, repeating: 0) }
            return hasRow
          }
          if hasRow { result.elementsRead += columns * geometry.channels }
          isRead = isRead || hasRow
        }
        // Zeros in every dtype are all zero bytes, and so are their mean and mode.
        guard isRead else { continue }
        let band = Band(
          rows: rows, columns: columns, lanes: geometry.channels * reducer.lanesPerElement,
          width: count)
        let target = (row * pixels.width + first) * pixelBytes
        unsafe samples.withUnsafeBytes { samples in
          unsafe result.bytes.withUnsafeMutableBytes { bytes in
            unsafe reducer.reduce(
              samples, band,
              into: UnsafeMutableRawBufferPointer(
                rebasing: bytes[target..<target + band.blocks * pixelBytes]))
          }
        }
      }
    }
  }
}
