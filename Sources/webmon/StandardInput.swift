import Bridge
import Glibc

/// Standard input as a sign that the parent is alive.
enum StandardInput {
  /// Returns when something was written to it; false if it was closed instead.
  static func waitForWord() -> Bool {
    var byte: UInt8 = 0
    while true {
      let count = unsafe read(STDIN_FILENO, &byte, 1)
      if count >= 0 || errno != EINTR { return count == 1 }
    }
  }

  /// Calls `body` when the other end is closed: by its owner, or because that was killed.
  static func whenClosed(_ body: @escaping @Sendable () -> Void) {
    NamedThread.start("webmon-stdin") {
      var bytes = [UInt8](repeating: 0, count: 256)
      while true {
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
          unsafe read(STDIN_FILENO, buffer.baseAddress, buffer.count)
        }
        if count > 0 || (count < 0 && errno == EINTR) { continue }
        body()
        return
      }
    }
  }
}
