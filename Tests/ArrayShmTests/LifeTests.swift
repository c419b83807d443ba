import Dispatch
import Glibc
import Testing

@testable import ArrayShm

/// How segments of every kind begin, are taken over, and end.
@Suite struct LifeTests {
  let directory: PrivateDirectory

  init() throws { directory = try PrivateDirectory() }

  func create(_ kind: SegmentKind, resume: Bool = false, persist: Bool = false) throws
    -> SegmentWriter
  {
    let dtype = try DType(descr: "'<u4'")
    var specification =
      switch kind {
      case .frames: SegmentSpecification.frames("it", dtype: dtype, shape: [4])
      case .log: SegmentSpecification.log("it", dtype: dtype, records: 4)
      case .array: SegmentSpecification.array("it", dtype: dtype, shape: [4])
      }
    specification.persist = persist
    return try SegmentWriter(directory: directory.segments, specification, resume: resume)
  }

  @Test(arguments: SegmentKind.allCases) func oneWriterAName(_ kind: SegmentKind) throws {
    let writer = try create(kind)
    #expect(code { _ = try create(.log) } == .busy)
    #expect(code { try directory.segments.remove("it") } == .busy)
    writer.close()
    #expect(code { _ = try create(.log) } == nil)
  }

  @Test(arguments: SegmentKind.allCases) func cleanEndRemovesTheFile(_ kind: SegmentKind) throws {
    let writer = try create(kind)
    let reader = try #require(directory.read("it"))
    #expect(reader.state == .live)
    #expect(try directory.segments.names() == ["it"])
    writer.close()
    writer.close()
    #expect(try directory.segments.names() == [])
    #expect(reader.state == .closed)
    #expect(code { try reader.wait(after: 0, timeout: nil) } == .closed)
    #expect(code { _ = try writer.wanted() } == .closed)
    // What the reader has mapped stays readable.
    #expect(reader.sequence == 0)
  }

  @Test(arguments: SegmentKind.allCases) func persistentSegmentStays(_ kind: SegmentKind) throws {
    try create(kind, persist: true).close()
    let reader = try #require(directory.read("it"))
    #expect(reader.state == .closed)
    #expect(try directory.segments.collectGarbage(dryRun: false) == [])
    try directory.segments.remove("it")
    #expect(code { try directory.segments.remove("it") } == .notFound)
  }

  @Test(arguments: SegmentKind.allCases) func takeOverAfterADeath(_ kind: SegmentKind) throws {
    let dead = try create(kind)
    let reader = try #require(directory.read("it"))
    dead.dieForTesting()
    #expect(reader.state == .gone)
    #expect(code { try reader.wait(after: 0, timeout: nil) } == .closed)
    #expect(try directory.segments.names() == ["it"])
    let heir = try create(kind)
    #expect(reader.state == .superseded)
    #expect(code { try reader.wait(after: 0, timeout: nil) } == .superseded)
    #expect(
      try #require(directory.read("it")).description.generation == heir.description.generation)
    // The dead writer's late end must not take the heir's file away.
    dead.close()
    #expect(try directory.segments.names() == ["it"])
  }

  @Test func garbageIsWhatTheDeadLeft() throws {
    let dead = try create(.frames)
    let alive = try directory.frames("alive")
    dead.dieForTesting()
    let temporary = "\(directory.path)/\(SegmentWriter.temporaryPrefix)1-2"
    SystemCalls.close(try SystemCalls.open(temporary, O_CREAT | O_RDWR))
    let strange = "\(directory.path)/not-ours.npy"
    SystemCalls.close(try SystemCalls.open(strange, O_CREAT | O_RDWR))
    #expect(try directory.segments.collectGarbage(dryRun: true) == [".tmp-1-2", "it.npy"])
    #expect(try directory.segments.names() == ["alive", "it", "not-ours"])
    #expect(try directory.segments.collectGarbage(dryRun: false) == [".tmp-1-2", "it.npy"])
    #expect(try directory.segments.names() == ["alive", "not-ours"])
    #expect(try directory.segments.collectGarbage(dryRun: false) == [])
    alive.segment.close()
  }

  /// A directory may hold other people's arrays: a name is no reason to replace one.
  @Test func filesThatAreNoSegmentsAreNotReplaced() throws {
    let path = "\(directory.path)/frames.npy"
    SystemCalls.close(try SystemCalls.open(path, O_CREAT | O_RDWR))
    #expect(code { _ = try directory.frames() } == .invalid)
    #expect(try SystemCalls.status(path: path).st_size == 0)
    try directory.segments.remove("frames")
    #expect(code { _ = try directory.frames() } == nil)
  }

  @Test func aRemovedDirectoryIsToldAgainAndAgain() throws {
    let own = try SegmentDirectory("\(directory.path)/inner")
    try own.create()
    let watcher = try DirectoryWatcher(directory: own)
    unsafe rmdir(own.path)
    for _ in 0..<3 { #expect(code { _ = try watcher.next(timeout: .seconds(5)) } == .notFound) }
  }

  // MARK: Resuming

  @Test func framesAreResumedWithTheirNumbers() throws {
    let dead = try directory.frames()
    for value in 1...5 as ClosedRange<UInt32> { try dead.put(value) }
    let reader = try FrameReader(#require(directory.read("frames")))
    // It died in the middle of a frame.
    let slot = try dead.loanSlot()
    // And, in another life, between storing a frame's word and head: two slots must not hold the
    // same number later.
    let newest = Int(dead.segment.memory.load(.head, ordering: .relaxed) % 1024)
    let early = try #require((0..<4).first { $0 != slot && $0 != newest })
    unsafe dead.segment.memory.sequenceWord(early).pointee.store(2 * 6, ordering: .relaxed)
    dead.segment.dieForTesting()
    let heir = try FrameWriter(
      directory: directory.segments, Self.specification(dead.segment.description), resume: true)
    #expect(heir.segment.description.generation == reader.segment.description.generation)
    #expect(try reader.latest().values[0] == 5)
    #expect(reader.segment.state == .live)
    #expect(code { _ = try reader.next(after: 5) } == SegmentError.Code.none)
    for value in 6...12 as ClosedRange<UInt32> { #expect(try heir.put(value) == UInt64(value)) }
    #expect(try reader.latest().values[0] == 12)
  }

  @Test func arraysAreResumedWithTheirContent() throws {
    let dead = try directory.array()
    try unsafe dead.edit { unsafe $0.storeBytes(of: 4711, as: UInt16.self) }
    try dead.begin(start: [0, 0], stop: [1, 1])
    dead.segment.dieForTesting()
    // Of an edit that its dead writer left open there is nothing better.
    let reader = try ArrayReader(#require(directory.read("array")))
    var value = [UInt16](repeating: 0, count: 60)
    _ = try unsafe value.withUnsafeMutableBytes { try unsafe reader.copy(into: $0) }
    #expect(value[0] == 4711)
    let heir = try ArrayWriter(
      directory: directory.segments, Self.specification(dead.segment.description), resume: true)
    #expect(reader.changed(since: 1).tiles == [0] && reader.changed(since: 1).version == 2)
    try unsafe heir.edit(start: [5, 9], stop: [6, 10]) { _ in }
    #expect(reader.changed(since: 2).tiles == [5])
  }

  @Test func onlyEqualSegmentsAreResumed() throws {
    let dead = try directory.log(records: 8)
    try dead.append([1, 2, 3])
    dead.segment.dieForTesting()
    let other = try LogWriter(
      directory: directory.segments, .log("log", dtype: DType(descr: "'<u8'"), records: 9),
      resume: true)
    #expect(other.segment.description.generation != dead.segment.description.generation)
    #expect(try other.append([1]) == 1)
    // Nor is a live one.
    #expect(
      code {
        _ = try LogWriter(
          directory: directory.segments, .log("log", dtype: DType(descr: "'<u8'"), records: 9),
          resume: true)
      } == .busy)
  }

  private static func specification(_ old: SegmentDescription) -> SegmentSpecification {
    SegmentSpecification(
      kind: old.kind, name: old.name, dtype: old.dtype, shape: old.kind == .log ? [] : old.shape,
      slots: old.slots, tile: old.grid?.tile)
  }

  // MARK: Waiting

  @Test func waitsEndInTimeAndAtOnce() throws {
    let writer = try directory.frames()
    let reader = try #require(directory.read("frames"))
    #expect(code { try reader.wait(after: 0, timeout: .zero) } == .timeout)
    let start = Clock.monotonic
    #expect(code { try reader.wait(after: 0, timeout: .milliseconds(30)) } == .timeout)
    #expect(Clock.monotonic - start >= 30_000_000)
    try writer.put(1)
    try reader.wait(after: 0, timeout: .zero)
    #expect(code { try reader.wait(after: 1, timeout: .milliseconds(-5)) } == .timeout)
  }

  @Test func aCommitAndAnEndWakeAWaiter() async throws {
    let writer = try directory.frames()
    let reader = try #require(directory.read("frames"))
    let wait = blocking { try reader.wait(after: 0, timeout: nil) }
    try await Task.sleep(for: .milliseconds(20))
    try writer.put(1)
    try await wait.value
    let end = blocking { code { try reader.wait(after: 1, timeout: nil) } }
    try await Task.sleep(for: .milliseconds(20))
    writer.segment.close()
    #expect(try await end.value == .closed)
  }

  @Test func oneWaiterForManySegments() async throws {
    let writers = try (0..<5).map { try directory.frames("s\($0)") }
    let readers = try (0..<5).map { try #require(directory.read("s\($0)")) }
    let waiter = SegmentWaiter()
    let waits = readers.map { (segment: $0, after: UInt64(0)) }
    #expect(try waiter.wait(for: waits, timeout: .zero) == [])
    try writers[1].put(1)
    try writers[3].put(1)
    #expect(try waiter.wait(for: waits, timeout: .zero) == [1, 3])
    let rest = [waits[0], waits[4]]
    let wait = blocking { try waiter.wait(for: rest, timeout: nil) }
    try await Task.sleep(for: .milliseconds(20))
    try writers[4].put(1)
    #expect(try await wait.value == [1])
    let kicked = blocking { try waiter.wait(for: [rest[0]], timeout: nil) }
    try await Task.sleep(for: .milliseconds(20))
    waiter.kick()
    #expect(try await kicked.value == [])
    let seen = waiter.kickCount
    waiter.kick()
    #expect(try waiter.wait(for: [rest[0]], timeout: nil, kicksSeen: seen) == [])
    writers[0].segment.close()
    #expect(try waiter.wait(for: [rest[0]], timeout: nil) == [0])
    let many = (0..<128).map { _ in rest[0] }
    #expect(code { _ = try waiter.wait(for: many, timeout: nil) } == .invalid)
  }

  @Test func watcherTellsWhatComesAndGoes() throws {
    let first = try directory.frames("first")
    let watcher = try DirectoryWatcher(directory: directory.segments)
    #expect(try watcher.next(timeout: .zero) == .added("first"))
    #expect(try watcher.next(timeout: .zero) == nil)
    let second = try directory.log("second")
    #expect(try watcher.next(timeout: .seconds(5)) == .added("second"))
    second.segment.close()
    #expect(try watcher.next(timeout: .seconds(5)) == .removed("second"))
    first.segment.dieForTesting()
    let again = try directory.frames("first")
    #expect(try watcher.next(timeout: .seconds(5)) == .added("first"))
    again.segment.close()
    #expect(try watcher.next(timeout: .seconds(5)) == .removed("first"))
    #expect(try watcher.next(timeout: .milliseconds(10)) == nil)
    // A file that somebody copies here.
    let copy = try SystemCalls.open("\(directory.path)/copy.npy", O_CREAT | O_RDWR)
    SystemCalls.close(copy)
    #expect(try watcher.next(timeout: .seconds(5)) == .added("copy"))
  }
}

/// Runs a call that blocks on a thread of its own: the few threads that tasks share must not all
/// wait.
private func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) -> Task<R, any Error>
{
  Task {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
  }
}
