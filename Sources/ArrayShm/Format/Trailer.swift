/// The last 64 bytes of a segment: they say where its control block is, and that the file is whole.
struct Trailer: Hashable {
  static let magic = [UInt8]("webmonSH".utf8)
  static let version: UInt32 = 1

  let constantsCRC: UInt32
  let controlOffset: UInt64
  let controlLength: UInt64
  let generation: UInt64
  let fileSize: UInt64

  func encoded() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: SegmentLayout.trailerSize)
    bytes.replaceSubrange(0..<8, with: Self.magic)
    bytes.store(Self.version, at: 8)
    bytes.store(constantsCRC, at: 12)
    bytes.store(controlOffset, at: 16)
    bytes.store(controlLength, at: 24)
    bytes.store(generation, at: 32)
    bytes.store(fileSize, at: 40)
    bytes.store(CRC32C.checksum(bytes[..<60]), at: 60)
    return bytes
  }

  init(layout: SegmentLayout, generation: UInt64, constants: [UInt8]) {
    constantsCRC = CRC32C.checksum(constants)
    controlOffset = UInt64(layout.controlOffset)
    controlLength = UInt64(layout.controlLength)
    self.generation = generation
    fileSize = UInt64(layout.fileSize)
  }

  /// - Parameter bytes: the file's last 64 bytes.
  init(parsing bytes: [UInt8], fileSize size: Int, _ fail: FormatFailure) throws(SegmentError) {
    try fail.unless(
      bytes[..<8].elementsEqual(Self.magic), "trailer magic", "other bytes",
      "\"webmonSH\" (is this a plain .npy file, or cut short?)")
    try fail.unless(
      bytes.number(UInt32.self, at: 8) == Self.version, "trailer version",
      bytes.number(UInt32.self, at: 8), Self.version)
    let crc = CRC32C.checksum(bytes[..<60])
    try fail.unless(
      bytes.number(UInt32.self, at: 60) == crc, "trailer CRC", bytes.number(UInt32.self, at: 60),
      crc)
    constantsCRC = bytes.number(at: 12)
    controlOffset = bytes.number(at: 16)
    controlLength = bytes.number(at: 24)
    generation = bytes.number(at: 32)
    fileSize = bytes.number(at: 40)
    try fail.unless(fileSize == UInt64(size), "trailer file size", fileSize, "the file's, \(size)")
    let room = UInt64(size - SegmentLayout.trailerSize)
    try fail.unless(
      controlOffset % UInt64(SegmentLayout.pageSize) == 0 && controlOffset < room
        && room - controlOffset == controlLength
        && controlLength >= UInt64(SegmentLayout.tableOffset),
      "trailer control block", "offset \(controlOffset), length \(controlLength)",
      "a multiple of 4096 that ends with the trailer, at least 2048 bytes long")
  }
}

/// Makes the errors of an opener: file, field, value found, value allowed.
struct FormatFailure {
  let path: String

  func unless(
    _ condition: Bool, _ field: String, _ found: @autoclosure () -> some CustomStringConvertible,
    _ allowed: @autoclosure () -> some CustomStringConvertible
  ) throws(SegmentError) {
    if !condition {
      throw SegmentError(
        .corrupt, "\(path): \(field) is \(found().description); allowed is \(allowed().description)"
      )
    }
  }
}
