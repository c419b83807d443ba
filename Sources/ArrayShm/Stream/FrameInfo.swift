/// Where a frame belongs, and when it was published.
public struct FrameInfo: Sendable, Hashable {
  /// Number of its commit, from 1.
  public var sequence: UInt64
  /// CLOCK_MONOTONIC nanoseconds; 0 when committing: now.
  public var published: UInt64
  /// Bytes of the slot that count; 0 when committing: all.
  public var validBytes: Int
  /// Pyramid level, 0 = full resolution.
  public var level: UInt32
  public var plane: UInt32
  /// Where the frame lies in its level; h = w = 0 means everywhere.
  public var y: UInt32
  public var x: UInt32
  public var h: UInt32
  public var w: UInt32
  /// The writer's own 64 bits.
  public var user: UInt64
  /// CLOCK_MONOTONIC nanoseconds when the writer took the slot to fill it; 0: not known. The writer sets it, whatever is committed.
  public var begun: UInt64

  public init(
    sequence: UInt64 = 0, published: UInt64 = 0, validBytes: Int = 0, level: UInt32 = 0,
    plane: UInt32 = 0, y: UInt32 = 0, x: UInt32 = 0, h: UInt32 = 0, w: UInt32 = 0, user: UInt64 = 0,
    begun: UInt64 = 0
  ) {
    self.sequence = sequence
    self.published = published
    self.validBytes = validBytes
    self.level = level
    self.plane = plane
    self.y = y
    self.x = x
    self.h = h
    self.w = w
    self.user = user
    self.begun = begun
  }
}
