/// What a writer asks for when it creates a segment.
public struct SegmentSpecification: Sendable {
  public var kind: SegmentKind
  public var name: String
  public var dtype: DType
  /// Of one frame, or of the array; empty for a log.
  public var shape: [Int]
  /// Frames in the ring (2 to 1024), or records in the log; 1 for an array.
  public var slots: Int
  /// Arrays: extent of a tile along each axis; nil for 256 along the last two axes and 1 along the
  /// others.
  public var tile: [Int]?
  /// A JSON object, at most 1 MiB.
  public var metadata: String
  /// Show records as `numpy.recarray`.
  public var recarray: Bool
  /// Keep the file after a clean close.
  public var persist: Bool
  /// Arrays: take memory for the payload as it is written, not at creation. A file system that
  /// fills up is then a SIGBUS at a write.
  public var sparse: Bool
  /// Frames: overwrite a leased slot after so many frames dropped in a row; 0 = never.
  public var overwriteAfter: UInt32

  public init(
    kind: SegmentKind, name: String, dtype: DType, shape: [Int] = [], slots: Int = 1,
    tile: [Int]? = nil, metadata: String = "{}", recarray: Bool = false, persist: Bool = false,
    sparse: Bool = false, overwriteAfter: UInt32 = 0
  ) {
    self.kind = kind
    self.name = name
    self.dtype = dtype
    self.shape = shape
    self.slots = slots
    self.tile = tile
    self.metadata = metadata
    self.recarray = recarray
    self.persist = persist
    self.sparse = sparse
    self.overwriteAfter = overwriteAfter
  }

  /// Frames of `shape` in a ring.
  public static func frames(
    _ name: String, dtype: DType, shape: [Int], slots: Int = 4, metadata: String = "{}"
  ) -> SegmentSpecification {
    SegmentSpecification(
      kind: .frames, name: name, dtype: dtype, shape: shape, slots: slots, metadata: metadata)
  }

  /// A ring of `records` records.
  public static func log(
    _ name: String, dtype: DType, records: Int = 65536, metadata: String = "{}"
  ) -> SegmentSpecification {
    SegmentSpecification(kind: .log, name: name, dtype: dtype, slots: records, metadata: metadata)
  }

  /// One array, edited in place.
  public static func array(
    _ name: String, dtype: DType, shape: [Int], tile: [Int]? = nil, metadata: String = "{}",
    sparse: Bool = false
  ) -> SegmentSpecification {
    SegmentSpecification(
      kind: .array, name: name, dtype: dtype, shape: shape, tile: tile, metadata: metadata,
      sparse: sparse)
  }
}
