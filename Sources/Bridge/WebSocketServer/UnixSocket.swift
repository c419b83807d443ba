import Glibc

/// The file of a Unix socket that the server listens on: for this user alone, and gone when the server is.
struct UnixSocket {
  /// Absolute. libwebsockets takes one that begins with @ for something else, and removes whatever lies there before.
  let path: String

  /// Makes sure that there is nothing at the path, or the socket of a server that is gone.
  ///
  /// - Throws: `ServerError` if the path cannot be listened on, and why.
  init(_ text: String) throws(ServerError) {
    guard let path = FilePath.absolute(text) else {
      throw ServerError("--socket needs the path of a file")
    }
    self.path = path
    let room = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
    guard path.utf8.count <= room else {
      throw ServerError(
        "--socket \(path) has \(path.utf8.count) bytes; the path of a socket has \(room) at most")
    }
    try checkFolder()
    try checkPlace()
  }

  private func checkFolder() throws(ServerError) {
    let end = path.lastIndex(of: "/") ?? path.startIndex
    let folder = end == path.startIndex ? "/" : String(path[..<end])
    var status = stat()
    guard unsafe stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw ServerError("--socket \(path): there is no folder \(folder)")
    }
    // Who may rename files there could put a socket of his own in the place of ours.
    let othersMayWrite = status.st_mode & (S_IWGRP | S_IWOTH) != 0
    guard !othersMayWrite || status.st_mode & S_ISVTX != 0 else {
      throw ServerError(
        "--socket \(path): others may write into \(folder); choose a folder of your own, like $XDG_RUNTIME_DIR"
      )
    }
  }

  private func checkPlace() throws(ServerError) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw ServerError("--socket \(path): \(unsafe String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw ServerError("--socket \(path): there is a file already, and it is no socket")
    }
    switch knock() {
    case ECONNREFUSED: return
    case 0, EAGAIN:
      throw ServerError(
        "--socket \(path) is in use: another program, perhaps another webmon, listens there. "
          + "Stop it, or choose another path")
    case let number:
      throw ServerError(
        "--socket \(path): there is a socket already: \(unsafe String(cString: strerror(number)))")
    }
  }

  /// The error number of a connection to it, 0 if somebody answers.
  private func knock() -> Int32 {
    let descriptor = socket(
      AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
      unsafe target.copyBytes(from: path.utf8)
    }
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe connect(
        descriptor, UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self),
        socklen_t(MemoryLayout<sockaddr_un>.size))
    }
    return result == 0 ? 0 : errno
  }
}
