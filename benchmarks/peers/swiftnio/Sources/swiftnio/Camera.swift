import CArrayShm
import NIOCore

/// A stream in shared memory. Used by one task at a time.
final class Camera: @unchecked Sendable {
  private let reader: OpaquePointer
  private let bytes: Int
  private var sequence: UInt64 = 0

  init(directory: String, name: String) {
    var description = arrayshm_description()
    guard let reader = arrayshm_open(directory, name), arrayshm_describe(reader, &description) == ARRAYSHM_OK else {
      fatalError(String(cString: arrayshm_error_message()))
    }
    self.reader = reader
    bytes = Int(description.stride)
  }

  deinit { arrayshm_reader_free(reader) }

  /// The newest frame, once there is a newer one than the last that was given: one copy, since NIO sends what it owns.
  func next(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
    var frame: UnsafeRawPointer?
    var info = arrayshm_frame_info()
    guard arrayshm_wait(reader, sequence, -1) == ARRAYSHM_OK, let lease = arrayshm_lease_latest(reader, &frame, &info)
    else { return nil }
    defer { arrayshm_memory_release(lease) }
    sequence = info.sequence
    var buffer = allocator.buffer(capacity: bytes)
    buffer.writeBytes(UnsafeRawBufferPointer(start: frame, count: bytes))
    return buffer
  }
}
