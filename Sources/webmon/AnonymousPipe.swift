import Glibc

/// A pipe whose ends no other child inherits.
struct AnonymousPipe {
  let readEnd: Int32
  let writeEnd: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else {
      throw CommandFailure("no pipe could be made: \(unsafe String(cString: strerror(errno)))")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  func closeReadEnd() { close(readEnd) }
  func closeWriteEnd() { close(writeEnd) }

  /// Everything until all write ends are closed.
  func readToEnd() -> [UInt8] {
    var all: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe read(readEnd, buffer.baseAddress, buffer.count)
      }
      if count > 0 {
        all += bytes[..<count]
      } else if count == 0 || errno != EINTR {
        return all
      }
    }
  }
}
