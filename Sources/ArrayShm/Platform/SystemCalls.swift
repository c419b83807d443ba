import CLinux
import Glibc
import Synchronization

/// Every system call that this module makes, in one place: each returns its result or throws an
/// ``Errno``, is repeated where a signal interrupted it, and can be made to fail by a test
/// (``SystemCallFaults``).
enum SystemCalls {
  private static func call(_ name: String, _ body: () -> Int) throws(Errno) -> Int {
    while true {
      if let fault = SystemCallFaults.next(name) { throw Errno(rawValue: fault, call: name) }
      let result = body()
      if result >= 0 { return result }
      if errno != EINTR { throw Errno(rawValue: errno, call: name) }
    }
  }

  /// For calls that give the error as their result, positive (posix_) or negative (our shims).
  private static func result(_ name: String, _ body: () -> Int32) throws(Errno) -> Int32 {
    if let fault = SystemCallFaults.next(name) { throw Errno(rawValue: fault, call: name) }
    let result = body()
    if result < 0 { throw Errno(rawValue: -result, call: name) }
    return result
  }

  // MARK: Files

  static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(Errno) -> Int32 {
    Int32(try call("open") { unsafe Int(Glibc.open(path, flags | O_CLOEXEC, mode)) })
  }

  static func close(_ descriptor: Int32) {
    // Linux has closed the descriptor even if it reports an error: never repeated.
    _ = Glibc.close(descriptor)
  }

  static func status(_ descriptor: Int32) throws(Errno) -> stat {
    var status = stat()
    _ = try call("fstat") { unsafe Int(fstat(descriptor, &status)) }
    return status
  }

  /// Of the path itself, not of what a link there points to.
  static func status(path: String) throws(Errno) -> stat {
    var status = stat()
    _ = try call("lstat") { unsafe Int(lstat(path, &status)) }
    return status
  }

  /// The file that a path leads to, through links.
  static func statusBehind(_ path: String) throws(Errno) -> stat {
    var status = stat()
    _ = try call("stat") { unsafe Int(stat(path, &status)) }
    return status
  }

  /// Of the file system that a file lies in.
  static func space(_ descriptor: Int32) throws(Errno) -> statvfs {
    var space = statvfs()
    _ = try call("fstatvfs") { unsafe Int(fstatvfs(descriptor, &space)) }
    return space
  }

  static func makeDirectory(_ path: String, mode: mode_t) throws(Errno) {
    _ = try call("mkdir") { unsafe Int(mkdir(path, mode)) }
  }

  static func rename(_ old: String, _ new: String) throws(Errno) {
    _ = try call("rename") { unsafe Int(Glibc.rename(old, new)) }
  }

  static func unlink(_ path: String) throws(Errno) {
    _ = try call("unlink") { unsafe Int(Glibc.unlink(path)) }
  }

  /// Sets the file's size; what is new of it is holes, which read as zeros.
  static func truncate(_ descriptor: Int32, _ length: Int) throws(Errno) {
    _ = try call("ftruncate") { Int(ftruncate(descriptor, length)) }
  }

  /// Gives these parts of the file all their blocks now, so that a full file system is an error
  /// here and not a SIGBUS later.
  ///
  /// In pieces: a signal makes the kernel undo the piece at hand, and with a timer's signals a large
  /// one would never end. What cannot fit is refused first: to find out piece by piece would take all
  /// memory from everybody before it is given back.
  static func allocate(_ descriptor: Int32, _ ranges: [Range<Int>]) throws(Errno) {
    let length = ranges.reduce(0) { $0 + $1.count }
    let space = try space(descriptor)
    let (free, overflow) = UInt64(space.f_bavail).multipliedReportingOverflow(
      by: UInt64(space.f_frsize))
    // A tmpfs without a limit says that it has no blocks at all.
    guard overflow || space.f_blocks == 0 || UInt64(length) <= free else {
      throw Errno(rawValue: ENOSPC, call: "posix_fallocate")
    }
    let piece = 64 << 20
    for range in ranges {
      var start = range.lowerBound
      while start < range.upperBound {
        if let fault = SystemCallFaults.next("posix_fallocate") {
          throw Errno(rawValue: fault, call: "posix_fallocate")
        }
        let error = posix_fallocate(descriptor, start, min(piece, range.upperBound - start))
        if error == 0 {
          start += piece
        } else if error != EINTR {
          throw Errno(rawValue: error, call: "posix_fallocate")
        }
      }
    }
  }

  /// Fills the buffer with bytes of a file. A hole reads as zeros and stays a hole, unlike one that
  /// is touched in a mapping.
  static func read(
    _ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Errno) {
    var done = 0
    while done < buffer.count {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = try call("pread") {
        unsafe pread(descriptor, rest.baseAddress, rest.count, offset + done)
      }
      if count == 0 { throw Errno(rawValue: EIO, call: "pread") }
      done += count
    }
  }

  /// Bytes of a file; fewer where it ends.
  static func read(_ descriptor: Int32, _ range: Range<Int>) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var done = 0
    while done < bytes.count {
      let count = try call("pread") {
        unsafe bytes.withUnsafeMutableBytes {
          unsafe pread(
            descriptor, $0.baseAddress.map { unsafe $0 + done }, range.count - done,
            range.lowerBound + done)
        }
      }
      if count == 0 { break }
      done += count
    }
    bytes.removeSubrange(done...)
    return bytes
  }

  /// The names in a directory, in no order, without `.` and `..`.
  static func entries(_ path: String) throws(Errno) -> [String] {
    if let fault = SystemCallFaults.next("opendir") {
      throw Errno(rawValue: fault, call: "opendir")
    }
    guard let stream = unsafe opendir(path) else { throw Errno(rawValue: errno, call: "opendir") }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  // MARK: Memory

  static func map(
    _ descriptor: Int32, _ length: Int, writable: Bool, populate: Bool
  ) throws(Errno) -> UnsafeMutableRawPointer {
    if let fault = SystemCallFaults.next("mmap") { throw Errno(rawValue: fault, call: "mmap") }
    let protection = writable ? PROT_READ | PROT_WRITE : PROT_READ
    let flags = populate ? MAP_SHARED | Int32(MAP_POPULATE) : MAP_SHARED
    let base = unsafe mmap(nil, length, protection, flags, descriptor, 0)
    guard let base = unsafe base, unsafe base != MAP_FAILED else {
      throw Errno(rawValue: errno, call: "mmap")
    }
    return unsafe base
  }

  static func unmap(_ base: UnsafeMutableRawPointer, _ length: Int) {
    _ = unsafe munmap(base, length)
  }

  // MARK: Locks

  static func lock(_ descriptor: Int32, _ type: Int32, at byte: Int64) throws(Errno) {
    _ = try result("fcntl(F_OFD_SETLK)") { linux_set_lock(descriptor, Int16(type), byte, 1) }
  }

  /// Where somebody else's lock starts within these bytes, if there is one.
  static func findLock(
    _ descriptor: Int32, at byte: Int64, count: Int64
  ) throws(Errno) -> Int64? {
    var found: Int64 = 0
    let held = try result("fcntl(F_OFD_GETLK)") {
      unsafe linux_find_lock(descriptor, byte, count, &found)
    }
    return held == 1 ? found : nil
  }

  // MARK: Watching a directory

  static func makeNotifier() throws(Errno) -> Int32 {
    Int32(try call("inotify_init1") { Int(inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))) })
  }

  static func watch(_ notifier: Int32, _ path: String, _ mask: UInt32) throws(Errno) {
    _ = try call("inotify_add_watch") { unsafe Int(inotify_add_watch(notifier, path, mask)) }
  }

  static func read(
    _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer
  ) throws(Errno) -> Int {
    try call("read") { unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
  }

  /// Whether there is something to read within so many milliseconds (negative: for ever). False
  /// after a signal, too.
  static func poll(_ descriptor: Int32, milliseconds: Int32) throws(Errno) -> Bool {
    if let fault = SystemCallFaults.next("poll") { throw Errno(rawValue: fault, call: "poll") }
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let count = unsafe Glibc.poll(&entry, 1, milliseconds)
    if count < 0 && errno != EINTR { throw Errno(rawValue: errno, call: "poll") }
    return count > 0
  }
}
