import ArrayShm
import Logging

/// What a server is started with.
public struct ServerOptions: Sendable {
  /// The address to listen on: one of this machine's own.
  public var host: String
  /// 0 picks a free one.
  public var port: Int
  public var directory: SegmentDirectory
  /// Folders with pages; what an earlier one has hides the same name in a later one.
  public var pages: [String]
  public var logger: Logger

  public init(
    host: String = "127.0.0.1", port: Int = 5000, directory: SegmentDirectory, pages: [String] = [],
    logger: Logger
  ) {
    self.host = host
    self.port = port
    self.directory = directory
    self.pages = pages
    self.logger = logger
  }
}
