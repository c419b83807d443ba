import Glibc

/// Owns one file descriptor, and with it the locks taken through it: closing it drops them.
final class Descriptor: Sendable {
  let number: Int32
  let path: String
  private let epoch: UInt64

  /// Never follows a link, and never waits: a FIFO under a segment's name must not stop anybody.
  convenience init(opening path: String, _ flags: Int32) throws(Errno) {
    try self.init(path: path) { () throws(Errno) in
      try SystemCalls.open(path, flags | O_NOFOLLOW | O_NONBLOCK)
    }
  }

  /// - Parameter open: makes the descriptor.
  init(path: String, open: () throws(Errno) -> Int32) throws(Errno) {
    self.path = path
    (number, epoch) = try ForkGuard.withoutFork { () throws(Errno) in
      let number = try open()
      ForkGuard.register(number)
      return (number, ForkGuard.epoch)
    }
  }

  /// False in a child process: its copy was closed, and the number may belong to another file by
  /// now.
  var isOurs: Bool { epoch == ForkGuard.epoch }

  deinit {
    guard isOurs else { return }
    ForkGuard.withoutFork {
      ForkGuard.forget(number)
      SystemCalls.close(number)
    }
  }
}
