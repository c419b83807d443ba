import ArrayShm

/// Pixels of one plane, to be read row by row.
protocol PixelSource {
  /// Copies `count` pixels of row `y` from column `x` on, every `step`-th, with all their channels,
  /// one after the other.
  ///
  /// - Returns: false if they are known to be zeros without a look; then nothing was copied.
  mutating func gather(
    y: Int, x: Int, count: Int, step: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SegmentError) -> Bool
}

/// Copies of elements that do not lie side by side.
enum ElementCopy {
  /// Copies `count` units of `unit` bytes; the bounds are the caller's, and checked.
  static func strided(
    from source: UnsafeRawBufferPointer, at start: Int, every step: Int,
    into target: UnsafeMutableRawBufferPointer, at targetStart: Int, every targetStep: Int,
    unit: Int, count: Int
  ) {
    guard count > 0 else { return }
    precondition(start >= 0 && start + (count - 1) * step + unit <= source.count)
    precondition(targetStart >= 0 && targetStart + (count - 1) * targetStep + unit <= target.count)
    func move<Unit: BitwiseCopyable>(_ type: Unit.Type) {
      var (from, to) = (start, targetStart)
      for _ in 0..<count {
        unsafe target.storeBytes(
          of: source.loadUnaligned(fromByteOffset: from, as: type), toByteOffset: to, as: type)
        from += step
        to += targetStep
      }
    }
    switch unit {
    case _ where step == unit && targetStep == unit:
      unsafe UnsafeMutableRawBufferPointer(
        rebasing: target[targetStart..<targetStart + count * unit]
      ).copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start..<start + count * unit]))
    case 1: move(UInt8.self)
    case 2: move(UInt16.self)
    case 4: move(UInt32.self)
    case 8: move(UInt64.self)
    default:
      for number in 0..<count {
        let (from, to) = (start + number * step, targetStart + number * targetStep)
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[to..<to + unit]).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[from..<from + unit]))
      }
    }
  }
}
