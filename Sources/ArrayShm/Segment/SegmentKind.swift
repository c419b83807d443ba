/// What a segment holds (`docs/segment-format.md`, "Kinds"). Raw values are those of the file.
public enum SegmentKind: UInt32, Sendable, CaseIterable {
  /// A ring of frames of one shape; readers take the newest, or every one.
  case frames = 1
  /// A ring of records; readers take everything since a sequence number.
  case log = 2
  /// One array that is edited in place; readers ask what changed since a version.
  case array = 3

  public var name: String {
    switch self {
    case .frames: "frames"
    case .log: "log"
    case .array: "array"
    }
  }
}

/// How a segment's writer is. Raw values up to 3 are those of the file.
public enum SegmentState: UInt64, Sendable {
  /// Its writer holds it.
  case live = 1
  /// Its writer closed it.
  case closed = 2
  /// A newer generation took its name.
  case superseded = 3
  /// Its writer died without closing it.
  case gone = 4

  public var name: String {
    switch self {
    case .live: "live"
    case .closed: "closed"
    case .superseded: "superseded"
    case .gone: "gone"
    }
  }
}
