import ArrayShm
import CArrayShm
import Glibc

/// What the opaque pointers of the C interface stand for: each holds one retained object.
enum Handle {
  static func make(_ object: AnyObject) -> OpaquePointer {
    unsafe OpaquePointer(Unmanaged.passRetained(object).toOpaque())
  }

  static func get<T: AnyObject>(
    _ pointer: OpaquePointer?, as type: T.Type, _ name: String
  ) throws(SegmentError) -> T {
    let pointer = unsafe try required(pointer, name)
    return unsafe Unmanaged<T>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
  }

  static func free(_ pointer: OpaquePointer?) {
    guard let pointer = unsafe pointer else { return }
    unsafe Unmanaged<AnyObject>.fromOpaque(UnsafeRawPointer(pointer)).release()
  }
}

/// Behind `arrayshm_writer`.
final class WriterHandle {
  enum Writer {
    case frames(FrameWriter)
    case log(LogWriter)
    case array(ArrayWriter)
  }

  let segment: SegmentWriter
  let writer: Writer
  let texts: DescriptionTexts

  init(_ segment: SegmentWriter) throws(SegmentError) {
    self.segment = segment
    texts = DescriptionTexts(segment.description)
    writer =
      switch segment.description.kind {
      case .frames: .frames(try FrameWriter(segment))
      case .log: .log(try LogWriter(segment))
      case .array: .array(try ArrayWriter(segment))
      }
  }

  func frames() throws(SegmentError) -> FrameWriter {
    if case .frames(let writer) = writer { return writer }
    throw wrongKind(.frames)
  }

  func log() throws(SegmentError) -> LogWriter {
    if case .log(let writer) = writer { return writer }
    throw wrongKind(.log)
  }

  func array() throws(SegmentError) -> ArrayWriter {
    if case .array(let writer) = writer { return writer }
    throw wrongKind(.array)
  }

  private func wrongKind(_ needed: SegmentKind) -> SegmentError {
    SegmentError(
      .invalid,
      "segment \(segment.description.name): is of kind \(segment.description.kind.name); this call needs kind \(needed.name)"
    )
  }
}

/// Behind `arrayshm_reader`.
final class ReaderHandle {
  let segment: SegmentReader
  let texts: DescriptionTexts

  init(_ segment: SegmentReader) {
    self.segment = segment
    texts = DescriptionTexts(segment.description)
  }

  // The readers of one kind are a checked view on the segment, made where one is needed.
  func frames() throws(SegmentError) -> FrameReader { try FrameReader(segment) }
  func log() throws(SegmentError) -> LogReader { try LogReader(segment) }
  func array() throws(SegmentError) -> ArrayReader { try ArrayReader(segment) }
}

/// Behind `arrayshm_memory`: a share in a mapping, with the lease that may hang on it.
final class MemoryHandle {
  let owner: AnyObject
  let lease: Lease?

  init(owner: AnyObject, lease: Lease? = nil) {
    self.owner = owner
    self.lease = lease
  }
}

/// The strings that an `arrayshm_description` points to; they live as long as their handle.
@safe
final class DescriptionTexts {
  private let name: UnsafeMutablePointer<CChar>?
  private let path: UnsafeMutablePointer<CChar>?
  private let descr: UnsafeMutablePointer<CChar>?
  private let metadata: UnsafeMutablePointer<CChar>?

  init(_ description: SegmentDescription) {
    unsafe name = strdup(description.name)
    unsafe path = strdup(description.path)
    unsafe descr = strdup(description.descr)
    unsafe metadata = strdup(description.metadata)
  }

  deinit {
    unsafe free(name)
    unsafe free(path)
    unsafe free(descr)
    unsafe free(metadata)
  }

  func point(_ out: inout arrayshm_description) {
    unsafe out.name = UnsafePointer(name)
    unsafe out.path = UnsafePointer(path)
    unsafe out.descr = UnsafePointer(descr)
    unsafe out.metadata = UnsafePointer(metadata)
  }
}
