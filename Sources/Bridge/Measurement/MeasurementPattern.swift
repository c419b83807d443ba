/// What the frames of a measurement hold, so that a page can tell a wrong byte (docs/wire-protocol.md, *Measuring*).
///
/// Little-endian words of 32 bits. Word i is i * 0x9E3779B1, but for 16 words from the first to the last one, as far apart from each
/// other as they can be: they have the frame's sequence number.
package enum MeasurementPattern {
  package static let stamps = 16
  private static let factor: UInt32 = 0x9E37_79B1

  /// What all frames have in common.
  static func fill(_ bytes: UnsafeMutableRawBufferPointer) {
    let words = unsafe bytes.bindMemory(to: UInt32.self)
    for index in words.indices {
      unsafe words[index] = (UInt32(truncatingIfNeeded: index) &* factor).littleEndian
    }
  }

  static func stamp(_ bytes: UnsafeMutableRawBufferPointer, sequence: UInt64) {
    let words = unsafe bytes.bindMemory(to: UInt32.self)
    for place in 0..<stamps {
      let index = place * (words.count - 1) / (stamps - 1)
      unsafe words[index] = UInt32(truncatingIfNeeded: sequence).littleEndian
    }
  }
}
