import Glibc

/// Room in the file system that holds a directory. Without a limit (some tmpfs) both are 0.
public struct DirectorySpace: Sendable, Hashable {
  public let totalBytes: UInt64
  /// For this user.
  public let freeBytes: UInt64

  public init(totalBytes: UInt64, freeBytes: UInt64) {
    self.totalBytes = totalBytes
    self.freeBytes = freeBytes
  }
}

extension SegmentDirectory {
  public func space() throws(SegmentError) -> DirectorySpace {
    let space = try SegmentError.wrapping("look at segment directory \(path)") {
      () throws(Errno) in
      let descriptor = try Descriptor(opening: path, O_RDONLY | O_DIRECTORY)
      // It is closed with the last use of the object, not of its number.
      defer { withExtendedLifetime(descriptor) {} }
      return try SystemCalls.space(descriptor.number)
    }
    let size = UInt64(space.f_frsize)
    return DirectorySpace(
      totalBytes: UInt64(space.f_blocks).multipliedReportingOverflow(by: size).partialValue,
      freeBytes: UInt64(space.f_bavail).multipliedReportingOverflow(by: size).partialValue)
  }
}
