import Clibwebsockets
import Glibc

/// Makes the libwebsockets context that listens where the options say.
struct Listener {
  let options: ServerOptions
  let resources: ContextResources
  /// Connections that it holds at a time.
  let connections: Int

  /// - Parameter user: what callbacks find as the context's user.
  /// - Returns: the context, and the port that it listens on (0 on a Unix socket).
  func open(user: UnsafeMutableRawPointer) throws(ServerError) -> (OpaquePointer, port: Int) {
    if let path = options.socket {
      let socket = try UnixSocket(path)
      // The file is this user's alone from its beginning.
      let before = umask(0o177)
      defer { umask(before) }
      return unsafe try open(at: socket.path, port: 0, user)
    }
    // libwebsockets wants a name or a number of an interface.
    let host = options.host.lowercased() == "localhost" ? "127.0.0.1" : options.host
    return unsafe try open(at: host, port: options.port, user)
  }

  private func open(
    at place: String, port: Int, _ user: UnsafeMutableRawPointer
  ) throws(ServerError) -> (OpaquePointer, port: Int) {
    var info = unsafe lws_context_creation_info()
    unsafe info.port = Int32(port)
    unsafe info.iface = unsafe UnsafePointer(resources.string(place))
    unsafe info.protocols = unsafe UnsafePointer(resources.protocols)
    unsafe info.headers = unsafe UnsafePointer(resources.headers)
    // No permessage-deflate: compressing raw pixels costs ten times what it saves.
    unsafe info.extensions = nil
    unsafe info.retry_and_idle_policy = unsafe UnsafePointer(resources.retry)
    unsafe info.options = webmon_lws_server_options
    // Stay who we are. Anything but 0 would also open a Unix socket to the group.
    unsafe info.gid = 0
    unsafe info.uid = 0
    unsafe info.user = unsafe user
    // Browsers send the cookies of every server on localhost to every other one.
    unsafe info.max_http_header_data = 16 * 1024
    // Taken as it is needed; a client that is slow with its headers has one until its time is up.
    unsafe info.max_http_header_pool = UInt16(clamping: connections)
    unsafe info.timeout_secs = UInt32(Limits.headerSeconds)
    unsafe info.keepalive_timeout = 15
    if options.socket != nil {
      unsafe info.options |= webmon_lws_unix_socket
    } else {
      if !place.contains(":") { unsafe info.options |= webmon_lws_no_ipv6 }
      // A machine that went to sleep or off the network is noticed within a minute.
      unsafe info.ka_time = 30
      unsafe info.ka_probes = 3
      unsafe info.ka_interval = 10
    }
    if let tls = options.tls {
      try tls.check()
      unsafe info.options |= webmon_lws_tls
      unsafe info.ssl_cert_filepath = unsafe UnsafePointer(resources.string(tls.certificate))
      unsafe info.ssl_private_key_filepath = unsafe UnsafePointer(resources.string(tls.key))
      unsafe info.ssl_options_set = webmon_tls_refused
      unsafe info.alpn = unsafe UnsafePointer(resources.string("http/1.1"))
    }

    guard let context = unsafe lws_create_context(&info) else { throw failure(place, port) }
    guard let vhost = unsafe lws_get_vhost_by_name(context, "default") else {
      unsafe lws_context_destroy(context)
      throw failure(place, port)
    }
    return unsafe (context, options.socket == nil ? Int(lws_get_vhost_listen_port(vhost)) : 0)
  }

  private func failure(_ place: String, _ port: Int) -> ServerError {
    if options.socket != nil {
      return ServerError("--socket \(place) could not be listened on; may files be made there?")
    }
    return ServerError(ListenFailure.explain(host: place, port: port))
  }
}
