import ArrayShm
import Glibc
import Synchronization

/// Where a run of the benchmarks has its segments and its processes, and how both end, whatever happens.
final class BenchGround: Sendable {
  private static let prefix = "bench-"

  /// Of the user, where the folder of this run is made.
  private let root: SegmentDirectory
  private let folder: String
  /// Within the folder: a segment that is made while the folder is removed cannot bring it back.
  let segments: SegmentDirectory
  private let processes = Mutex<Set<pid_t>>([])
  private let isRootOurs = Mutex(false)

  /// Nothing is made yet.
  init(_ root: SegmentDirectory) throws {
    self.root = root
    folder = "\(root.path)/\(Self.prefix)\(getpid())"
    segments = try SegmentDirectory("\(folder)/segments")
  }

  func open() throws {
    let wasThere = unsafe access(root.path, F_OK) == 0
    try root.create()
    isRootOurs.withLock { $0 = !wasThere }
    removeLeftovers()
    try SegmentDirectory(folder).create()
    guard unsafe access(folder, W_OK | X_OK) == 0 else {
      throw CommandFailure("\(folder) cannot be written to; name another directory with --dir")
    }
    try segments.create()
  }

  /// Ends the processes that still run, and removes all files. From any thread, also while others go on.
  func end() {
    processes.withLock { for process in $0 { kill(process, SIGKILL) } }
    // Who is making a file right now may be a moment ahead.
    for _ in 0..<1000 {
      for name in (try? segments.fileNames()) ?? [] { unsafe unlink("\(segments.path)/\(name)") }
      unsafe rmdir(segments.path)
      if unsafe rmdir(folder) == 0 || errno == ENOENT { break }
      usleep(1000)
    }
    // Other users of the directory keep it.
    if isRootOurs.withLock({ $0 }) { unsafe rmdir(root.path) }
  }

  /// What a run that was killed has left: its segments go by the rules of `webmon gc`.
  private func removeLeftovers() {
    for name in (try? root.fileNames()) ?? [] where name.hasPrefix(Self.prefix) {
      guard let process = pid_t(name.dropFirst(Self.prefix.count)), kill(process, 0) < 0,
        errno == ESRCH, let old = try? SegmentDirectory("\(root.path)/\(name)/segments")
      else { continue }
      _ = try? old.collectGarbage(dryRun: false)
      guard (try? old.names())?.isEmpty == true else { continue }
      for file in (try? old.fileNames()) ?? [] { unsafe unlink("\(old.path)/\(file)") }
      unsafe rmdir(old.path)
      unsafe rmdir("\(root.path)/\(name)")
    }
  }

  // MARK: Processes

  func add(_ process: pid_t) { processes.withLock { _ = $0.insert(process) } }
  func remove(_ process: pid_t) { processes.withLock { _ = $0.remove(process) } }

  // MARK: Room

  /// Why there is no room; nil if there is.
  /// - Parameters:
  ///   - segment: bytes in the directory.
  ///   - other: bytes of memory beside it.
  func refusal(segment: Int, other: Int) -> String? {
    // A file system without a limit says 0 of both.
    if let space = try? segments.space(), space.totalBytes > 0, UInt64(segment) > space.freeBytes {
      return
        "\(Self.megabytes(segment)) MB do not fit in the \(Self.megabytes(Int(clamping: space.freeBytes))) MB that are free in \(root.path)"
    }
    // What the machine does not have it would take from others.
    if let available = BenchMachine.availableBytes, segment + other > available / 4 * 3 {
      return
        "\(Self.megabytes(segment + other)) MB are more than three quarters of the memory that is free"
    }
    return nil
  }

  private static func megabytes(_ bytes: Int) -> Int { (bytes + 999_999) / 1_000_000 }
}
