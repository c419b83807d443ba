import Clibwebsockets
import Glibc

/// How many connections there are, and whether one more is taken: descriptors must be left for segments and files.
final class Admission {
  /// Connections at a time, of any kind.
  let most: Int

  private var connections: Set<Connection> = []

  /// - Parameter sessions: pages that should find room.
  init(sessions: Int) {
    var limit = rlimit()
    let files =
      unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
      ? Int(clamping: limit.rlim_cur) : 1024
    // A quarter stays for segments, pages' files and the rest.
    most = max(1, min(sessions + Limits.requestConnections, files / 4 * 3))
  }

  func enter(_ connection: Connection) { connections.insert(connection) }

  func leave(_ connection: Connection) { connections.remove(connection) }

  /// - Parameters:
  ///   - descriptor: of a connection that was just accepted. It is made non-blocking, which libwebsockets 4.1 forgets for Unix sockets.
  ///   - isPlain: it can be told the reason.
  func admit(_ descriptor: Int32, isPlain: Bool) -> Bool {
    guard fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0 else {
      return false
    }
    if connections.count < most { return true }
    if isPlain { refuse(descriptor) }
    return false
  }

  private func refuse(_ descriptor: Int32) {
    var response = HTTPResponse(
      error: 503, "too-many", "\(connections.count) connections are open, the most allowed")
    response.headers.append(("Retry-After", "10"))
    response.closes = true
    guard case .bytes(let body) = response.body else { return }
    let bytes = response.head() + body
    // What does not fit into an empty socket buffer is not worth waiting for.
    _ = unsafe bytes.withUnsafeBytes { bytes in
      unsafe send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }
  }
}
