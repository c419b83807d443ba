import Glibc

/// How many files, and sockets among them, a process may have open.
enum OpenFiles {
  /// Raises the bound as far as this user may; the processes that are started then inherit it.
  /// - Returns: what it is now.
  static func raise() -> Int {
    var limit = rlimit()
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard unsafe getrlimit(kind, &limit) == 0 else { return 1024 }
    if limit.rlim_cur < limit.rlim_max {
      var more = limit
      more.rlim_cur = min(limit.rlim_max, 65536)
      if unsafe setrlimit(kind, &more) == 0 { limit = more }
    }
    return Int(clamping: limit.rlim_cur)
  }
}
