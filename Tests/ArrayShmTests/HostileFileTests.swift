import Glibc
import Testing

@testable import ArrayShm

/// Opening never trusts: whatever is in a file, it is refused with a reason or is safe to use.
@Suite struct HostileFileTests {
  let directory: PrivateDirectory

  init() throws { directory = try PrivateDirectory() }

  /// The bytes of a whole segment of each kind.
  func originals() throws -> [(kind: SegmentKind, bytes: [UInt8], layout: SegmentLayout)] {
    let frames = try directory.frames(slots: 3)
    for value in 1...4 as ClosedRange<UInt32> { try frames.put(value) }
    let log = try directory.log()
    try log.append([1, 2, 3])
    let array = try directory.array()
    try unsafe array.edit(start: [0, 0], stop: [1, 1]) { _ in }
    return try ["frames", "log", "array"].map { name in
      let reader = try #require(directory.read(name))
      let layout = reader.memory.layout
      return (layout.kind, reader.memory.bytes(0..<layout.fileSize), layout)
    }
  }

  func write(_ bytes: [UInt8]) throws {
    let path = "\(directory.path)/hostile.npy"
    let descriptor = try SystemCalls.open(path, O_CREAT | O_RDWR | O_TRUNC)
    defer { SystemCalls.close(descriptor) }
    let written = unsafe bytes.withUnsafeBytes {
      unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
    }
    try #require(written == bytes.count)
  }

  /// Opens the file and, if it is let in, uses all of it.
  func tryAll(_ bytes: [UInt8]) throws -> SegmentError? {
    try write(bytes)
    do throws(SegmentError) {
      let reader = try SegmentReader(directory: directory.segments, name: "hostile")
      _ = try reader.status()
      switch reader.description.kind {
      case .frames:
        let frames = try FrameReader(reader)
        var buffer = [UInt8](repeating: 0, count: reader.description.stride)
        if reader.sequence > 0 && reader.state == .live {
          _ = try? unsafe buffer.withUnsafeMutableBytes { try unsafe frames.copyLatest(into: $0) }
        }
      case .log: _ = try LogReader(reader).records(after: 0, limit: 1 << 20)
      case .array:
        let array = try ArrayReader(reader)
        _ = array.changed(since: 0)
      }
      return nil
    } catch {
      #expect(error.message.contains("hostile"))
      return error
    }
  }

  @Test func truncatedFilesAreRefused() throws {
    for (_, bytes, _) in try originals() {
      for length in stride(from: 0, to: bytes.count, by: 509) {
        #expect(try tryAll(Array(bytes[..<length])) != nil)
      }
      #expect(try tryAll(bytes + [0]) != nil)
      #expect(try tryAll(bytes + [UInt8](repeating: 0, count: 4096)) != nil)
      #expect(try tryAll(bytes) == nil)
    }
  }

  @Test func zeroedPagesAreRefused() throws {
    for (_, bytes, layout) in try originals() {
      let payload = layout.payloadOffset..<layout.controlOffset
      for page in stride(from: 0, to: bytes.count, by: 4096) where !payload.contains(page) {
        var zeroed = bytes
        for index in page..<page + 4096 { zeroed[index] = 0 }
        #expect(try tryAll(zeroed) != nil)
      }
      #expect(try tryAll([UInt8](repeating: 0, count: bytes.count)) != nil)
    }
  }

  /// Every bit of what must not change: header, constants, metadata, trailer.
  @Test func everyFlippedBitOfTheConstantsIsSeen() throws {
    for (kind, bytes, layout) in try originals() {
      let constants = layout.controlOffset..<layout.controlOffset + SegmentLayout.constantsSize
      let metadata = layout.controlOffset + layout.metadataOffset
      let guarded = [
        0..<128, 4000..<4096, constants, metadata..<metadata + layout.metadataLength,
        layout.trailerOffset..<layout.fileSize,
      ]
      // All kinds share the code: one is tried at every byte, the others at some.
      for index in guarded.joined() where kind == .frames || index % 13 == 0 {
        let bit = UInt8(1) << UInt8(index % 8)
        var flipped = bytes
        flipped[index] ^= bit
        #expect(try tryAll(flipped) != nil, "byte \(index)")
      }
    }
  }

  /// Hot words and table may hold anything: no crash, no hang, no read outside.
  @Test func randomHotWordsAndTablesAreSafe() throws {
    var random = SystemRandomNumberGenerator()
    for (_, bytes, layout) in try originals() {
      let hot =
        layout.controlOffset + SegmentLayout.constantsSize..<layout.controlOffset
        + layout.metadataOffset
      for round in 0..<100 {
        var damaged = bytes
        for index in hot where round % 2 == 0 || index % 3 == 0 {
          damaged[index] = UInt8.random(in: 0...255, using: &random)
        }
        // A state that opens, so that what lies behind it is met.
        for offset in 0..<8 { damaged[layout.controlOffset + 1088 + offset] = offset == 0 ? 1 : 0 }
        _ = try tryAll(damaged)
      }
    }
  }

  @Test func randomBytesAreRefused() throws {
    var random = SystemRandomNumberGenerator()
    for size in [0, 1, 63, 64, 4096, 12288, 16384] {
      for _ in 0..<20 {
        #expect(
          try tryAll((0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }) != nil)
      }
    }
  }

  /// Constants that are wrong but carry a right CRC: each is held against what the .npy header
  /// gives.
  @Test func consistentLiesAreRefused() throws {
    for (kind, bytes, layout) in try originals() {
      for offset in [12, 24, 32, 40, 48, 80, 88, 96, 104, 112, 120, 128] {
        for value in [0, 1, 7, 4096, UInt64(UInt32.max), UInt64(Int64.max), UInt64.max] {
          var lie = bytes
          let at = layout.controlOffset + offset
          if offset == 12 || offset == 120 {
            let old = lie.number(UInt32.self, at: at)
            if UInt64(old) == value & 0xFFFF_FFFF { continue }
            lie.store(UInt32(truncatingIfNeeded: value), at: at)
          } else {
            if lie.number(UInt64.self, at: at) == value || offset == 128 && kind != .array {
              continue
            }
            lie.store(value, at: at)
          }
          let constants = lie[
            layout.controlOffset..<layout.controlOffset + SegmentLayout.constantsSize]
          lie.store(CRC32C.checksum(constants), at: layout.trailerOffset + 12)
          lie.store(
            CRC32C.checksum(lie[layout.trailerOffset..<layout.trailerOffset + 60]),
            at: layout.trailerOffset + 60)
          #expect(try tryAll(lie) != nil, "\(kind) field at \(offset) = \(value)")
        }
      }
    }
  }

  @Test func otherThingsUnderTheNameAreRefused() throws {
    let path = "\(directory.path)/hostile.npy"
    unsafe mkdir(path, 0o700)
    #expect(
      code { _ = try SegmentReader(directory: directory.segments, name: "hostile") } == .corrupt)
    unsafe rmdir(path)
    unsafe symlink("/etc/passwd", path)
    #expect(code { _ = try SegmentReader(directory: directory.segments, name: "hostile") } != nil)
    unsafe unlink(path)
    unsafe mkfifo(path, 0o600)
    #expect(
      code { _ = try SegmentReader(directory: directory.segments, name: "hostile") } == .corrupt)
  }
}
