/// Which Host and Origin headers are this server's.
///
/// A page of another site may make a browser talk to this server, under a name that it points here or from its own origin. Neither
/// passes: the Host must be a name of this machine itself, or one that was allowed, and an Origin must be the very authority that the
/// Host names.
package struct HostRules: Sendable {
  private let names: Set<String>
  /// Names of `--allow-host`: what stands before this server there may do the encryption.
  private let allowed: Set<String>
  /// A server on all addresses of the machine does not know them for certain; but a name that somebody points here is no address.
  private let takesAddresses: Bool
  private let scheme: String

  /// - Parameters:
  ///   - boundAddress: the address that the server listens on.
  ///   - allowed: other names that it is reached by.
  ///   - isSecure: its pages are at https.
  package init(boundAddress: String, allowed: [String] = [], isSecure: Bool = false) {
    let address = boundAddress.lowercased()
    var names: Set = [
      "localhost", "127.0.0.1", "[::1]", address.contains(":") ? "[\(address)]" : address,
    ]
    takesAddresses = ["0.0.0.0", "::"].contains(address)
    if takesAddresses, let machine = MachineName.own { names.insert(machine.lowercased()) }
    self.allowed = Set(allowed.map { $0.lowercased() })
    self.names = names.union(self.allowed)
    scheme = isSecure ? "https" : "http"
  }

  /// Why the Host header is refused, or nil.
  package func refusal(host: String?) -> String? {
    guard let host else { return "the Host header is missing; \(expected) is needed" }
    guard let name = Self.name(of: host),
      names.contains(name) || (takesAddresses && NumericAddress.isOne(name))
    else {
      return "the Host header is \(shown(host)); \(expected) is needed"
    }
    return nil
  }

  /// Why the Origin header is refused, or nil. A request without one is no page's.
  package func refusal(origin: String?, host: String?) -> String? {
    guard let origin else { return nil }
    let own = host.map { host -> [String] in
      let isAllowed = Self.name(of: host).map(allowed.contains) ?? false
      return (isAllowed ? ["http", "https"] : [scheme]).map { "\($0)://\(host.lowercased())" }
    }
    guard let own, own.contains(origin.lowercased()) else {
      return "the Origin header is \(shown(origin)); only this server's own pages may do that, "
        + "and theirs is \(scheme)://\(host.map(shown) ?? "its host")"
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

  /// The same for a Host header.
  package static func isLoopback(authority: String) -> Bool {
    name(of: authority).map { isLoopback($0 == "[::1]" ? "::1" : $0) } ?? false
  }

  private var expected: String {
    "one of \(names.sorted().joined(separator: ", "))"
      + (takesAddresses ? " or an address in numbers" : "") + " with any port"
  }

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
