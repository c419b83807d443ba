import Glibc

/// What a failed system call left behind.
struct Errno: Error, Hashable, Sendable {
  let rawValue: Int32
  let call: String

  /// The text of `strerror`, which glibc keeps for each thread.
  var text: String { unsafe String(cString: strerror(rawValue)) }
}

extension SegmentError {
  /// An error of the operating system, met while `doing` something to `path`; `hint` says what
  /// would be right.
  init(_ errno: Errno, _ doing: String, hint: String? = nil) {
    let code: Code
    var advice = hint
    switch errno.rawValue {
    case ENOENT, ENOTDIR:
      code = .notFound
    case ENOSPC, EDQUOT:
      code = .noSpace
      advice = advice ?? "remove leftovers (webmon gc), or use a directory with more room"
    case EACCES, EPERM, EROFS:
      code = .permission
    case EMFILE, ENFILE:
      code = .tooManyFiles
      advice = advice ?? "close streams that are not used, or raise the limit (ulimit -n)"
    default:
      code = .system
    }
    let tail = advice.map { "; \($0)" } ?? ""
    self.init(code, "\(doing): \(errno.text) (\(errno.call))\(tail)")
  }
}
