import ArrayShm

/// Minimum, maximum and mean of an array of numbers. NaNs are left out, as they say nothing of the others.
package struct ValueRange: Sendable, Equatable {
  package let minimum: Double
  package let maximum: Double
  package let mean: Double

  /// - Returns: nil if the dtype is no real number, or if there is nothing but NaNs.
  package init?(_ bytes: UnsafeRawBufferPointer, _ dtype: DType) {
    let isBig = dtype.byteOrder == .big
    let range: ValueRange? =
      switch (dtype.kind, dtype.itemsize) {
      case (.bool, 1), (.unsignedInteger, 1): unsafe Self.of(bytes, UInt8.self) { Double($0) }
      case (.signedInteger, 1): unsafe Self.of(bytes, UInt8.self) { Double(Int8(bitPattern: $0)) }
      case (.unsignedInteger, 2):
        unsafe Self.of(bytes, UInt16.self) { Double(isBig ? $0.byteSwapped : $0) }
      case (.signedInteger, 2):
        unsafe Self.of(bytes, Int16.self) { Double(isBig ? $0.byteSwapped : $0) }
      case (.unsignedInteger, 4):
        unsafe Self.of(bytes, UInt32.self) { Double(isBig ? $0.byteSwapped : $0) }
      case (.signedInteger, 4):
        unsafe Self.of(bytes, Int32.self) { Double(isBig ? $0.byteSwapped : $0) }
      case (.unsignedInteger, 8):
        unsafe Self.of(bytes, UInt64.self) { Double(isBig ? $0.byteSwapped : $0) }
      case (.signedInteger, 8):
        unsafe Self.of(bytes, Int64.self) { Double(isBig ? $0.byteSwapped : $0) }
      case (.float, 2):
        unsafe Self.of(bytes, UInt16.self) {
          Double(Float16(bitPattern: isBig ? $0.byteSwapped : $0))
        }
      case (.float, 4):
        unsafe Self.of(bytes, UInt32.self) {
          Double(Float(bitPattern: isBig ? $0.byteSwapped : $0))
        }
      case (.float, 8):
        unsafe Self.of(bytes, UInt64.self) { Double(bitPattern: isBig ? $0.byteSwapped : $0) }
      default: nil
      }
    guard let range else { return nil }
    self = range
  }

  private init(minimum: Double, maximum: Double, mean: Double) {
    self.minimum = minimum
    self.maximum = maximum
    self.mean = mean
  }

  private static func of<Stored: BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _ type: Stored.Type, _ number: (Stored) -> Double
  ) -> ValueRange? {
    var (minimum, maximum, sum, count) = (Double.infinity, -Double.infinity, 0.0, 0)
    let width = MemoryLayout<Stored>.size
    for index in 0..<bytes.count / width {
      let value = unsafe number(bytes.loadUnaligned(fromByteOffset: index * width, as: type))
      if value.isNaN { continue }
      minimum = min(minimum, value)
      maximum = max(maximum, value)
      sum += value
      count += 1
    }
    guard count > 0 else { return nil }
    return ValueRange(minimum: minimum, maximum: maximum, mean: sum / Double(count))
  }
}
