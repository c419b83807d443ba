/// What a segment is: the constants of one generation.
public struct SegmentDescription: Sendable {
  public let name: String
  public let path: String
  public let kind: SegmentKind
  /// Random; a new one for every creation of the name.
  public let generation: UInt64
  public let dtype: DType
  /// numpy's descr, the text in the .npy header.
  public let descr: String
  /// Of one frame, `[records]`, or the array's.
  public let shape: [Int]
  /// Frames in the ring, records in the log, 1 for an array.
  public let slots: Int
  /// Bytes from slot to slot.
  public let stride: Int
  public let payloadBytes: Int
  /// Arrays: how it is cut into tiles.
  public let grid: TileGrid?
  /// A JSON object.
  public let metadata: String
  /// Records are to be shown as `numpy.recarray`.
  public let recarray: Bool
  /// The file stays after its writer's clean close.
  public let persist: Bool
  /// Arrays: what was never written has no memory, and reading it through the mapping takes some.
  public let sparse: Bool
  /// Frames: a leased slot is overwritten after so many drops in a row; 0 = never.
  public let overwriteAfter: UInt32
  /// CLOCK_MONOTONIC and CLOCK_REALTIME at creation, in nanoseconds: they tie the two clocks.
  public let createdMonotonic: UInt64
  public let createdRealtime: UInt64

  init(
    name: String, path: String, layout: SegmentLayout, constants: ControlConstants, dtype: DType,
    descr: String, metadata: String
  ) {
    self.name = name
    self.path = path
    kind = layout.kind
    generation = constants.generation
    self.dtype = dtype
    self.descr = descr
    shape = layout.shape
    slots = layout.slots
    stride = layout.stride
    payloadBytes = layout.payloadBytes
    grid = layout.grid
    self.metadata = metadata
    recarray = constants.flags & ControlConstants.Flags.recarray != 0
    persist = constants.flags & ControlConstants.Flags.persist != 0
    sparse = constants.isSparse
    overwriteAfter = constants.overwriteAfter
    createdMonotonic = constants.createdMonotonic
    createdRealtime = constants.createdRealtime
  }
}

/// How a segment is just now.
public struct SegmentStatus: Sendable, Hashable {
  public let state: SegmentState
  /// Subscribed readers, those of the asking handle itself not counted.
  public let readers: Int
  /// Number of the newest commit, 0 before the first.
  public let sequence: UInt64
  /// CLOCK_MONOTONIC nanoseconds of the newest commit.
  public let heartbeat: UInt64
  /// Frames that the writer dropped because every slot was leased.
  public let dropped: UInt64
  /// For people; whether the writer lives, `state` says.
  public let writerPID: Int32
}
