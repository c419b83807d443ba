import ArrayShm
import Glibc
import Logging

/// The server: pages and downloads over HTTP, streams over WebSockets.
///
/// `run` is the server's thread; `stop` may be called from any other.
public final class WebSocketServer: Sendable {
  private let options: ServerOptions
  private let mailbox = ServerMailbox()

  public init(_ options: ServerOptions) { self.options = options }

  /// Serves until `stop` is called.
  ///
  /// - Parameter whenReady: called once with the port, when connections are accepted.
  /// - Throws: `ServerError` if it cannot listen, or the segment directory cannot be used.
  public func run(whenReady: (Int) -> Void) throws(ServerError) {
    try checkToken()
    do throws(SegmentError) {
      try options.directory.create()
    } catch {
      throw ServerError(error.message)
    }
    raiseFileLimit()

    let service = try Service(options, mailbox: mailbox)
    let watcher = DirectoryThread(directory: options.directory, logger: options.logger) {
      [mailbox] event in mailbox.post { $0.events.append(event) }
    }
    watcher.start()
    defer { watcher.stop() }
    whenReady(service.port)
    service.run()
  }

  /// Ends the server cleanly: pages are told, leases are dropped, `run` returns.
  ///
  /// What is on its way has some seconds to arrive; called again, none.
  public func stop() { mailbox.post { $0.stops += 1 } }

  /// Whoever can reach the server from elsewhere has to know something.
  private func checkToken() throws(ServerError) {
    if options.token != nil { return }
    let isLocal = options.socket != nil || HostRules.isLoopback(options.host)
    if isLocal, options.allowedHosts.isEmpty { return }
    let what =
      isLocal
      ? "--allow-host \(options.allowedHosts[0]) lets others in"
      : "--host \(options.host) is not an address of this machine itself (127.0.0.1, localhost, ::1)"
    let again =
      isLocal ? "--allow-host \(options.allowedHosts[0])" : "--host \(options.host)"
    // Nobody knows yet which free one it would be.
    let port = options.port == 0 ? 5000 : options.port
    throw ServerError(
      "\(what), and that needs a token. Run:  webmon serve \(again) --port \(options.port) --token new  "
        + "Or stay on 127.0.0.1 and forward the port:  "
        + "ssh -L \(port):127.0.0.1:\(port) THIS-MACHINE")
  }

  /// Every segment and every page needs descriptors, and the usual soft limit of 1024 is soon used up.
  private func raiseFileLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
      limit.rlim_cur < limit.rlim_max
    else { return }
    limit.rlim_cur = min(limit.rlim_max, 65536)
    // Without it there is just room for fewer.
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
