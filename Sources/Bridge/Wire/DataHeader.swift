import ArrayShm

/// The header of a data message (`docs/wire-protocol.md`), before its payload.
package struct DataHeader: Sendable, Equatable {
  package enum Opcode: UInt8, Sendable {
    case frame = 1
    case records = 2
    case array = 3
    case tile = 4
  }

  package enum Codec: UInt8, Sendable {
    case none = 0
    /// `CompressedPayload`
    case shuffledDeflate = 1
  }

  package static let magic: [UInt8] = Array("WMD1".utf8)
  package static let version: UInt8 = 1
  /// Bytes before the shape.
  package static let fixedLength = 96
  /// numpy's limit; the shape of more dimensions cannot occur.
  package static let maxDimensions = 64

  package var opcode: Opcode
  package var dtypeCode: DTypeCode
  package var bigEndian: Bool
  /// The pixels are of a regular part of the source.
  package var isSampled = false
  package var subscription: UInt32
  package var generation: UInt64
  package var sequence: UInt64
  package var published: UInt64
  package var sent: UInt64
  package var payloadBytes: Int
  /// Commits that this subscription was told it will not get, so far.
  package var lost: UInt64
  package var level: UInt32 = 0
  package var plane: UInt32 = 0
  package var y: UInt32 = 0
  package var x: UInt32 = 0
  package var h: UInt32 = 0
  package var w: UInt32 = 0
  package var records: UInt32 = 0
  package var shape: [Int]

  package init(
    opcode: Opcode, dtype: DType, subscription: UInt32, generation: UInt64, sequence: UInt64,
    published: UInt64, sent: UInt64, payloadBytes: Int, lost: UInt64, shape: [Int]
  ) {
    self.opcode = opcode
    self.dtypeCode = DTypeCode(dtype)
    self.bigEndian = dtypeCode != .other && dtype.byteOrder == .big
    self.subscription = subscription
    self.generation = generation
    self.sequence = sequence
    self.published = published
    self.sent = sent
    self.payloadBytes = payloadBytes
    self.lost = lost
    self.shape = shape
  }

  /// Where these pixels lie in their level.
  package mutating func lie(at pixels: PixelRegion, level: Int, plane: Int) {
    self.level = UInt32(truncatingIfNeeded: level)
    self.plane = UInt32(truncatingIfNeeded: plane)
    y = UInt32(truncatingIfNeeded: pixels.y0)
    x = UInt32(truncatingIfNeeded: pixels.x0)
    h = UInt32(truncatingIfNeeded: pixels.height)
    w = UInt32(truncatingIfNeeded: pixels.width)
  }

  /// Length in bytes: a multiple of 16, so that the payload is aligned as the message is.
  package var length: Int { (Self.fixedLength + 4 * shape.count + 15) / 16 * 16 }

  /// Changes an encoded header for a payload that was made into another.
  static func change(_ header: inout [UInt8], codec: Codec, payloadBytes: Int) {
    header[7] = codec.rawValue
    for byte in 0..<8 { header[48 + byte] = UInt8(truncatingIfNeeded: payloadBytes >> (8 * byte)) }
  }

  package func encoded() -> [UInt8] {
    var bytes = LittleEndianBytes(capacity: length)
    bytes.append(Self.magic)
    bytes.append(Self.version)
    bytes.append(opcode.rawValue)
    bytes.append(UInt8(length / 8))
    bytes.append(Codec.none.rawValue)
    bytes.append(UInt16((bigEndian ? 1 : 0) | (isSampled ? 2 : 0)))
    bytes.append(dtypeCode.rawValue)
    bytes.append(UInt8(shape.count))
    bytes.append(subscription)
    bytes.append(generation)
    bytes.append(sequence)
    bytes.append(published)
    bytes.append(sent)
    bytes.append(UInt64(payloadBytes))
    bytes.append(lost)
    for field in [level, plane, y, x, h, w] { bytes.append(field) }
    bytes.append(UInt32(0))  // no checksum: TCP has one, and the frame is sent as it lies
    bytes.append(records)
    for extent in shape { bytes.append(UInt32(truncatingIfNeeded: extent)) }
    bytes.pad(to: length)
    return bytes.bytes
  }
}
