import ArrayShm
import Logging

/// What a server is started with.
public struct ServerOptions: Sendable {
  /// The address to listen on: one of this machine's own.
  public var host: String
  /// Other names that it is reached by.
  public var allowedHosts: [String]
  /// 0 picks a free one.
  public var port: Int
  /// The path of a Unix socket, to listen on instead of host and port.
  public var socket: String?
  /// Needed for any address but this machine's own.
  public var token: AccessToken?
  /// Encrypts the connections.
  public var tls: TLSFiles?
  /// Pages that may be connected at a time.
  public var maxClients: Int
  /// HTTP requests a second from one address in the long run.
  public var maxRequests: Int
  /// Pages may look, and do nothing: no commands, no removing.
  public var isReadOnly: Bool
  public var directory: SegmentDirectory
  /// Folders with pages; what an earlier one has hides the same name in a later one.
  public var pages: [String]
  /// Whose pages may show this server's in a frame.
  public var embedders: EmbedOrigins
  public var logger: Logger

  public init(
    host: String = "127.0.0.1", allowedHosts: [String] = [], port: Int = 5000,
    socket: String? = nil, token: AccessToken? = nil, tls: TLSFiles? = nil,
    maxClients: Int = Limits.sessions, maxRequests: Int = Limits.requestsPerSecond,
    isReadOnly: Bool = false, directory: SegmentDirectory, pages: [String] = [],
    embedders: EmbedOrigins = .none, logger: Logger
  ) {
    self.host = host
    self.allowedHosts = allowedHosts
    self.port = port
    self.socket = socket
    self.token = token
    self.tls = tls
    self.maxClients = maxClients
    self.maxRequests = maxRequests
    self.isReadOnly = isReadOnly
    self.directory = directory
    self.pages = pages
    self.embedders = embedders
    self.logger = logger
  }

  /// Where a server with these options is to be found, without its token.
  func address(port: Int) -> String {
    if let socket { return "unix:\(FilePath.absolute(socket) ?? socket)" }
    let name = host.contains(":") ? "[\(host)]" : host
    return "\(tls == nil ? "http" : "https")://\(name):\(port)/"
  }
}
