/// The bytes of an array's payload, to be read at any offset.
///
/// In the mapping; those of a sparse array through the file, because the kernel gives a page of
/// memory to every hole that is touched in a mapping, and none to one that is read.
package struct ArrayPayload {
  private let memory: SegmentMemory
  /// nil: the mapping is read.
  private let descriptor: Descriptor?

  init(_ segment: SegmentReader) throws(SegmentError) {
    memory = segment.memory
    descriptor = segment.description.sparse ? try segment.openDescriptor() : nil
  }

  /// What it costs to begin a read somewhere else: a system call each time, or nothing.
  package var isMapped: Bool { descriptor == nil }

  /// The bytes in place; only if `isMapped`.
  package func withMapping<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    precondition(isMapped, "the mapping of a sparse array must not be touched by a reader")
    return unsafe body(UnsafeRawBufferPointer(memory.payload))
  }

  /// Copies the bytes from `offset` on, as many as the buffer has.
  package func copy(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SegmentError) {
    let range = offset..<offset + buffer.count
    precondition(range.lowerBound >= 0 && range.upperBound <= memory.layout.payloadBytes)
    guard let descriptor else {
      let payload = unsafe UnsafeRawBufferPointer(memory.payload)
      unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: payload[range]))
      return
    }
    try SegmentError.wrapping("read \(descriptor.path)") { () throws(Errno) in
      try unsafe SystemCalls.read(
        descriptor.number, at: memory.layout.payloadOffset + offset, into: buffer)
    }
  }
}

extension ArrayReader {
  package func payload() throws(SegmentError) -> ArrayPayload { try ArrayPayload(segment) }
}
