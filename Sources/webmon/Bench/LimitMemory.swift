import CLimits
import Glibc

/// Memory of a limit or a source, unmapped at its end.
@safe
final class LimitMemory {
  let base: UnsafeMutableRawPointer
  let count: Int

  /// Of this process alone.
  init(_ count: Int) throws {
    guard let base = unsafe limit_memory(count) else { throw Self.failure(count) }
    unsafe self.base = unsafe base
    self.count = count
  }

  /// Of a file that processes share (``BareRings``).
  init(mapping file: Int32, _ count: Int) throws {
    guard let base = unsafe limit_map(file, count) else { throw Self.failure(count) }
    unsafe self.base = unsafe base
    self.count = count
  }

  deinit { unsafe munmap(base, count) }

  private static func failure(_ count: Int) -> CommandFailure {
    CommandFailure(
      "\(BenchTable.size(count)) of memory cannot be had: \(unsafe String(cString: strerror(errno)))"
    )
  }
}
