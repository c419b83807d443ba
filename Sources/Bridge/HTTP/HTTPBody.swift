/// The bytes of an answer.
///
/// All but the endless ones have a length and are read in chunks as the socket takes them.
package enum HTTPBody {
  case bytes([UInt8])
  case file(OpenFile)
  /// A prefix (the .npy header) and then a payload of a stream, in place under its lease or copied.
  case payload(prefix: [UInt8], any Payload, bytes: Int, of: StreamSource)

  /// Messages of a stream for as long as they come; a feed gives them, not `read`.
  case endless(BodyRequest)

  package var count: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .file(let file): file.size
    case .payload(let prefix, _, let bytes, _): prefix.count + bytes
    case .endless: 0
    }
  }

  /// Bytes that are held in memory for it. A frame stays where it is, and a file too.
  package var copiedBytes: Int {
    switch self {
    case .payload(_, let payload, let bytes, _): payload is SharedLease ? 0 : bytes
    case .bytes(let bytes): bytes.count
    case .file, .endless: 0
    }
  }

  /// false if what was read may be torn.
  package var isIntact: Bool {
    if case .payload(_, let payload, _, _) = self { payload.isIntact } else { true }
  }

  /// Copies bytes from `offset` on.
  ///
  /// - Returns: how many; fewer than there is room for only at the end, or if a file became shorter.
  package func read(at offset: Int, into chunk: UnsafeMutableRawBufferPointer) -> Int {
    switch self {
    case .bytes(let bytes):
      return unsafe copy(bytes[min(offset, bytes.count)...], into: chunk)
    case .file(let file): return unsafe file.read(at: offset, into: chunk)
    case .endless: return 0
    case .payload(let prefix, let payload, let bytes, let source):
      let head = unsafe copy(prefix[min(offset, prefix.count)...], into: chunk)
      return unsafe payload.withUnsafeBytes { bytesOfPayload in
        let start = max(0, offset - prefix.count)
        let count = min(chunk.count - head, bytes - start)
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: chunk[head...])
        unsafe target.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytesOfPayload[start..<start + count]))
        source.counters.copiedBytes += UInt64(count)
        return head + count
      }
    }
  }

  private func copy(_ slice: ArraySlice<UInt8>, into chunk: UnsafeMutableRawBufferPointer) -> Int {
    let part = slice.prefix(chunk.count)
    unsafe chunk.copyBytes(from: part)
    return part.count
  }
}
