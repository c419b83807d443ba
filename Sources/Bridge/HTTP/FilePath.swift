import Glibc

/// Where paths really lead.
package enum FilePath {
  /// Where a symbolic link leads; nil if it cannot be read.
  package static func linkTarget(_ path: String) -> String? {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, filled in
      let count = unsafe buffer.withMemoryRebound(to: CChar.self) { target in
        guard let base = target.baseAddress else { return -1 }
        return unsafe readlink(path, base, target.count)
      }
      filled = max(0, count)
    }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  /// The path from the root on; nil for an empty one, or if this process is nowhere.
  package static func absolute(_ path: String) -> String? {
    if path.hasPrefix("/") { return path }
    guard !path.isEmpty, let folder = real(".") else { return nil }
    return folder == "/" ? "/\(path)" : "\(folder)/\(path)"
  }

  /// The path without symbolic links and dots; nil if there is nothing at it.
  package static func real(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
