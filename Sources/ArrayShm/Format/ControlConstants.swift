/// The first 1024 bytes of the control block: what never changes in a generation.
struct ControlConstants: Hashable {
  static let magic = [UInt8]("webmonCB".utf8)
  static let version: UInt32 = 1

  /// Bits of the `flags` field.
  enum Flags {
    static let recarray: UInt32 = 1
    static let persist: UInt32 = 2
    static let sparse: UInt32 = 4
  }

  let generation: UInt64
  let flags: UInt32
  let overwriteAfter: UInt32
  let createdMonotonic: UInt64
  let createdRealtime: UInt64
  let headerCRC: UInt32
  let metadataCRC: UInt32

  var isSparse: Bool { flags & Flags.sparse != 0 }

  func encoded(_ layout: SegmentLayout) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: SegmentLayout.constantsSize)
    bytes.replaceSubrange(0..<8, with: Self.magic)
    bytes.store(Self.version, at: 8)
    bytes.store(layout.kind.rawValue, at: 12)
    bytes.store(generation, at: 16)
    for (index, value) in Self.sizes(layout).enumerated() {
      bytes.store(UInt64(value), at: 24 + index * 8)
    }
    bytes.store(flags, at: 56)
    bytes.store(overwriteAfter, at: 60)
    bytes.store(createdMonotonic, at: 64)
    bytes.store(createdRealtime, at: 72)
    for (index, value) in Self.places(layout).enumerated() {
      bytes.store(UInt64(value), at: 80 + index * 8)
    }
    bytes.store(UInt32(layout.grid?.tile.count ?? 0), at: 120)
    bytes.store(headerCRC, at: 124)
    for (axis, extent) in (layout.grid?.tile ?? []).enumerated() {
      bytes.store(UInt64(extent), at: 128 + axis * 8)
    }
    bytes.store(metadataCRC, at: 640)
    return bytes
  }

  init(
    generation: UInt64, flags: UInt32, overwriteAfter: UInt32, header: [UInt8], metadata: [UInt8]
  ) {
    self.generation = generation
    self.flags = flags
    self.overwriteAfter = overwriteAfter
    createdMonotonic = Clock.monotonic
    createdRealtime = Clock.realtime
    headerCRC = CRC32C.checksum(header)
    metadataCRC = CRC32C.checksum(metadata)
  }

  /// D, P, N and stride, at 24.
  private static func sizes(_ layout: SegmentLayout) -> [Int] {
    [layout.payloadOffset, layout.payloadBytes, layout.slots, layout.stride]
  }

  /// T, entries, entry size, M and the metadata's length, at 80.
  private static func places(_ layout: SegmentLayout) -> [Int] {
    [
      SegmentLayout.tableOffset, layout.entries, layout.entrySize, layout.metadataOffset,
      layout.metadataLength,
    ]
  }

  // MARK: Opening

  /// The fields needed to compute the layout that the others are then held against.
  struct Outline {
    let kind: SegmentKind
    let payloadOffset: Int
    let metadataLength: Int
    let slots: Int
    let tile: [Int]
  }

  static func outline(
    _ bytes: [UInt8], trailer: Trailer, _ fail: FormatFailure
  ) throws(SegmentError) -> Outline {
    try fail.unless(
      bytes[..<8].elementsEqual(magic), "control block magic", "other bytes", "\"webmonCB\"")
    try fail.unless(
      bytes.number(UInt32.self, at: 8) == version, "control block version",
      bytes.number(UInt32.self, at: 8), version)
    let crc = CRC32C.checksum(bytes)
    try fail.unless(
      trailer.constantsCRC == crc, "CRC of the constants", crc,
      "the trailer's, \(trailer.constantsCRC)")
    let generation = bytes.number(UInt64.self, at: 16)
    try fail.unless(
      generation == trailer.generation && generation != 0, "generation", generation,
      "the trailer's, \(trailer.generation), and not 0")
    let rawKind = bytes.number(UInt32.self, at: 12)
    guard let kind = SegmentKind(rawValue: rawKind) else {
      throw SegmentError(.corrupt, "\(fail.path): kind is \(rawKind); allowed is 1, 2 or 3")
    }
    let payloadOffset = bytes.number(UInt64.self, at: 24)
    try fail.unless(
      payloadOffset == 4096 || payloadOffset == 8192, "payload offset", payloadOffset,
      "4096 or 8192")
    let slots = bytes.number(UInt64.self, at: 40)
    try fail.unless(
      slots <= UInt64(SegmentLayout.maximumRecords), "slots", slots,
      "at most \(SegmentLayout.maximumRecords)")
    let metadataLength = bytes.number(UInt64.self, at: 112)
    try fail.unless(
      metadataLength <= UInt64(SegmentLayout.maximumMetadata), "metadata length", metadataLength,
      "at most \(SegmentLayout.maximumMetadata)")
    let axes = bytes.number(UInt32.self, at: 120)
    try fail.unless(
      axes <= UInt32(SegmentLayout.maximumDimensions), "dimensions of the tile grid", axes,
      "at most 64")
    var tile: [Int] = []
    for axis in 0..<Int(axes) {
      let extent = bytes.number(UInt64.self, at: 128 + axis * 8)
      try fail.unless(
        (1...UInt64(Int.max)).contains(extent), "extent of a tile along axis \(axis)", extent,
        "at least 1")
      tile.append(Int(extent))
    }
    return Outline(
      kind: kind, payloadOffset: Int(payloadOffset), metadataLength: Int(metadataLength),
      slots: Int(slots), tile: tile)
  }

  /// - Parameter layout: what header and outline give; every number of the file must be that one.
  init(
    parsing bytes: [UInt8], layout: SegmentLayout, _ fail: FormatFailure
  ) throws(SegmentError) {
    let names = ["payload offset", "payload bytes", "slots", "stride"]
    for (index, value) in Self.sizes(layout).enumerated() {
      let found = bytes.number(UInt64.self, at: 24 + index * 8)
      try fail.unless(
        found == UInt64(value), names[index], found, "\(value), as the .npy header gives")
    }
    let places = [
      "table offset", "table entries", "table entry size", "metadata offset", "metadata length",
    ]
    for (index, value) in Self.places(layout).enumerated() {
      let found = bytes.number(UInt64.self, at: 80 + index * 8)
      try fail.unless(found == UInt64(value), places[index], found, value)
    }
    generation = bytes.number(at: 16)
    flags = bytes.number(at: 56)
    overwriteAfter = bytes.number(at: 60)
    createdMonotonic = bytes.number(at: 64)
    createdRealtime = bytes.number(at: 72)
    headerCRC = bytes.number(at: 124)
    metadataCRC = bytes.number(at: 640)
  }
}
