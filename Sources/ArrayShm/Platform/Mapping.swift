import Glibc

/// Owns one mapping of a whole file, and unmaps it at its end.
///
/// It is made through an open file description of its own. A mapping keeps its description alive,
/// and with that the locks: through the descriptor that holds them, a writer's lock would outlast
/// its close for as long as anybody holds a view, and a killed parent's for as long as a forked
/// child lives.
@safe
struct Mapping: ~Copyable {
  let base: UnsafeMutableRawPointer
  let count: Int

  /// - Parameters:
  ///   - count: the file's size in bytes; touching bytes past the file's end would be a SIGBUS, so
  ///     it must be the real one.
  ///   - populate: touch every page now; a first touch later costs 10 to 40 times a copy of the
  ///     same bytes.
  init(_ descriptor: Descriptor, count: Int, writable: Bool, populate: Bool) throws(Errno) {
    let own = try SystemCalls.open(
      "/proc/self/fd/\(descriptor.number)", writable ? O_RDWR : O_RDONLY)
    defer { SystemCalls.close(own) }
    unsafe base = try SystemCalls.map(own, count, writable: writable, populate: populate)
    self.count = count
  }

  deinit { unsafe SystemCalls.unmap(base, count) }
}
