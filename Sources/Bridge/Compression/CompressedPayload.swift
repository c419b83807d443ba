import CZlib

/// A payload without loss in fewer bytes: shuffled (`ByteShuffle`), then deflated in the zlib format, which every browser undoes by itself.
@safe
package final class CompressedPayload: Payload {
  private let buffer: UnsafeMutableRawBufferPointer
  package let count: Int

  /// The fastest level: the others gain a few percent on noisy images and take several times as long.
  private static let level: Int32 = 1

  private init(_ buffer: UnsafeMutableRawBufferPointer, count: Int) {
    unsafe self.buffer = unsafe buffer
    self.count = count
  }

  /// - Parameters:
  ///   - payload: the bytes, which must not change meanwhile.
  ///   - bytes: how many of them.
  ///   - itemsize: of one element (of one number, not of a record).
  ///   - worth: the largest fraction of `bytes` that is worth its price.
  /// - Returns: nil if it did not become that small, or the bytes changed.
  package static func of(
    _ payload: any Payload, bytes: Int, itemsize: Int, worth: Double = 0.9
  ) -> CompressedPayload? {
    let room = Int(Double(bytes) * worth)
    guard room > 0 else { return nil }
    let target = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 64)
    var length = UInt(room)
    let status = unsafe payload.withUnsafeBytes { source in
      let source = unsafe UnsafeRawBufferPointer(rebasing: source[..<bytes])
      guard itemsize > 1 else { return unsafe deflate(source, target, &length) }
      let shuffled = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
      defer { unsafe shuffled.deallocate() }
      unsafe ByteShuffle.shuffle(source, itemsize: itemsize, into: shuffled)
      return unsafe deflate(UnsafeRawBufferPointer(shuffled), target, &length)
    }
    guard status == Z_OK, payload.isIntact else {
      unsafe target.deallocate()
      return nil
    }
    return unsafe CompressedPayload(target, count: Int(length))
  }

  private static func deflate(
    _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, _ length: inout UInt
  ) -> Int32 {
    unsafe webmon_deflate(
      source.baseAddress, UInt(source.count), target.baseAddress, &length, level)
  }

  deinit { unsafe buffer.deallocate() }

  package var isIntact: Bool { true }

  package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try unsafe body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
  }
}
