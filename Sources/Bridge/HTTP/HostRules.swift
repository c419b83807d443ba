/// Which Host and Origin headers are this server's.
///
/// A page of another site may make a browser talk to this server, under a name that it points here or from its own origin. Neither
/// passes: the Host must be a name of this machine itself, and an Origin must be the very authority that the Host names.
package struct HostRules: Sendable {
  private let names: Set<String>

  /// - Parameter boundAddress: the address that the server listens on.
  package init(boundAddress: String) {
    let address = boundAddress.lowercased()
    names = [
      "localhost", "127.0.0.1", "[::1]", address.contains(":") ? "[\(address)]" : address,
    ]
  }

  /// Why the Host header is refused, or nil.
  package func refusal(host: String?) -> String? {
    guard let host else { return "the Host header is missing; \(expected) is needed" }
    guard let name = Self.name(of: host), names.contains(name) else {
      return "the Host header is \(shown(host)); \(expected) is needed"
    }
    return nil
  }

  /// Why the Origin header is refused, or nil. A request without one is no page's.
  package func refusal(origin: String?, host: String?) -> String? {
    guard let origin else { return nil }
    let prefix = "http://"
    guard origin.lowercased().hasPrefix(prefix), let host,
      origin.dropFirst(prefix.count).lowercased() == host.lowercased()
    else {
      return "the Origin header is \(shown(origin)); only this server's own pages may do that, "
        + "and theirs is http://\(host.map(shown) ?? "its host")"
    }
    return nil
  }

  package static func isLoopback(_ address: String) -> Bool {
    let address = address.lowercased()
    if address == "localhost" || address == "::1" { return true }
    let parts = address.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { part in
        !part.isEmpty && part.allSatisfy { $0.isASCII && $0.isNumber } && UInt8(part) != nil
      }
  }

  private var expected: String { "one of \(names.sorted().joined(separator: ", ")) with any port" }

  /// Headers are other people's text: short, and printable only.
  private func shown(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(100).map { scalar in
          (0x20..<0x7f).contains(scalar.value) ? scalar : "?"
        }))
  }

  /// The name in `name`, `name:port` or `[v6]:port`, in lower case; nil if it is none of these.
  private static func name(of host: String) -> String? {
    let host = host.lowercased()
    let end: String.Index
    if host.hasPrefix("[") {
      guard let bracket = host.firstIndex(of: "]") else { return nil }
      end = host.index(after: bracket)
    } else {
      end = host.firstIndex(of: ":") ?? host.endIndex
    }
    let rest = host[end...]
    if !rest.isEmpty {
      let port = rest.dropFirst()
      guard rest.first == ":", (1...5).contains(port.utf8.count),
        port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
      else { return nil }
    }
    return String(host[..<end])
  }
}
