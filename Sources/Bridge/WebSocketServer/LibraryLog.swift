import Clibwebsockets
import Logging
import Synchronization

/// Brings what libwebsockets logs into the server's log. Its log is one for the whole process.
enum LibraryLog {
  private static let logger = Mutex<Logger?>(nil)

  static func goes(to logger: Logger) {
    self.logger.withLock { $0 = logger }
    unsafe lws_set_log_level(Int32(LLL_ERR | LLL_WARN | LLL_NOTICE), emitLibraryLog)
  }

  static func write(level: Int32, _ text: String) {
    let line = text.trimmingSuffix(while: \.isWhitespace)
    // Its warnings are about what clients do; its errors are about its own set-up, which is reported as our own error too.
    let severity: Logger.Level = level & Int32(LLL_ERR) != 0 ? .info : .debug
    logger.withLock { $0 }?.log(level: severity, "libwebsockets: \(line)")
  }
}

private func emitLibraryLog(_ level: Int32, _ line: UnsafePointer<CChar>?) {
  guard let line = unsafe line else { return }
  LibraryLog.write(level: level, unsafe String(cString: line))
}

extension String {
  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
    var end = endIndex
    while end > startIndex, predicate(self[index(before: end)]) { end = index(before: end) }
    return self[..<end]
  }
}
