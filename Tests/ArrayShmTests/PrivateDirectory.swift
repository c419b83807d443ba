import Glibc

@testable import ArrayShm

/// A segment directory of a test's own, removed with everything in it at the end.
final class PrivateDirectory {
  let segments: SegmentDirectory
  var path: String { segments.path }

  init() throws {
    let path = "/tmp/webmon-test-\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    segments = try SegmentDirectory(path)
    try segments.create()
  }

  deinit {
    for name in (try? SystemCalls.entries(path)) ?? [] {
      try? SystemCalls.unlink("\(path)/\(name)")
    }
    unsafe rmdir(path)
  }

  func read(_ name: String) -> SegmentReader? {
    try? SegmentReader(directory: segments, name: name)
  }

  func frames(
    _ name: String = "frames", slots: Int = 4, count: Int = 16, overwriteAfter: UInt32 = 0
  ) throws -> FrameWriter {
    var specification = SegmentSpecification.frames(
      name, dtype: try DType(descr: "'<u4'"), shape: [count], slots: slots)
    specification.overwriteAfter = overwriteAfter
    return try FrameWriter(directory: segments, specification)
  }

  func log(_ name: String = "log", records: Int = 8) throws -> LogWriter {
    try LogWriter(directory: segments, .log(name, dtype: DType(descr: "'<u8'"), records: records))
  }

  func array(_ name: String = "array", shape: [Int] = [6, 10], tile: [Int] = [4, 4]) throws
    -> ArrayWriter
  {
    try ArrayWriter(
      directory: segments, .array(name, dtype: DType(descr: "'<u2'"), shape: shape, tile: tile))
  }
}

extension FrameWriter {
  /// Publishes a frame all of whose elements are `value`.
  @discardableResult
  func put(_ value: UInt32) throws -> UInt64 {
    let frame = [UInt32](repeating: value, count: segment.description.stride / 4)
    return try unsafe frame.withUnsafeBytes { try unsafe put($0) }
  }
}

extension Lease {
  /// The elements of a frame made by `put`.
  var values: [UInt32] {
    unsafe withUnsafeBytes { unsafe [UInt32]($0.bindMemory(to: UInt32.self)) }
  }
}

extension LogWriter {
  @discardableResult
  func append(_ values: [UInt64]) throws -> UInt64 {
    try unsafe values.withUnsafeBytes { try unsafe append($0) }
  }
}

extension LogBatch {
  var values: [UInt64] {
    unsafe bytes.withUnsafeBytes { unsafe [UInt64]($0.bindMemory(to: UInt64.self)) }
  }
}

/// The code of the `SegmentError` that `body` throws, nil if it throws none.
func code(_ body: () throws -> Void) -> SegmentError.Code? {
  do {
    try body()
    return nil
  } catch {
    return (error as? SegmentError)?.code
  }
}
