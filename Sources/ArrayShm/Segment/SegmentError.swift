/// Why a segment could not be made, opened, read or written.
///
/// Match by ``code``; show ``message`` to people. A message says what was wrong, where, what was
/// found and what would be right.
public struct SegmentError: Error, Hashable, Sendable {
  /// The kinds of failure, each with its value in the C interface (`arrayshm.h`).
  public enum Code: Int32, Sendable, CaseIterable {
    /// Nothing new came within the time limit.
    case timeout = -1
    /// Nothing is there yet, or no longer.
    case none = -2
    /// Every slot is leased: the frame was dropped and counted.
    case dropped = -3
    /// The name has a live writer, or an edit is already open.
    case busy = -4
    /// No such segment or directory (`ENOENT`).
    case notFound = -5
    /// An argument is out of range or does not fit the segment.
    case invalid = -6
    /// The dtype cannot be shared, or its text cannot be read.
    case dtype = -7
    /// The file is not a whole and valid segment.
    case corrupt = -8
    /// The file system is full (`ENOSPC`, `EDQUOT`).
    case noSpace = -9
    /// The directory or file may not be read or written (`EACCES`, `EPERM`, `EROFS`).
    case permission = -10
    /// The process or the system is out of file descriptors (`EMFILE`, `ENFILE`).
    case tooManyFiles = -11
    /// The handle was closed, or the writer ended and everything was read.
    case closed = -12
    /// A newer generation of this name exists.
    case superseded = -13
    /// The handle belongs to the parent process.
    case forked = -14
    /// The data kept changing while it was copied.
    case torn = -15
    /// Another error of the operating system.
    case system = -16
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension SegmentError: CustomStringConvertible {
  public var description: String { message }
}
