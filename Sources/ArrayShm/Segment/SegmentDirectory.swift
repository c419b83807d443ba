import Glibc

/// The directory where a user's segments live: `$WEBMON_DIR` if set, else `/dev/shm/webmon-<uid>`.
public struct SegmentDirectory: Sendable, Hashable {
  public let path: String
  /// The default directory is ours alone; an explicit one is the user's business.
  private let isDefault: Bool

  /// - Parameter path: nil for the default. Nothing is created.
  /// - Throws: `.permission` if the default directory exists but belongs to somebody else or is
  ///   open to others.
  public init(_ path: String? = nil) throws(SegmentError) {
    if let explicit = path ?? Self.environment {
      guard !explicit.utf8.contains(0), !explicit.isEmpty else {
        throw SegmentError(.invalid, "segment directory: the path is empty or contains a NUL")
      }
      var trimmed = explicit
      while trimmed.utf8.count > 1 && trimmed.hasSuffix("/") { trimmed.removeLast() }
      // A later chdir must not make it another one.
      self.path = trimmed.hasPrefix("/") ? trimmed : "\(Self.workingDirectory)/\(trimmed)"
      isDefault = false
    } else {
      self.path = "/dev/shm/webmon-\(geteuid())"
      isDefault = true
    }
    try checkOwner()
  }

  private static var environment: String? {
    guard let value = unsafe getenv("WEBMON_DIR") else { return nil }
    let path = unsafe String(cString: value)
    return path.isEmpty ? nil : path
  }

  private static var workingDirectory: String {
    guard let path = unsafe getcwd(nil, 0) else { return "." }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }

  /// Makes the last component of the path, for its owner alone. Fine if it is there.
  public func create() throws(SegmentError) {
    do throws(Errno) {
      try SystemCalls.makeDirectory(path, mode: 0o700)
    } catch  where error.rawValue == EEXIST {
      // Whether it is a directory, and writable, the first file made in it will tell.
    } catch {
      throw SegmentError(
        error, "create segment directory \(path)",
        hint: error.rawValue == ENOENT
          ? "make its parent first, or set WEBMON_DIR to a directory that exists" : nil)
    }
    try checkOwner()
  }

  private func checkOwner() throws(SegmentError) {
    guard isDefault else { return }
    let status: stat
    do throws(Errno) {
      status = try SystemCalls.status(path: path)
    } catch  where error.rawValue == ENOENT {
      return
    } catch {
      throw SegmentError(error, "look at segment directory \(path)")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw SegmentError(
        .permission,
        "segment directory \(path): is not a directory. Remove it, or set WEBMON_DIR to another")
    }
    guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
      throw SegmentError(
        .permission,
        "segment directory \(path): belongs to user \(status.st_uid) with mode "
          + String(status.st_mode & 0o777, radix: 8)
          + "; it must be yours with mode 700. Remove it, or set WEBMON_DIR to another directory")
    }
  }

  /// The names of all segments, sorted, without opening any. A missing directory has none.
  public func names() throws(SegmentError) -> [String] {
    try fileNames().compactMap { SegmentName.from(fileName: $0) }.sorted()
  }

  /// Those of all files, segments or not.
  package func fileNames() throws(SegmentError) -> [String] {
    do throws(Errno) {
      return try SystemCalls.entries(path)
    } catch  where error.rawValue == ENOENT {
      return []
    } catch {
      throw SegmentError(error, "list segment directory \(path)")
    }
  }

  func file(_ name: String) -> String { "\(path)/\(name)\(SegmentName.suffix)" }
}
