import Glibc

extension SegmentDirectory {
  /// Far longer than anybody holds the lock; a process that was stopped in the middle must not stop
  /// all others for ever.
  private static var patience: UInt64 { 5_000_000_000 }

  /// Runs `body` while no other process puts a segment in place or removes one here. The kernel
  /// lets the lock go with the process.
  func withLock<R>(_ body: () throws(SegmentError) -> R) throws(SegmentError) -> R {
    let file = "\(path)/.lock"
    let descriptor = try SegmentError.wrapping("lock segment directory \(path)") {
      () throws(Errno) in
      try Descriptor(opening: file, O_RDWR | O_CREAT)
    }
    let end = Clock.monotonic + Self.patience
    while try !SegmentError.wrapping(
      "lock segment directory \(path)",
      { () throws(Errno) in
        try descriptor.tryExclusive(0)
      })
    {
      if Clock.monotonic > end {
        throw SegmentError(
          .busy,
          "\(file): another process has held it for 5 s; is one stopped in the middle of creating a segment?"
        )
      }
      usleep(500)
    }
    defer { descriptor.unlock(0) }
    return try body()
  }
}
