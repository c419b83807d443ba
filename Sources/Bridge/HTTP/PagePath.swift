/// A path below a root of pages, checked: it cannot lead out of the root by its own text.
package struct PagePath: Sendable, Equatable {
  /// Its components, joined with slashes; empty for the root.
  package let text: String
  /// It ended in a slash: a folder is meant.
  package let isFolder: Bool

  /// - Parameter path: percent-decoded, beginning with a slash.
  /// - Returns: nil for a path with `.` or `..`, hidden names, empty components, control characters, backslashes, or that is not UTF-8.
  package init?(_ path: [UInt8]) {
    guard path.first == UInt8(ascii: "/"), path.count <= 1024,
      let text = String(validating: path.dropFirst(), as: UTF8.self)
    else { return nil }
    guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "\\") })
    else { return nil }
    isFolder = text.isEmpty || text.utf8.last == UInt8(ascii: "/")
    var components = text.split(separator: "/", omittingEmptySubsequences: false)
    if isFolder { components.removeLast() }
    guard components.allSatisfy({ !$0.isEmpty && !$0.utf8.starts(with: ".".utf8) }) else {
      return nil
    }
    self.text = components.joined(separator: "/")
  }
}
