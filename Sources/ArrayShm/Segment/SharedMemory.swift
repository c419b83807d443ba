/// Memory that outlives handles, for other languages: the address of a payload, and what keeps it
/// mapped.
@safe
package struct SharedMemory {
  package let base: UnsafeMutableRawPointer?
  /// The mapping ends with the last reference to this.
  package let owner: AnyObject
}

extension SegmentMemory {
  fileprivate func share() -> SharedMemory {
    unsafe SharedMemory(base: payload.baseAddress, owner: self)
  }
}

extension SegmentWriter {
  package func shareMemory() -> SharedMemory { memory.share() }
}

extension SegmentReader {
  /// Mapped read-only: a write is a fault.
  package func shareMemory() -> SharedMemory { memory.share() }
}
