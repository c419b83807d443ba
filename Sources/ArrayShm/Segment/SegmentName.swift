/// The rule for names of segments: 1 to 120 of A-Z a-z 0-9 . _ -, not starting with a dot.
package enum SegmentName {
  static let suffix = ".npy"
  /// Names that begin so are webmon's own (`docs/commands.md`): no lists of streams show them.
  package static let reservedPrefix = "webmon."

  static func check(_ name: String) throws(SegmentError) {
    let bytes = name.utf8
    guard (1...120).contains(bytes.count) else {
      throw SegmentError(
        .invalid,
        "segment name \(quoted(name)): has \(bytes.count) characters; 1 to 120 are allowed")
    }
    if let bad = name.unicodeScalars.first(where: { !isAllowed($0) }) {
      throw SegmentError(
        .invalid,
        "segment name \(quoted(name)): contains \(quoted(String(bad))); allowed are A-Z a-z 0-9 . _ -"
      )
    }
    if bytes.first == UInt8(ascii: ".") {
      throw SegmentError(.invalid, "segment name \(quoted(name)): must not start with a dot")
    }
  }

  package static func isValid(_ name: String) -> Bool { (try? check(name)) != nil }

  package static func isReserved(_ name: String) -> Bool { name.hasPrefix(reservedPrefix) }

  /// The segment's name that a file name stands for, if it does.
  static func from(fileName: String) -> String? {
    guard fileName.hasSuffix(suffix) else { return nil }
    let name = String(fileName.dropLast(suffix.count))
    return isValid(name) ? name : nil
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "A"..."Z", "a"..."z", "0"..."9", ".", "_", "-": true
    default: false
    }
  }

  /// At most 60 characters of somebody's text, with what is not printable escaped, for a message.
  private static func quoted(_ text: String) -> String {
    let shown = text.unicodeScalars.prefix(60).map { $0.escaped(asASCII: true) }.joined()
    return "\"\(shown)\(text.unicodeScalars.count > 60 ? "..." : "")\""
  }
}
