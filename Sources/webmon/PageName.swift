import ArrayShm
import Bridge
import Glibc

/// Which names a page of one's own may have.
enum PageName {
  /// What the server answers itself, whatever pages there are.
  private static let answered = ["api", "ws", "healthz", "metrics"]

  /// - Throws: `CommandFailure` that says what is allowed.
  static func check(_ name: String) throws {
    let rule =
      "a page's name has 1 to 120 letters, digits and . _ - and begins with a letter or digit"
    guard SegmentName.isValid(name), let first = name.unicodeScalars.first,
      first.properties.isAlphabetic || ("0"..."9").contains(first)
    else {
      throw CommandFailure("\(ElementValue.quoted(name)) cannot be a page's name; \(rule)")
    }
    let own = PageRoots.own().map { unsafe access("\($0)/\(name)", F_OK) == 0 } ?? false
    guard !own, !answered.contains(name) else {
      throw CommandFailure("/\(name) is webmon's own address; choose another name")
    }
  }
}
