/// Where a data message stands that goes out in fragments, in parts of any size.
///
/// The stream of bytes is: for each fragment its WebSocket header (2, 4 or 10 bytes, never masked from a server; none in an HTTP body),
/// then its share of the message. The message is the data header followed by the payload, and in a body by padding.
package struct FragmentCursor: Sendable, Equatable {
  package enum Framing: Sendable, Equatable {
    case webSocket
    /// The bytes of the message and nothing else.
    case none
  }

  /// Bytes of the message: data header, payload, padding.
  package let messageBytes: Int
  private let fragmentBytes: Int
  private let framing: Framing
  /// Message bytes before the fragment that is being sent.
  private var fragmentStart = 0
  /// Bytes of the fragment that went already, its WebSocket header included.
  private var sentOfFragment = 0
  /// The WebSocket header of the fragment that is being sent.
  package private(set) var webSocketHeader: [UInt8]
  package private(set) var isComplete = false

  package init(
    messageBytes: Int, fragmentBytes: Int = Limits.fragmentBytes, framing: Framing = .webSocket
  ) {
    precondition(messageBytes > 0 && fragmentBytes > 0)
    self.messageBytes = messageBytes
    self.fragmentBytes = fragmentBytes
    self.framing = framing
    webSocketHeader = []
    webSocketHeader = headerOfFragment()
  }

  private var fragmentEnd: Int { min(fragmentStart + fragmentBytes, messageBytes) }

  /// A part of the fragment is with the kernel and a part is not: no other byte may be sent on the connection now.
  package var isMidFragment: Bool { sentOfFragment > 0 }

  /// What of the WebSocket header still has to go.
  package var pendingHeader: Range<Int> {
    min(sentOfFragment, webSocketHeader.count)..<webSocketHeader.count
  }

  /// What of the message still has to go in this fragment.
  package var pendingMessage: Range<Int> {
    let sent = max(0, sentOfFragment - webSocketHeader.count)
    return (fragmentStart + sent)..<fragmentEnd
  }

  package var pendingBytes: Int { pendingHeader.count + pendingMessage.count }

  /// So many bytes of this fragment were taken by the kernel.
  package mutating func advance(by count: Int) {
    precondition(count <= pendingBytes)
    sentOfFragment += count
    guard pendingBytes == 0 else { return }
    fragmentStart = fragmentEnd
    sentOfFragment = 0
    isComplete = fragmentStart == messageBytes
    webSocketHeader = isComplete ? [] : headerOfFragment()
  }

  private func headerOfFragment() -> [UInt8] {
    guard framing == .webSocket else { return [] }
    let length = fragmentEnd - fragmentStart
    let isFinal = fragmentEnd == messageBytes
    // Opcode 2 (binary) begins a message, 0 goes on with it.
    let first: UInt8 = (isFinal ? 0x80 : 0) | (fragmentStart == 0 ? 2 : 0)
    switch length {
    case ..<126: return [first, UInt8(length)]
    case ..<65536: return [first, 126, UInt8(length >> 8), UInt8(length & 0xff)]
    default:
      return [first, 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    }
  }
}
