import ArrayShm

/// Samples of one row of blocks, side by side: `rows` x `columns` pixels of `lanes` numbers each. A
/// block has `width` columns; the last one may have fewer.
struct Band {
  var rows: Int
  var columns: Int
  var lanes: Int
  var width: Int

  var blocks: Int { (columns + width - 1) / width }
}

/// Makes one pixel of each block of a band.
struct BandReducer {
  private let usesMode: Bool
  private let dtype: DType
  private let isBig: Bool
  /// Numbers in one element: a complex one has two.
  let lanesPerElement: Int

  /// - Precondition: the reduction works on the dtype, and is not `nearest`.
  init(_ reduction: Reduction, _ dtype: DType) {
    usesMode = reduction == .mode
    self.dtype = dtype
    isBig = dtype.byteOrder == .big
    lanesPerElement = dtype.kind == .complex ? 2 : 1
  }

  func reduce(
    _ samples: UnsafeRawBufferPointer, _ band: Band, into pixels: UnsafeMutableRawBufferPointer
  ) {
    func of<Element: ReducedElement>(_ element: Element.Type) {
      if usesMode {
        unsafe Self.mode(element, samples, band, isBig, into: pixels)
      } else {
        unsafe Self.mean(element, samples, band, isBig, into: pixels)
      }
    }
    switch (dtype.kind, dtype.itemsize) {
    case (.bool, _): of(Boolean.self)
    case (.unsignedInteger, 1): of(NarrowInteger<UInt8>.self)
    case (.unsignedInteger, 2): of(NarrowInteger<UInt16>.self)
    case (.unsignedInteger, 4): of(NarrowInteger<UInt32>.self)
    case (.unsignedInteger, 8): of(WideInteger<UInt64>.self)
    case (.signedInteger, 1): of(NarrowInteger<Int8>.self)
    case (.signedInteger, 2): of(NarrowInteger<Int16>.self)
    case (.signedInteger, 4): of(NarrowInteger<Int32>.self)
    case (.signedInteger, 8): of(WideInteger<Int64>.self)
    case (.float, 2): of(HalfFloat.self)
    case (.float, 4), (.complex, 8): of(SingleFloat.self)
    case (.float, 8), (.complex, 16): of(DoubleFloat.self)
    default: preconditionFailure("a mean or mode of \(dtype)")
    }
  }

  private static func mean<Element: ReducedElement>(
    _ type: Element.Type, _ samples: UnsafeRawBufferPointer, _ band: Band, _ isBig: Bool,
    into pixels: UnsafeMutableRawBufferPointer
  ) {
    let size = MemoryLayout<Element.Stored>.size
    let (step, row) = (band.lanes * size, band.columns * band.lanes * size)
    precondition(samples.count >= band.rows * row)
    guard let base = samples.baseAddress else { return }
    // Within the bounds that were checked above; checked again at every step it would take twice as
    // long.
    @inline(__always)
    func add(
      _ width: Int, from start: Int, every step: Int, to sum: inout Element.Sum, _ count: inout Int
    ) {
      var place = unsafe base + start
      for _ in 0..<width {
        let stored = unsafe place.loadUnaligned(as: Element.Stored.self)
        if Element.add(isBig ? stored.byteSwapped : stored, to: &sum) { count &+= 1 }
        unsafe place += step
      }
    }
    for block in 0..<band.blocks {
      let width = min(band.width, band.columns - block * band.width)
      for lane in 0..<band.lanes {
        var sum = Element.zero
        var count = 0
        for y in 0..<band.rows {
          let start = y * row + block * band.width * step + lane * size
          // Side by side, which the compiler can see only here.
          if band.lanes == 1 {
            add(width, from: start, every: size, to: &sum, &count)
          } else {
            add(width, from: start, every: step, to: &sum, &count)
          }
        }
        let mean = Element.mean(sum, count: count)
        unsafe pixels.storeBytes(
          of: isBig ? mean.byteSwapped : mean, toByteOffset: (block * band.lanes + lane) * size,
          as: Element.Stored.self)
      }
    }
  }

  private static func mode<Element: ReducedElement>(
    _ type: Element.Type, _ samples: UnsafeRawBufferPointer, _ band: Band, _ isBig: Bool,
    into pixels: UnsafeMutableRawBufferPointer
  ) {
    let size = MemoryLayout<Element.Stored>.size
    let (step, row) = (band.lanes * size, band.columns * band.lanes * size)
    precondition(samples.count >= band.rows * row)
    var keys: [UInt64] = []
    keys.reserveCapacity(band.rows * band.width)
    for block in 0..<band.blocks {
      let width = min(band.width, band.columns - block * band.width)
      for lane in 0..<band.lanes {
        keys.removeAll(keepingCapacity: true)
        for y in 0..<band.rows {
          var offset = y * row + block * band.width * step + lane * size
          for _ in 0..<width {
            let stored = unsafe samples.loadUnaligned(
              fromByteOffset: offset, as: Element.Stored.self)
            keys.append(Element.key(isBig ? stored.byteSwapped : stored))
            offset += step
          }
        }
        let mode = Element.value(ofKey: mostFrequent(&keys))
        unsafe pixels.storeBytes(
          of: isBig ? mode.byteSwapped : mode, toByteOffset: (block * band.lanes + lane) * size,
          as: Element.Stored.self)
      }
    }
  }

  /// The smallest of those that are there most often. Of labels most blocks have one only.
  private static func mostFrequent(_ keys: inout [UInt64]) -> UInt64 {
    if keys.allSatisfy({ $0 == keys[0] }) { return keys[0] }
    keys.sort()
    var (best, most, start) = (keys[0], 0, 0)
    for index in 1...keys.count where index == keys.count || keys[index] != keys[start] {
      if index - start > most { (best, most) = (keys[start], index - start) }
      start = index
    }
    return best
  }
}
