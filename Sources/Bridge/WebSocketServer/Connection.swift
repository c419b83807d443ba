import Clibwebsockets
import Glibc

/// One connection of libwebsockets (`struct lws *`), with the calls on it that the server makes.
///
/// Valid from the first callback that names it to `LWS_CALLBACK_WSI_DESTROY`; to be used on the service thread alone.
@safe
struct Connection {
  private let wsi: OpaquePointer

  init(_ wsi: OpaquePointer) { unsafe self.wsi = unsafe wsi }

  // MARK: Of any kind

  var socket: Int32 { unsafe lws_get_socket_fd(wsi) }

  /// libwebsockets has bytes of its own or of an `lws_write` that the socket did not take yet.
  var hasUnsent: Bool { unsafe lws_partial_buffered(wsi) != 0 }

  func askForWritable() { unsafe _ = lws_callback_on_writable(wsi) }

  /// The connection is dropped after so many seconds; 0 ends the limit.
  func limit(_ reason: pending_timeout, seconds: Int) {
    unsafe lws_set_timeout(wsi, reason, Int32(seconds))
  }

  /// Calls `LWS_CALLBACK_TIMER` once, after so many microseconds.
  func setTimer(microseconds: Int64) { unsafe lws_set_timer_usecs(wsi, microseconds) }

  /// What is sent is encrypted: nothing may go past libwebsockets.
  var isSecure: Bool { unsafe lws_is_ssl(wsi) != 0 }

  /// Who is at the other end.
  var peer: PeerAddress {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return unsafe withUnsafeMutableBytes(of: &address) { bytes in
      guard let base = bytes.baseAddress,
        unsafe getpeername(socket, base.assumingMemoryBound(to: sockaddr.self), &length) == 0
      else { return .local }
      // Where the address lies in sockaddr_in and sockaddr_in6.
      switch unsafe Int32(base.load(as: sockaddr.self).sa_family) {
      case AF_INET: return unsafe PeerAddress(ipv4: Array(bytes[4..<8]))
      case AF_INET6: return unsafe PeerAddress(ipv6: Array(bytes[8..<24]))
      default: return .local
      }
    }
  }

  /// Bytes came in that were not read: a PING, a CLOSE, a credit, the end.
  var hasInput: Bool {
    var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&descriptor, 1, 0) > 0
  }

  /// Sends through libwebsockets, which keeps what the socket does not take.
  ///
  /// - Parameter start: with `webmon_lws_pre` bytes of room before it, which are overwritten.
  /// - Returns: false if the connection is gone.
  func write(_ start: UnsafeMutablePointer<UInt8>?, count: Int, as kind: lws_write_protocol) -> Bool
  {
    unsafe lws_write(wsi, start, count, kind) >= Int32(clamping: count)
  }

  /// Hands bytes straight to the kernel, past libwebsockets.
  ///
  /// - Returns: how many it took, or -1 with `errno`.
  func send(_ parts: [UnsafeRawBufferPointer]) -> Int {
    unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: parts.count) { vector in
      var used = 0
      for index in unsafe parts.indices {
        let part = unsafe parts[index]
        if part.count == 0 { continue }
        // sendmsg only reads; the struct has no way to say so.
        unsafe vector[used] = iovec(
          iov_base: UnsafeMutableRawPointer(mutating: part.baseAddress), iov_len: part.count)
        used += 1
      }
      var message = unsafe msghdr()
      unsafe message.msg_iov = vector.baseAddress
      unsafe message.msg_iovlen = used
      return unsafe sendmsg(socket, &message, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }
  }

  /// The kernel's estimate of how fast the peer's end is reached, in bytes a second; nil if it has none (or this is no TCP).
  var deliveryRate: UInt64? {
    // `tcpi_delivery_rate` of Linux's tcp_info, which glibc's declaration is too old for.
    let offset = 160
    var info = [UInt8](repeating: 0, count: 256)
    var length = socklen_t(info.count)
    guard unsafe getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &info, &length) == 0,
      Int(length) >= offset + 8
    else { return nil }
    let rate = (0..<8).reduce(0 as UInt64) { $0 | UInt64(info[offset + $1]) << (8 * UInt64($1)) }
    return rate > 0 ? rate : nil
  }

  // MARK: HTTP

  /// Lets go of the request's headers, which an answer without an end has no use for.
  func dropHeaders() { unsafe _ = lws_http_headers_detach(wsi) }

  /// The answer is out: the connection waits for the next request (true), or has to end.
  func completeTransaction() -> Bool { unsafe lws_http_transaction_completed(wsi) == 0 }

  /// Method (an index of libwebsockets) and decoded path of the request.
  var methodAndPath: (method: Int32, path: [UInt8])? {
    var start: UnsafeMutablePointer<CChar>?
    var length: Int32 = 0
    let method = unsafe lws_http_get_uri_and_method(wsi, &start, &length)
    guard method >= 0, length >= 0, let start = unsafe start else { return nil }
    return unsafe (method, Array(UnsafeRawBufferPointer(start: start, count: Int(length))))
  }

  /// Bytes of a header with all its repetitions; 0 if it is not there.
  func headerLength(_ token: lws_token_indexes) -> Int {
    unsafe Int(lws_hdr_total_length(wsi, token))
  }

  func header(_ token: lws_token_indexes) -> [UInt8] {
    let room = headerLength(token) + 1
    let characters = unsafe [CChar](unsafeUninitializedCapacity: room) { buffer, count in
      count = unsafe Int(max(0, lws_hdr_copy(wsi, buffer.baseAddress, Int32(room), token)))
    }
    return characters.map { UInt8(bitPattern: $0) }
  }

  /// The parts of a header: its repetitions, or what stands between the ampersands of a query.
  func headerParts(_ token: lws_token_indexes) -> [[UInt8]] {
    let room = headerLength(token) + 1
    var parts: [[UInt8]] = []
    while parts.count < 64 {
      var isThere = true
      let characters = unsafe [CChar](unsafeUninitializedCapacity: room) { buffer, count in
        let length = unsafe lws_hdr_copy_fragment(
          wsi, buffer.baseAddress, Int32(room), token, Int32(parts.count))
        isThere = length >= 0
        count = Int(max(0, length))
      }
      guard isThere else { break }
      parts.append(characters.map { UInt8(bitPattern: $0) })
    }
    return parts
  }

  // MARK: WebSocket

  /// Whether bytes of the peer are read. libwebsockets answers what it reads at once.
  func receives(_ isOn: Bool) { unsafe _ = lws_rx_flow_control(wsi, isOn ? 1 : 0) }

  /// A close was sent, or is about to be, by the server or by libwebsockets itself.
  var hasCloseReason: Bool { unsafe lws_get_close_length(wsi) > 0 }

  /// What the close says that follows when the callback returns -1.
  func setCloseReason(_ code: UInt16, _ reason: String) {
    var text = Array(reason.utf8.prefix(120))
    unsafe text.withUnsafeMutableBufferPointer { buffer in
      unsafe lws_close_reason(
        wsi, lws_close_status(UInt32(code)), buffer.baseAddress, buffer.count)
    }
  }

  var isFirstFragment: Bool { unsafe lws_is_first_fragment(wsi) != 0 }
  var isBinary: Bool { unsafe lws_frame_is_binary(wsi) != 0 }
  /// The message that is being received ends with these bytes.
  var isEndOfMessage: Bool {
    unsafe lws_is_final_fragment(wsi) != 0 && lws_remaining_packet_payload(wsi) == 0
  }
}

extension Connection: Hashable {
  static func == (a: Connection, b: Connection) -> Bool { unsafe a.wsi == b.wsi }
  func hash(into hasher: inout Hasher) { unsafe hasher.combine(UInt(bitPattern: wsi)) }
}
