import Glibc

/// A regular file of a page, open for reading.
package final class OpenFile {
  package let size: Int
  private let descriptor: Int32

  private init(descriptor: Int32, size: Int) {
    self.descriptor = descriptor
    self.size = size
  }

  deinit { close(descriptor) }

  /// Opens a regular file below a root.
  ///
  /// - Parameter root: a real path, without symbolic links, dots and a slash at its end.
  /// - Returns: nil if there is no such regular file, or if a symbolic link leads out of the root: what counts is where the file that
  ///   was opened lies, so that nobody can change it in between.
  package static func below(_ root: String, _ path: String) -> OpenFile? {
    // Not blocking: somebody may have put a FIFO there.
    let descriptor = unsafe open("\(root)/\(path)", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let real = FilePath.linkTarget("/proc/self/fd/\(descriptor)"), real.hasPrefix(root + "/")
    else {
      close(descriptor)
      return nil
    }
    return OpenFile(descriptor: descriptor, size: Int(status.st_size))
  }

  package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    while true {
      let count = unsafe pread(descriptor, base, min(buffer.count, size - offset), offset)
      if count >= 0 { return count }
      if errno != EINTR { return 0 }
    }
  }

  /// The whole file, or its first `limit` bytes.
  package func contents(limit: Int) -> [UInt8] {
    let count = min(size, limit)
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        let rest = unsafe UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<count])
        let read = unsafe read(at: filled, into: rest)
        if read == 0 { break }
        filled += read
      }
    }
  }
}
