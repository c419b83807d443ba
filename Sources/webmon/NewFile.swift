import Glibc

/// A file that appears under its name only when it is whole; otherwise nothing is left of it.
final class NewFile {
  private let path: String
  private let temporary: String
  private let replaces: Bool
  private var descriptor: Int32
  private var isFinished = false

  /// - Throws: `CommandFailure` if the path is taken and must not be replaced, or cannot be written.
  init(_ path: String, replaces: Bool) throws {
    var status = stat()
    if unsafe stat(path, &status) == 0 {
      guard replaces else { throw NewFile.exists(path) }
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw CommandFailure("\(path) is there and is not a file; choose another name")
      }
    }
    self.path = path
    self.replaces = replaces
    temporary = "\(path).webmon-\(getpid())"
    descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw NewFile.failure("written", path) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if !isFinished { unsafe unlink(temporary) }
  }

  func write(_ bytes: [UInt8]) throws { try unsafe bytes.withUnsafeBytes { try unsafe write($0) } }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var offset = 0
    while offset < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...])
      let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw NewFile.failure("written", path)
      }
      offset += count
    }
  }

  /// Puts the file in its place.
  func finish() throws {
    // A full disk may show only here.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw NewFile.failure("written", path) }
    let isClosed = close(descriptor) == 0
    descriptor = -1
    guard isClosed else { throw NewFile.failure("written", path) }
    if replaces {
      guard unsafe rename(temporary, path) == 0 else {
        throw NewFile.failure("put in its place", path)
      }
    } else {
      // Unlike rename, link does not replace a file that somebody made meanwhile.
      guard unsafe link(temporary, path) == 0 else {
        throw errno == EEXIST ? NewFile.exists(path) : NewFile.failure("put in its place", path)
      }
      unsafe unlink(temporary)
    }
    isFinished = true
  }

  private static func exists(_ path: String) -> CommandFailure {
    CommandFailure("\(path) is there already; choose another name, or overwrite it with --force")
  }

  private static func failure(_ verb: String, _ path: String) -> CommandFailure {
    CommandFailure("\(path) could not be \(verb): \(unsafe String(cString: strerror(errno)))")
  }
}
