/// Who is at the other end of a connection, as far as rates go: an IPv4 address, the network of an IPv6 address (whoever has one
/// address of it has them all), or this machine's users behind a Unix socket.
package struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
  private let bytes: [UInt8]

  /// Whoever may open the Unix socket.
  package static let local = PeerAddress(bytes: [])

  package init(ipv4 bytes: [UInt8]) { self.bytes = Array(bytes.prefix(4)) }

  package init(ipv6 bytes: [UInt8]) {
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
    self.bytes = bytes.starts(with: mapped) ? Array(bytes.dropFirst(12)) : Array(bytes.prefix(8))
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// A process of this machine.
  package var isLocal: Bool {
    switch bytes.count {
    case 0: true
    case 4: bytes[0] == 127
    // ::1 is the only address in use of its network.
    default: bytes.allSatisfy { $0 == 0 }
    }
  }

  package var description: String {
    switch bytes.count {
    case 0: "the Unix socket"
    case 4: bytes.map(String.init).joined(separator: ".")
    default:
      stride(from: 0, to: bytes.count, by: 2)
        .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
        .joined(separator: ":") + "::/64"
    }
  }
}
