import ArrayShm

/// The whole of an array segment at one version: a private copy, checked for tearing when it was made.
@safe
package final class CopiedArray: Payload {
  package let version: UInt64
  private let buffer: UnsafeMutableRawBufferPointer

  /// - Throws: `.torn` if an edit is going on.
  package init(_ array: ArrayReader) throws(SegmentError) {
    unsafe buffer = .allocate(
      byteCount: array.segment.description.payloadBytes, alignment: 64)
    do throws(SegmentError) {
      // Never waiting: the thread that copies serves all pages. The end of the edit brings it back here.
      version = try unsafe array.copy(into: buffer, patience: .zero)
    } catch {
      unsafe buffer.deallocate()
      throw error
    }
  }

  deinit { unsafe buffer.deallocate() }

  package var count: Int { unsafe buffer.count }
  package var isIntact: Bool { true }

  package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try unsafe body(UnsafeRawBufferPointer(buffer))
  }
}
