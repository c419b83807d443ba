import Bridge
import Glibc

/// Where a browser finds a server.
struct ServerAddress {
  private let options: ServerOptions

  init(_ options: ServerOptions) { self.options = options }

  /// The address to open, with the token if one is needed.
  func url(port: Int) -> String {
    if let socket { return "unix:\(socket)" }
    let scheme = options.tls == nil ? "http" : "https"
    return "\(scheme)://\(name):\(port)/\(query)"
  }

  /// What somebody who starts a server like this should know; nil if nothing.
  var advice: String? {
    if let socket {
      return "to see it, forward the socket:  ssh -L 5000:\(socket) THIS-MACHINE  and open "
        + "\(options.tls == nil ? "http" : "https")://localhost:5000/\(query)"
    }
    if options.token != nil, options.tls == nil, !HostRules.isLoopback(options.host) {
      return
        "the connections are not encrypted: who is on the way can read the token and all that is "
        + "shown. Add --tls-cert and --tls-key, or stay on 127.0.0.1 and use ssh -L"
    }
    return nil
  }

  private var socket: String? { options.socket.map { FilePath.absolute($0) ?? $0 } }

  private var query: String { options.token.map { "?token=\($0.text)" } ?? "" }

  private var name: String {
    let isEverywhere = ["0.0.0.0", "::"].contains(options.host)
    let name =
      isEverywhere
      ? options.allowedHosts.first ?? NetworkInterfaces.address ?? MachineName.own ?? "localhost"
      : options.host
    return name.contains(":") ? "[\(name)]" : name
  }
}
