import Glibc

/// A thread with a name, as `top -H` and debuggers show it. Nothing waits for its end.
package enum NamedThread {
  private final class Body: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(_ name: String, _ run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// - Parameter name: at most 15 characters, as the kernel allows.
  package static func start(_ name: String, _ run: @escaping @Sendable () -> Void) {
    precondition(name.utf8.count <= 15)
    let body = unsafe Unmanaged.passRetained(Body(name, run))
    var thread = pthread_t()
    let status = unsafe pthread_create(&thread, nil, startBody, body.toOpaque())
    // Only when the machine is out of memory or threads: the server cannot do its work without.
    guard status == 0 else {
      fatalError(
        "the thread \(name) could not be started: \(unsafe String(cString: strerror(status)))")
    }
    pthread_detach(thread)
  }

  private static let startBody:
    @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
      argument in
      guard let argument = unsafe argument else { return nil }
      let body = unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
      nameThisThread(body.name)
      body.run()
      return nil
    }

  /// Swift does not import pthread_setname_np. Without a name nothing is lost.
  private static func nameThisThread(_ name: String) {
    let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = unsafe write(descriptor, name, name.utf8.count)
    close(descriptor)
  }
}
