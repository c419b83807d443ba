import ArrayShm

/// One lease of a frame for all sessions that are sending it: the slot is free again when the last of them lets go.
package final class SharedLease: Payload {
  package let lease: Lease

  package init(_ lease: Lease) { self.lease = lease }

  package var info: FrameInfo { lease.info }
  package var count: Int { lease.info.validBytes }
  package var isIntact: Bool { lease.isIntact }

  package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try unsafe lease.withUnsafeBytes(body)
  }
}
