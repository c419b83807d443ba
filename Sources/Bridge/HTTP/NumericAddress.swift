import Glibc

/// Addresses in numbers, as a Host header has them.
enum NumericAddress {
  /// - Parameter name: `1.2.3.4`, or an IPv6 address in brackets.
  static func isOne(_ name: String) -> Bool {
    if name.hasPrefix("["), name.hasSuffix("]") {
      var address = in6_addr()
      return unsafe inet_pton(AF_INET6, String(name.dropFirst().dropLast()), &address) == 1
    }
    var address = in_addr()
    return unsafe inet_pton(AF_INET, name, &address) == 1
  }
}
