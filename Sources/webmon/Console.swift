import Glibc

/// Standard output and standard error, unbuffered: whoever reads a line through a pipe waits for it.
enum Console {
  static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

  /// One line on standard error, with the program's name.
  static func complain(_ message: String) { write("webmon: \(message)\n", to: STDERR_FILENO) }

  /// Text on standard error as it is, without an end of line.
  static func mutter(_ text: String) { write(text, to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes[written...].withUnsafeBytes { rest in
        unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if count >= 0 {
        written += count
      } else if errno != EINTR {
        // There is nobody left to tell.
        return
      }
    }
  }
}
