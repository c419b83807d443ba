import Glibc

/// Small text files in which the kernel and the system tell about themselves.
enum KernelFile {
  /// nil if it cannot be read.
  static func text(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var all: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 16384)
    while true {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe read(descriptor, buffer.baseAddress, buffer.count)
      }
      if count <= 0 { return String(decoding: all, as: UTF8.self) }
      all += bytes[..<count]
    }
  }

  /// What follows a key, without the blanks around it: of its first line.
  static func value(_ path: String, _ key: String, separator: Character = ":") -> String? {
    guard let text = text(path) else { return nil }
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: separator, maxSplits: 1)
      guard parts.count == 2, parts[0].filter({ $0 != "\t" }).trimmed == key else { continue }
      return parts[1].filter { $0 != "\t" }.trimmed
    }
    return nil
  }
}

extension String {
  /// Without blanks at both ends.
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
