import Clibwebsockets
import Glibc

/// What libwebsockets is given by address and must outlive it: protocols, strings, the policy of no pings.
@safe
final class ContextResources {
  let protocols: UnsafeMutablePointer<lws_protocols>
  let retry: UnsafeMutablePointer<lws_retry_bo_t>
  /// Of the answers that libwebsockets gives by itself: to what is no HTTP, and to unknown upgrades.
  let headers: UnsafeMutablePointer<lws_protocol_vhost_options>
  private static let headerCount = HTTPResponse.always.count
  private var strings: [UnsafeMutablePointer<CChar>]

  static let httpProtocol = "http"
  /// Indexes into `protocols`: the first is HTTP, as libwebsockets wants it.
  private static let count = 3

  init() {
    unsafe strings = []
    unsafe protocols = .allocate(capacity: Self.count)
    unsafe protocols.initialize(repeating: lws_protocols(), count: Self.count)  // the last one ends the list
    // All zero: no validity pings. They would be sent in the middle of a fragment.
    unsafe retry = .allocate(capacity: 1)
    unsafe retry.initialize(to: lws_retry_bo_t())
    unsafe headers = .allocate(capacity: Self.headerCount)
    unsafe headers.initialize(repeating: lws_protocol_vhost_options(), count: Self.headerCount)

    let names = [Self.httpProtocol, ServerMessage.Hello.protocolName]
    for (index, name) in names.enumerated() {
      unsafe protocols[index].name = UnsafePointer(string(name))
      unsafe protocols[index].callback = serverCallback
      unsafe protocols[index].rx_buffer_size = 16 * 1024
      // What one lws_write may hand to the kernel at once: all of a control message, or of an HTTP chunk.
      unsafe protocols[index].tx_packet_size = 1024 * 1024
    }
    for (index, header) in HTTPResponse.always.enumerated() {
      unsafe headers[index].name = UnsafePointer(string(header.name.lowercased() + ":"))
      unsafe headers[index].value = UnsafePointer(string(header.value))
      if index > 0 { unsafe headers[index - 1].next = UnsafePointer(headers + index) }
    }
  }

  deinit {
    while let string = unsafe strings.popLast() { unsafe free(string) }
    unsafe protocols.deallocate()
    unsafe retry.deallocate()
    unsafe headers.deallocate()
  }

  func string(_ text: String) -> UnsafeMutablePointer<CChar> {
    guard let copy = unsafe strdup(text) else { fatalError("out of memory for \(text)") }
    unsafe strings.append(copy)
    return unsafe copy
  }
}
