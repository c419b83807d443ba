import Logging

/// The log of the server, on standard error.
enum ServerLog {
  static func make(isVerbose: Bool) -> Logger {
    LoggingSystem.bootstrap { label in StreamLogHandler.standardError(label: label) }
    var logger = Logger(label: "webmon")
    logger.logLevel = isVerbose ? .debug : .notice
    return logger
  }
}
