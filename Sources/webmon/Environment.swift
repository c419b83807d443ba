import Glibc

/// The environment of the process.
enum Environment {
  /// nil if the variable is not set, or empty.
  static func value(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
  }
}
