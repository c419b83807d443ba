import ArrayShm
import CArrayShm
import Glibc

/// The calling thread's last error, as `arrayshm_error_code` and `arrayshm_error_message` tell it.
@safe
final class LastError {
  private(set) var code = arrayshm_status(ARRAYSHM_OK)
  /// Owned; replaced by the next error of this thread, freed with the thread.
  private(set) var message: UnsafeMutablePointer<CChar>?

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    let error = unsafe pthread_key_create(&key) { box in
      guard let box = unsafe box else { return }
      unsafe Unmanaged<LastError>.fromOpaque(box).release()
    }
    precondition(error == 0, "no thread-specific key left")
    return key
  }()

  static var current: LastError {
    if let box = unsafe pthread_getspecific(key) {
      return unsafe Unmanaged<LastError>.fromOpaque(box).takeUnretainedValue()
    }
    let new = LastError()
    unsafe pthread_setspecific(key, Unmanaged.passRetained(new).toOpaque())
    return new
  }

  static func set(_ error: SegmentError) -> arrayshm_status {
    current.store(error)
    return error.code.rawValue
  }

  private func store(_ error: SegmentError) {
    unsafe free(message)
    unsafe message = strdup(error.message)
    code = error.code.rawValue
  }

  deinit { unsafe free(message) }
}

/// Runs `body`; its error becomes the thread's last one and the returned code.
func status(_ body: () throws(SegmentError) -> Void) -> arrayshm_status {
  do throws(SegmentError) {
    try body()
    return arrayshm_status(ARRAYSHM_OK)
  } catch {
    return LastError.set(error)
  }
}

/// The same for a function that returns something else, for an error `failure` of its code.
func result<R>(
  _ failure: (arrayshm_status) -> R, _ body: () throws(SegmentError) -> R
) -> R {
  do throws(SegmentError) {
    return try body()
  } catch {
    return failure(LastError.set(error))
  }
}

/// An argument that C callers must not leave NULL.
func required<T>(_ pointer: T?, _ name: String) throws(SegmentError) -> T {
  guard let pointer else { throw SegmentError(.invalid, "argument \(name): is NULL") }
  return pointer
}

@c @implementation
public func arrayshm_version() -> UnsafePointer<CChar>! {
  unsafe LibraryVersion.text
}

@c @implementation
public func arrayshm_error_code() -> arrayshm_status { LastError.current.code }

@c @implementation
public func arrayshm_error_message() -> UnsafePointer<CChar>! {
  unsafe LastError.current.message.map { unsafe UnsafePointer($0) } ?? LibraryVersion.empty
}

@c @implementation
public func arrayshm_now() -> UInt64 { Clock.monotonic }

/// Texts that live as long as the library.
enum LibraryVersion {
  nonisolated(unsafe) static let text = unsafe UnsafePointer(strdup("\(ArrayShm.version)"))
  nonisolated(unsafe) static let empty = unsafe UnsafePointer(strdup(""))
}
