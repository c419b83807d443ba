import Glibc
import Testing

@testable import ArrayShm

@Suite struct FrameTests {
  let directory: PrivateDirectory

  init() throws { directory = try PrivateDirectory() }

  @Test func newestFrameIsReadInPlace() throws {
    let writer = try directory.frames()
    let reader = try FrameReader(#require(directory.read("frames")))
    #expect(code { _ = try reader.latest() } == SegmentError.Code.none)
    for value in 1...10 as ClosedRange<UInt32> {
      #expect(try writer.put(value) == UInt64(value))
      let lease = try reader.latest()
      #expect(lease.values == [UInt32](repeating: value, count: 16))
      #expect(lease.info.sequence == UInt64(value))
      #expect(lease.info.validBytes == 64)
      #expect(lease.info.published > 0)
    }
  }

  @Test func everyFrameIsReadInOrderAndMissedOnesAreCounted() throws {
    let writer = try directory.frames(slots: 4)
    let reader = try FrameReader(#require(directory.read("frames")))
    for value in 1...3 as ClosedRange<UInt32> { try writer.put(value) }
    var seen: [UInt64] = []
    var missed: UInt64 = 0
    func drain() throws {
      while reader.segment.sequence > seen.last ?? 0 {
        let next = try reader.next(after: seen.last ?? 0)
        #expect(next.lease.values.allSatisfy { UInt64($0) == next.lease.info.sequence })
        missed += next.missed
        seen.append(next.lease.info.sequence)
      }
      #expect(code { _ = try reader.next(after: seen.last ?? 0) } == SegmentError.Code.none)
    }
    try drain()
    #expect(seen == [1, 2, 3] && missed == 0)
    for value in 4...10 as ClosedRange<UInt32> { try writer.put(value) }
    try drain()
    #expect(seen == [1, 2, 3, 7, 8, 9, 10] && missed == 3)
  }

  @Test func leasedFrameStaysAndWriterNeverWaits() throws {
    let writer = try directory.frames(slots: 3)
    let reader = try FrameReader(#require(directory.read("frames")))
    try writer.put(1)
    let lease = try reader.latest()
    for value in 2...50 as ClosedRange<UInt32> { try writer.put(value) }
    #expect(lease.values.allSatisfy { $0 == 1 })
    #expect(lease.isIntact)
    #expect(try reader.latest().values.allSatisfy { $0 == 50 })
  }

  @Test func allSlotsLeasedMeansDroppedAndCounted() throws {
    let writer = try directory.frames(slots: 2)
    let reader = try FrameReader(#require(directory.read("frames")))
    try writer.put(1)
    let first = try reader.latest()
    try writer.put(2)
    let second = try reader.latest()
    #expect(code { try writer.put(3) } == .dropped)
    #expect(code { try writer.put(3) } == .dropped)
    #expect(try writer.segment.status().dropped == 2)
    #expect(first.values[0] == 1 && second.values[0] == 2)
    _ = consume first
    #expect(try writer.put(3) == 3)
    #expect(second.values[0] == 2)
  }

  @Test func twoLeasesOfOneSlotEndWithTheSecond() throws {
    let writer = try directory.frames(slots: 2)
    let reader = try FrameReader(#require(directory.read("frames")))
    try writer.put(1)
    let one = try reader.latest()
    let two = try reader.latest()
    #expect(reader.segment.leasedSlots == 1)
    try writer.put(2)
    _ = consume one
    #expect(code { try writer.put(3) } == .dropped)
    _ = consume two
    #expect(reader.segment.leasedSlots == 0)
    #expect(code { try writer.put(3) } == nil)
  }

  @Test func overwriteBoundTakesASlotBackAndTheLeaseSaysSo() throws {
    let writer = try directory.frames(slots: 2, overwriteAfter: 3)
    let reader = try FrameReader(#require(directory.read("frames")))
    try writer.put(1)
    let hostile = try reader.latest()
    try writer.put(2)
    let other = try reader.latest()
    for _ in 0..<3 { #expect(code { try writer.put(9) } == .dropped) }
    #expect(try writer.put(9) == 3)
    #expect(!hostile.isIntact)
    #expect(other.isIntact)
  }

  @Test func abandonedLoanIsNeverSeen() throws {
    let writer = try directory.frames(slots: 2)
    let reader = try FrameReader(#require(directory.read("frames")))
    try writer.put(1)
    do {
      let loan = try writer.loan()
      unsafe loan.withUnsafeMutableBytes { bytes in
        for index in bytes.indices { unsafe bytes[index] = 0xAA }
      }
    }
    #expect(try reader.latest().values.allSatisfy { $0 == 1 })
    #expect(code { _ = try reader.next(after: 1) } == SegmentError.Code.none)
    #expect(try writer.put(2) == 2)
  }

  @Test func refusedFramesGiveTheirSlotBack() throws {
    let writer = try directory.frames(slots: 2)
    let frame = [UInt8](repeating: 0, count: 64)
    for _ in 0..<5 {
      #expect(
        code {
          _ = try unsafe frame.withUnsafeBytes {
            try unsafe writer.put($0, info: FrameInfo(validBytes: 65))
          }
        } == .invalid)
    }
    #expect(try writer.put(1) == 1)
  }

  /// What was published before the end is read before the end is told, whenever the reader looks.
  @Test func lastFramesAreReadBeforeTheEnd() throws {
    let writer = try directory.frames()
    let reader = try FrameReader(#require(directory.read("frames")))
    try writer.put(1)
    try writer.put(2)
    writer.segment.close()
    #expect(try reader.next(after: 0).lease.values[0] == 1)
    #expect(try reader.next(after: 1).lease.values[0] == 2)
    #expect(code { _ = try reader.next(after: 2) } == .closed)
    #expect(try reader.latest().values[0] == 2)
  }

  @Test func loansFillInPlaceAndSeveralMayBeOut() throws {
    let writer = try directory.frames(slots: 4)
    let reader = try FrameReader(#require(directory.read("frames")))
    let a = try writer.loan()
    let b = try writer.loan()
    unsafe a.withUnsafeMutableBytes { unsafe $0.storeBytes(of: 7, as: UInt32.self) }
    unsafe b.withUnsafeMutableBytes { unsafe $0.storeBytes(of: 8, as: UInt32.self) }
    #expect(try b.commit(FrameInfo(level: 2, plane: 3, y: 4, x: 5, h: 6, w: 7, user: 8)) == 1)
    let lease = try reader.latest()
    #expect(lease.values[0] == 8)
    #expect(lease.info.level == 2 && lease.info.plane == 3 && lease.info.user == 8)
    #expect([lease.info.y, lease.info.x, lease.info.h, lease.info.w] == [4, 5, 6, 7])
    #expect(try a.commit() == 2)
    #expect(try reader.latest().values[0] == 7)
  }

  @Test func copiesAreWholeAndSized() throws {
    let writer = try directory.frames()
    let reader = try FrameReader(#require(directory.read("frames")))
    try writer.put(5)
    var frame = [UInt32](repeating: 0, count: 16)
    let info = try unsafe frame.withUnsafeMutableBytes { try unsafe reader.copyLatest(into: $0) }
    #expect(info.sequence == 1 && frame.allSatisfy { $0 == 5 })
    var short = [UInt32](repeating: 0, count: 15)
    #expect(
      code {
        _ = try unsafe short.withUnsafeMutableBytes { try unsafe reader.copyLatest(into: $0) }
      } == .invalid)
  }

  /// Copies the oldest frame over `after` and gives its values, its number, and how many were missed.
  private func copyNext(
    _ reader: FrameReader, after: UInt64
  ) throws -> (values: [UInt32], sequence: UInt64, missed: UInt64) {
    var frame = [UInt32](repeating: 0, count: reader.segment.description.stride / 4)
    let copied = try unsafe frame.withUnsafeMutableBytes {
      try unsafe reader.copyNext(after: after, into: $0)
    }
    return (frame, copied.info.sequence, copied.missed)
  }

  @Test func everyFrameIsCopiedInOrder() throws {
    let writer = try directory.frames(slots: 4)
    let reader = try FrameReader(#require(directory.read("frames")))
    #expect(code { _ = try copyNext(reader, after: 0) } == SegmentError.Code.none)
    for value in 1...3 as ClosedRange<UInt32> { try writer.put(value) }
    for number in 1...3 as ClosedRange<UInt64> {
      let (values, sequence, missed) = try copyNext(reader, after: number - 1)
      #expect(values.allSatisfy { $0 == UInt32(number) } && sequence == number && missed == 0)
    }
    for value in 4...10 as ClosedRange<UInt32> { try writer.put(value) }
    let (values, sequence, missed) = try copyNext(reader, after: 3)
    #expect(values.allSatisfy { $0 == 7 } && sequence == 7 && missed == 3)
    for last in [10, UInt64.max] {
      #expect(code { _ = try copyNext(reader, after: last) } == SegmentError.Code.none)
    }
    #expect(reader.segment.leasedSlots == 0)
  }

  @Test func aReaderThatKeepsUpCopiesWithoutALock() throws {
    let writer = try directory.frames()
    let reader = try FrameReader(#require(directory.read("frames")))
    try writer.put(5)
    // Whoever needs the lock would not come by: it stays somebody else's.
    let other = try Descriptor(opening: reader.segment.description.path, O_RDWR)
    for slot in 0..<4 { #expect(try other.tryExclusive(LockByte.slot(slot))) }
    #expect(code { _ = try reader.next(after: 0) } == .torn)
    #expect(try copyNext(reader, after: 0).values.allSatisfy { $0 == 5 })
  }

  @Test func wrongSizesAndKindsAreRefused() throws {
    let writer = try directory.frames()
    let frame = [UInt8](repeating: 0, count: 63)
    #expect(code { _ = try unsafe frame.withUnsafeBytes { try unsafe writer.put($0) } } == .invalid)
    #expect(code { try writer.commit(slot: 0, FrameInfo()) } == .invalid)
    #expect(code { try writer.commit(slot: -1, FrameInfo()) } == .invalid)
    #expect(code { _ = try LogReader(#require(directory.read("frames"))) } == .invalid)
  }

  @Test func wantedFollowsSubscriptions() throws {
    let writer = try directory.frames()
    let one = try #require(directory.read("frames"))
    let two = try #require(directory.read("frames"))
    #expect(try !writer.segment.wanted())
    try one.subscribe(true)
    try one.subscribe(true)
    #expect(try writer.segment.wanted())
    try two.subscribe(true)
    #expect(try writer.segment.status().readers == 2)
    // A handle does not count itself.
    #expect(try one.status().readers == 1)
    try one.subscribe(false)
    #expect(try writer.segment.wanted())
    try two.subscribe(false)
    #expect(try !writer.segment.wanted())
  }
}
