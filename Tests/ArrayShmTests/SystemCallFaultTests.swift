import Glibc
import Testing

@testable import ArrayShm

/// Every system call made to fail, with the errors that users meet.
@Suite struct SystemCallFaultTests {
  let directory: PrivateDirectory

  init() throws { directory = try PrivateDirectory() }

  static let faults: [(call: String, errno: Int32, code: SegmentError.Code)] = [
    ("open", EMFILE, .tooManyFiles), ("open", ENFILE, .tooManyFiles), ("open", EACCES, .permission),
    ("open", EROFS, .permission), ("fstat", EIO, .system), ("posix_fallocate", ENOSPC, .noSpace),
    ("posix_fallocate", EDQUOT, .noSpace), ("mmap", ENOMEM, .system),
    ("rename", EROFS, .permission),
    ("mkdir", EACCES, .permission), ("mkdir", ENOENT, .notFound),
    ("fcntl(F_OFD_SETLK)", ENOLCK, .system), ("fcntl(F_OFD_GETLK)", ENOLCK, .system),
  ]

  @Test(arguments: faults) func creatingFailsWithAReasonAndLeavesNothing(
    _ fault: (call: String, errno: Int32, code: SegmentError.Code)
  ) throws {
    // The call is made to fail the first time, the second time, and so on until creation gets by
    // without it.
    var after = 0
    while true {
      let found = SystemCallFaults.failing(fault.call, after: after, with: fault.errno) {
        code { try directory.frames().segment.close() }
      }
      let names = try SystemCalls.entries(directory.path).filter { $0 != ".lock" }
      guard let found else { break }
      #expect(found == fault.code)
      #expect(names == [], "\(fault.call) number \(after)")
      after += 1
    }
    #expect(after > 0 || fault.call == "fstat" || fault.call == "fcntl(F_OFD_GETLK)")
  }

  @Test func openingFailsWithAReason() throws {
    let writer = try directory.frames()
    for (call, errno, expected) in Self.faults where ["open", "fstat", "mmap"].contains(call) {
      let found = SystemCallFaults.failing(call, with: errno) {
        code { _ = try SegmentReader(directory: directory.segments, name: "frames") }
      }
      #expect(found == expected)
    }
    writer.segment.close()
    #expect(
      code { _ = try SegmentReader(directory: directory.segments, name: "frames") } == .notFound)
  }

  @Test func watchingFailsWithAReason() throws {
    for call in ["inotify_init1", "inotify_add_watch", "opendir"] {
      let found = SystemCallFaults.failing(call, with: EMFILE) {
        code { _ = try DirectoryWatcher(directory: directory.segments) }
      }
      #expect(found == .tooManyFiles)
    }
    #expect(
      code { _ = try DirectoryWatcher(directory: SegmentDirectory("/nowhere/at/all")) } == .notFound
    )
  }

  @Test func callsBrokenOffByASignalAreRepeated() throws {
    // EINTR is not among the faults that come out: the wrapper itself repeats. Here the real thing:
    // a full file system.
    let huge = SegmentSpecification.array(
      "huge", dtype: try DType(descr: "'|u1'"), shape: [1 << 50])
    #expect(code { _ = try SegmentWriter(directory: directory.segments, huge) } != nil)
    #expect(try SystemCalls.entries(directory.path).filter { $0 != ".lock" } == [])
  }
}
