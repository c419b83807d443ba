/// Builds a run of little-endian fields.
struct LittleEndianBytes {
  private(set) var bytes: [UInt8] = []

  init(capacity: Int) { bytes.reserveCapacity(capacity) }

  mutating func append(_ raw: [UInt8]) { bytes += raw }

  mutating func append(_ value: some FixedWidthInteger) {
    var rest = value
    for _ in 0..<(value.bitWidth / 8) {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest = value.bitWidth > 8 ? rest >> 8 : 0
    }
  }

  mutating func pad(to length: Int) {
    bytes.append(contentsOf: repeatElement(0, count: max(0, length - bytes.count)))
  }
}
