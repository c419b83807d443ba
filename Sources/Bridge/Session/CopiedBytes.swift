import Synchronization

/// Bytes that were made for sending: a cut, a reduction. Several sessions may send the same ones.
package final class CopiedBytes: Payload, Sendable {
  private let bytes: [UInt8]
  private let isCounted = Atomic(false)

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package var count: Int { bytes.count }
  package var isIntact: Bool { true }

  /// How many bytes were copied for the session that asks first, none for the others.
  package func countOnce() -> Int {
    isCounted.exchange(true, ordering: .relaxed) ? 0 : bytes.count
  }

  package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try unsafe bytes.withUnsafeBytes { try unsafe body($0) }
  }
}
