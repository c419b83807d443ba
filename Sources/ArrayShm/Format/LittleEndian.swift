/// Little-endian numbers at fixed offsets of a byte array, bounds checked by it.
extension [UInt8] {
  func number<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type = T.self, at offset: Int) -> T
  {
    (0..<T.bitWidth / 8).reduce(0) { $0 | T(self[offset + $1]) << T($1 * 8) }
  }

  mutating func store<T: FixedWidthInteger & UnsignedInteger>(_ value: T, at offset: Int) {
    for byte in 0..<T.bitWidth / 8 {
      self[offset + byte] = UInt8(truncatingIfNeeded: value >> T(byte * 8))
    }
  }
}
