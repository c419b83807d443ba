/// Where everything lies in a segment's file, computed from what it holds
/// (`docs/segment-format.md`).
///
/// A writer lays its file out by it, and an opener holds the file's own numbers against it.
struct SegmentLayout: Sendable, Hashable {
  static let pageSize = 4096
  static let trailerSize = 64
  static let constantsSize = 1024
  static let tableOffset = 2048
  static let maximumSlots = 1024
  static let maximumRecords = 1 << 31 - 1
  static let maximumDimensions = 64
  static let maximumMetadata = 1 << 20
  static let frameEntrySize = 64
  static let wordSize = 8

  let kind: SegmentKind
  /// Shape in the .npy header.
  let npyShape: [Int]
  /// Shape of one frame, `[records]`, or the array's.
  let shape: [Int]
  let slots: Int
  let stride: Int
  let payloadBytes: Int
  /// nil but for arrays.
  let grid: TileGrid?
  let entries: Int
  let entrySize: Int
  /// D, C and M of the format; M and T are counted from C.
  let payloadOffset: Int
  let controlOffset: Int
  let metadataOffset: Int
  let metadataLength: Int
  let fileSize: Int

  /// - Parameter headerLength: of the encoded .npy header, 4096 or 8192.
  init(
    kind: SegmentKind, itemsize: Int, shape: [Int], slots: Int, tile: [Int]?, headerLength: Int,
    metadataLength: Int
  ) throws(SegmentError) {
    if let axis = shape.firstIndex(where: { $0 < 0 }) {
      throw SegmentError(.invalid, "shape \(shape): axis \(axis) is negative")
    }
    let dimensions = shape.count + (kind == .array ? 0 : 1)
    guard dimensions <= Self.maximumDimensions else {
      throw SegmentError(
        .invalid,
        "shape: the .npy array would have \(dimensions) dimensions; at most 64 are allowed")
    }
    let frameBytes = try Self.product(shape, times: itemsize)
    switch kind {
    case .frames:
      guard (2...Self.maximumSlots).contains(slots) else {
        throw SegmentError(.invalid, "slots: \(slots); 2 to \(Self.maximumSlots) are allowed")
      }
      guard frameBytes > 0 else {
        throw SegmentError(
          .invalid, "shape \(shape): a frame has no bytes; every axis must be at least 1")
      }
      (self.shape, npyShape, stride, grid) = (shape, [slots] + shape, frameBytes, nil)
      (entries, entrySize) = (slots, Self.frameEntrySize)
    case .log:
      guard (1...Self.maximumRecords).contains(slots) else {
        throw SegmentError(.invalid, "records: \(slots); 1 to \(Self.maximumRecords) are allowed")
      }
      guard shape.isEmpty else {
        throw SegmentError(
          .invalid,
          "shape \(shape): a log has records only; use a subarray dtype for \(shape) per record")
      }
      (self.shape, npyShape, stride, grid) = ([slots], [slots], itemsize, nil)
      (entries, entrySize) = (slots, Self.wordSize)
    case .array:
      guard slots == 1 else { throw SegmentError(.invalid, "slots: \(slots); an array has 1") }
      let grid = try TileGrid(shape: shape, tile: tile ?? TileGrid.defaultTile(for: shape))
      (self.shape, npyShape, stride, self.grid) = (shape, shape, frameBytes, grid)
      (entries, entrySize) = (grid.count, Self.wordSize)
    }
    guard metadataLength <= Self.maximumMetadata else {
      throw SegmentError(
        .invalid,
        "metadata: \(metadataLength) bytes; at most \(Self.maximumMetadata) are allowed (put data into a segment of its own)"
      )
    }
    self.kind = kind
    self.slots = slots
    self.metadataLength = metadataLength
    payloadOffset = headerLength
    payloadBytes = try Self.product([slots], times: stride)
    controlOffset = try Self.roundUp(Self.sum(payloadOffset, payloadBytes), to: Self.pageSize)
    let table = try Self.product([entries], times: entrySize)
    metadataOffset = try Self.roundUp(Self.sum(Self.tableOffset, table), to: 64)
    let end = try Self.sum(
      Self.sum(controlOffset, metadataOffset), metadataLength + Self.trailerSize)
    fileSize = try Self.roundUp(end, to: Self.pageSize)
  }

  var trailerOffset: Int { fileSize - Self.trailerSize }
  var controlLength: Int { trailerOffset - controlOffset }

  /// Byte offset of a table entry from the file's beginning.
  func entryOffset(_ index: Int) -> Int { controlOffset + Self.tableOffset + index * entrySize }

  private static func product(_ factors: [Int], times start: Int) throws(SegmentError) -> Int {
    var product = start
    // Zeros come last: as in numpy, the other axes must not be too large even of an array without
    // elements.
    for factor in factors where factor != 0 {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard !overflow else { throw tooLarge(factors) }
      product = next
    }
    return factors.contains(0) ? 0 : product
  }

  private static func sum(_ a: Int, _ b: Int) throws(SegmentError) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    guard !overflow else { throw tooLarge([a, b]) }
    return sum
  }

  private static func roundUp(_ value: Int, to unit: Int) throws(SegmentError) -> Int {
    try sum(value, unit - 1) / unit * unit
  }

  private static func tooLarge(_ values: [Int]) -> SegmentError {
    SegmentError(.invalid, "size: \(values) gives more bytes than a file can have")
  }
}
