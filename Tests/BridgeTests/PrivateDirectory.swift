import ArrayShm
import Glibc

/// A segment directory of a test's own, removed with everything in it at the end.
final class PrivateDirectory {
  let segments: SegmentDirectory
  var path: String { segments.path }

  init() throws {
    segments = try SegmentDirectory("/tmp/webmon-test-\(getpid())-\(UInt64.random(in: 0 ... .max))")
    try segments.create()
  }

  deinit { removeTree(path) }

  func frames(
    _ name: String = "camera", descr: String = "'<u4'", shape: [Int] = [4], slots: Int = 4
  ) throws -> FrameWriter {
    try FrameWriter(
      directory: segments, .frames(name, dtype: DType(descr: descr), shape: shape, slots: slots))
  }

  func log(_ name: String = "loads", descr: String = "'<u8'", records: Int = 16) throws -> LogWriter
  {
    try LogWriter(directory: segments, .log(name, dtype: DType(descr: descr), records: records))
  }

  func array(_ name: String = "labels", shape: [Int] = [6, 10]) throws -> ArrayWriter {
    try ArrayWriter(directory: segments, .array(name, dtype: DType(descr: "'<u2'"), shape: shape))
  }

  func reader(_ name: String) throws -> SegmentReader {
    try SegmentReader(directory: segments, name: name)
  }
}

/// A folder of a test's own.
final class PrivateFolder {
  let path: String

  init() {
    path = "/tmp/webmon-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    unsafe mkdir(path, 0o700)
  }

  deinit { removeTree(path) }

  /// Writes a file, and makes the folders that it lies in.
  func write(_ name: String, _ text: String) {
    var folder = path
    for part in name.split(separator: "/").dropLast() {
      folder += "/\(part)"
      unsafe mkdir(folder, 0o700)
    }
    guard let file = unsafe fopen("\(path)/\(name)", "w") else { return }
    unsafe fputs(text, file)
    unsafe fclose(file)
  }

  func link(_ name: String, to target: String) { unsafe symlink(target, "\(path)/\(name)") }
}

private func removeTree(_ path: String) {
  if let directory = unsafe opendir(path) {
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
      }
      if name == "." || name == ".." { continue }
      let inner = "\(path)/\(name)"
      if unsafe unlink(inner) != 0 { removeTree(inner) }
    }
    unsafe closedir(directory)
  }
  unsafe rmdir(path)
}

extension FrameWriter {
  /// Publishes a frame of u4 all of whose elements are `value`.
  @discardableResult
  func put(_ value: UInt32, _ info: FrameInfo = FrameInfo()) throws -> UInt64 {
    let frame = [UInt32](repeating: value, count: segment.description.stride / 4)
    return try unsafe frame.withUnsafeBytes { try unsafe put($0, info: info) }
  }
}

extension LogWriter {
  @discardableResult
  func append(_ values: some Sequence<UInt64>) throws -> UInt64 {
    try unsafe Array(values).withUnsafeBytes { try unsafe append($0) }
  }
}
