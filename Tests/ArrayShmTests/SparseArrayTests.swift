import Glibc
import Testing

@testable import ArrayShm

/// Arrays whose memory is taken as they are written: reading must not take any.
@Suite struct SparseArrayTests {
  let directory: PrivateDirectory

  init() throws { directory = try PrivateDirectory() }

  /// 64 GiB, in tiles of 1 MiB, 16 rows of 64 KiB each.
  private func canvas(kind: SegmentKind = .array) throws -> SegmentWriter {
    try SegmentWriter(
      directory: directory.segments,
      SegmentSpecification(
        kind: kind, name: "canvas", dtype: DType(descr: "'|u1'"), shape: [1 << 20, 1 << 16],
        slots: kind == .array ? 1 : 2, tile: kind == .array ? [1 << 10, 1 << 10] : nil,
        sparse: true))
  }

  private func taken() throws -> Int {
    Int(try SystemCalls.status(path: "\(directory.path)/canvas.npy").st_blocks) * 512
  }

  @Test func memoryIsTakenAsItIsWritten() throws {
    let segment = try canvas()
    let writer = try ArrayWriter(segment)
    #expect(segment.description.sparse && segment.description.payloadBytes == 1 << 36)
    // The header, and 8 bytes for each of the 65,536 tiles.
    #expect(try (1 << 19)..<(1 << 20) ~= taken())
    try unsafe writer.edit(start: [5, 5], stop: [6, 8]) { bytes in
      for column in 5..<8 { unsafe bytes[(5 << 16) + column] = 9 }
    }
    #expect(try taken() < 1 << 20)
  }

  @Test func openingReadingAndCopyingTakeNone() throws {
    let writer = try ArrayWriter(try canvas())
    try unsafe writer.edit(start: [5, 5], stop: [6, 8]) { unsafe $0[(5 << 16) + 6] = 9 }
    let before = try taken()
    let reader = try ArrayReader(#require(directory.read("canvas")))
    #expect(reader.segment.description.sparse)
    _ = try reader.segment.status()
    #expect(reader.changed(since: 0).tiles == [0])
    // Within the edited tile there are holes, too.
    var bytes = [UInt8](repeating: 255, count: 1000 * 2000)
    _ = try unsafe bytes.withUnsafeMutableBytes {
      try unsafe reader.copy(start: [0, 0], stop: [1000, 2000], into: $0)
    }
    #expect(bytes[5 * 2000 + 6] == 9 && bytes.reduce(0) { $0 + Int($1) } == 9)
    let payload = try reader.payload()
    #expect(!payload.isMapped)
    #expect(try taken() == before)
  }

  @Test func anArrayWithAllItsMemoryIsReadInTheMapping() throws {
    _ = try directory.array()
    let writer = try directory.array("other")
    let reader = try ArrayReader(#require(directory.read("other")))
    #expect(try reader.payload().isMapped && !reader.segment.description.sparse)
    writer.segment.close()
  }

  @Test func onlyArraysCanBeSparse() throws {
    #expect(code { _ = try canvas(kind: .frames) } == .invalid)
    #expect(try SystemCalls.entries(directory.path).filter { $0 != ".lock" } == [])
  }

  @Test func creatingFailsWithAReasonAndLeavesNothing() throws {
    for (call, errno, expected) in [
      ("ftruncate", EFBIG, SegmentError.Code.system), ("posix_fallocate", ENOSPC, .noSpace),
    ] {
      let found = SystemCallFaults.failing(call, with: errno) { code { _ = try canvas() } }
      #expect(found == expected)
      #expect(try SystemCalls.entries(directory.path).filter { $0 != ".lock" } == [])
    }
  }

  @Test func readingFailsWithAReason() throws {
    let writer = try ArrayWriter(try canvas())
    let reader = try ArrayReader(#require(directory.read("canvas")))
    var bytes = [UInt8](repeating: 0, count: 16)
    let found = SystemCallFaults.failing("pread", with: EIO) {
      code {
        _ = try unsafe bytes.withUnsafeMutableBytes {
          try unsafe reader.copy(start: [0, 0], stop: [1, 16], into: $0)
        }
      }
    }
    #expect(found == .system)
    writer.segment.close()
  }

  @Test func theVersionOfARegionIsThatOfItsTiles() throws {
    let writer = try directory.array()  // 6 x 10 in tiles of 4 x 4
    let reader = try ArrayReader(#require(directory.read("array")))
    #expect(reader.version(of: [0..<6, 0..<10]).isUntouched)
    try unsafe writer.edit(start: [5, 9], stop: [6, 10]) { _ in }
    try unsafe writer.edit(start: [0, 0], stop: [1, 1]) { _ in }
    #expect(reader.version(of: [0..<6, 0..<10]).newest == 2)
    #expect(reader.version(of: [4..<6, 8..<10]).newest == 1)
    #expect(reader.version(of: [0..<4, 4..<10]).isUntouched)
    #expect(reader.version(of: [2..<2, 0..<10]).isUntouched)
    let before = reader.version(of: [0..<4, 0..<4])
    #expect(reader.isUnchanged([0..<4, 0..<4], since: before))
    try writer.begin(start: [3, 3], stop: [4, 4])
    #expect(
      reader.version(of: [0..<1, 0..<1]).isOpen && !reader.version(of: [4..<6, 0..<10]).isOpen)
    #expect(!reader.isUnchanged([0..<4, 0..<4], since: before))
    try writer.end()
    #expect(!reader.isUnchanged([0..<4, 0..<4], since: before))
    #expect(reader.version(of: [0..<1, 0..<1]).newest == 3)
  }
}
