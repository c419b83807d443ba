import CZlib

/// A payload without loss in fewer bytes: shuffled (`ByteShuffle`), then deflated in the zlib format, which every browser undoes by itself.
///
/// Before the deflated bytes stand 16 more: the itemsize that was shuffled by (u32), 0 (u32), and the length of the payload as it was (u64).
///
/// `@unchecked Sendable`: nothing changes the buffer after `of` has filled it.
@safe
package final class CompressedPayload: Payload, @unchecked Sendable {
  private let buffer: UnsafeMutableRawBufferPointer
  package let count: Int

  /// The fastest level: the others gain a few percent on noisy images and take several times as long.
  private static let level: Int32 = 1
  private static let prefix = 16

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
    guard room > prefix else { return nil }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 64)
    unsafe buffer.storeBytes(of: UInt32(itemsize).littleEndian, as: UInt32.self)
    unsafe buffer.storeBytes(of: 0, toByteOffset: 4, as: UInt32.self)
    unsafe buffer.storeBytes(of: UInt64(bytes).littleEndian, toByteOffset: 8, as: UInt64.self)
    let target = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[prefix...])
    var length = UInt(target.count)
    let status = unsafe payload.withUnsafeBytes { source in
      let source = unsafe UnsafeRawBufferPointer(rebasing: source[..<bytes])
      guard itemsize > 1 else { return unsafe deflate(source, target, &length) }
      let shuffled = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
      defer { unsafe shuffled.deallocate() }
      unsafe ByteShuffle.shuffle(source, itemsize: itemsize, into: shuffled)
      return unsafe deflate(UnsafeRawBufferPointer(shuffled), target, &length)
    }
    guard status == Z_OK, payload.isIntact else {
      unsafe buffer.deallocate()
      return nil
    }
    return unsafe CompressedPayload(buffer, count: prefix + Int(length))
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
