import Glibc

/// Why an address could not be listened on. libwebsockets does not say, so it is tried once more by hand.
enum ListenFailure {
  static func explain(host: String, port: Int) -> String {
    let address = "\(host.contains(":") ? "[\(host)]" : host):\(port)"
    switch attempt(host: host, port: port) {
    case EADDRINUSE:
      return
        "port \(port) is in use: another program, perhaps another webmon, listens on \(address). "
        + "Stop it, or choose another port with --port (0 picks a free one)"
    case EACCES, EPERM:
      return "port \(port) may not be listened on: ports below 1024 need privileges. "
        + "Choose another with --port (0 picks a free one)"
    case EADDRNOTAVAIL:
      return "--host \(host) is not an address of this machine; 127.0.0.1 is the usual one"
    case EMFILE, ENFILE:
      return "out of file descriptors: close programs, or raise the limit with ulimit -n"
    case 0: return "\(address) could not be listened on just now; try again"
    case let number:
      return "\(address) could not be listened on: \(unsafe String(cString: strerror(number)))"
    }
  }

  /// The error number of a bind to this address, 0 if it succeeds.
  private static func attempt(host: String, port: Int) -> Int32 {
    var hints = unsafe addrinfo()
    unsafe hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, "\(port)", &hints, &found) == 0, let info = unsafe found else {
      return EADDRNOTAVAIL
    }
    defer { unsafe freeaddrinfo(found) }
    let descriptor = unsafe socket(
      info.pointee.ai_family, info.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    var yes: Int32 = 1
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    let result = unsafe bind(descriptor, info.pointee.ai_addr, info.pointee.ai_addrlen)
    return result == 0 ? 0 : errno
  }
}
