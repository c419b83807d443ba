import Bridge
import Glibc
import Synchronization

/// The Python process that publishes the demo's images.
final class DemoProducer: Sendable {
  private let process: ChildProcess
  /// The child's standard input: it is closed when this program is gone, however it ended.
  private let lifeline: AnonymousPipe
  private let ended = Mutex<Int32?>(nil)

  private static let module = "webmon.demo"

  /// - Throws: `CommandFailure` with the pip line if the module or what it imports is missing.
  init(python: String, directory: String) throws {
    try Self.check(python)
    let pipe = try AnonymousPipe()
    defer { pipe.closeReadEnd() }
    lifeline = pipe
    process = try ChildProcess(
      [python, "-m", Self.module, "--dir", directory], standardInput: pipe.readEnd)
  }

  /// Calls `body` with the exit code when the process has ended by itself.
  func whenEnded(_ body: @escaping @Sendable (Int32) -> Void) {
    NamedThread.start("webmon-demo") {
      let status = self.process.wait()
      self.ended.withLock { $0 = status }
      body(status)
    }
  }

  /// Asks the process to end, and gives it a moment to remove its segments.
  func end() {
    let deadline = ContinuousClock.now + .seconds(3)
    var isAsked = false
    while ended.withLock({ $0 }) == nil, ContinuousClock.now < deadline {
      if !isAsked { process.terminate() }
      isAsked = true
      usleep(10_000)
    }
    lifeline.closeWriteEnd()
  }

  /// Imports the module once before, because its own error would come too late and say too much.
  private static func check(_ python: String) throws {
    let errors = try AnonymousPipe()
    defer { errors.closeReadEnd() }
    let attempt: ChildProcess
    do {
      defer { errors.closeWriteEnd() }
      attempt = try ChildProcess(
        [python, "-c", "import \(module)"], standardError: errors.writeEnd)
    }
    let complaint = String(decoding: errors.readToEnd(), as: UTF8.self)
    guard attempt.wait() != 0 else { return }
    let reason = complaint.split(separator: "\n").last.map(String.init) ?? "no reason given"
    throw CommandFailure(
      "\(python) cannot import \(module) (\(reason)). In the source folder of webmon run:  "
        + "\(python) -m pip install './python[demo]'  or name another Python with --python")
  }
}
