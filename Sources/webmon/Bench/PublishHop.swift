import ArrayShm
import CLimits
import Glibc

/// Producer to memory: a frame published, beside a memcpy of the same bytes.
enum PublishHop: BenchHop {
  static let name = "publish"
  static let abstract = "producer to memory, beside memcpy"

  private static let slots = 4
  private static let bar = 0.95
  private static let barFrom = 1 << 20

  static func measure(_ setting: BenchSetting) throws -> Benchmark {
    let found = Benchmark(
      name, title: "A producer to memory",
      question: "What does publishing a frame cost beside copying its bytes?",
      method:
        "Publishing takes a slot on loan, copies the frame in and commits it. The limit copies the same bytes into a ring of as many touched buffers of shared memory, and into one. Between the timed batches every slot is checked.",
      figures: [
        ("gigabytes_a_second", .init(title: "throughput", unit: "GB/s", better: "more")),
        ("microseconds_a_frame", .init(title: "a frame", unit: "us", better: "less")),
      ],
      axis: .init(title: "frame", unit: "B"),
      contenders: [
        "webmon": .init(title: "webmon", kind: "webmon", version: ArrayShm.version),
        "memcpy_ring": .init(title: "memcpy into a ring", kind: "limit"),
        "memcpy_one": .init(
          title: "memcpy into one buffer", kind: "limit", note: "kinder to the cache"),
      ], setting)
    found.note("slots", Double(slots))
    let sizes = setting.options.sizes(
      BenchSizes.all, quick: [64, 64 << 10, 1 << 20, 16 << 20])
    for bytes in sizes {
      if let why = setting.ground.refusal(segment: (slots + 1) * bytes, other: (slots + 1) * bytes)
      {
        found.leaveOut("frames of \(BenchTable.size(bytes))", why)
        continue
      }
      let at = Double(bytes)
      let stream = try PublishedStream(setting.ground, bytes, slots: slots)
      let ring = try CopiedRing(bytes, slots: slots)
      let one = try CopiedRing(bytes, slots: 1)
      let time = setting.options.nanoseconds
      let rounds = try found.measure(
        at: at,
        [
          "webmon": { try figures(stream, time) }, "memcpy_ring": { try figures(ring, time) },
          "memcpy_one": { try figures(one, time) },
        ])
      let ratio = found.compare(
        rounds, "webmon", to: "memcpy_ring", "gigabytes_a_second", at: at)
      found.compare(rounds, "webmon", to: "memcpy_one", "gigabytes_a_second", at: at)
      if bytes >= barFrom {
        found.hold("at least \(bar) of memcpy at \(BenchTable.size(bytes))", ratio) { $0 >= bar }
      }
    }
    return found
  }

  private static func figures(
    _ target: some BatchTarget, _ nanoseconds: UInt64
  ) throws -> [String: Double] {
    let bytes = target.source.bytes
    let batch = max(2 * slots, min(1024, (4 << 20) / bytes))
    var frames = 0
    var took: UInt64 = 0
    // The first batch warms up.
    var isCounted = false
    while took < nanoseconds {
      target.source.stamp(target.next)
      let start = limit_now()
      try target.put(batch)
      let end = limit_now()
      try target.check()
      if isCounted {
        took += max(end - start, 1)
        frames += batch
      }
      isCounted = true
    }
    let seconds = Double(took) / 1e9
    return [
      "gigabytes_a_second": Double(frames) * Double(bytes) / 1e9 / seconds,
      "microseconds_a_frame": seconds * 1e6 / Double(frames),
    ]
  }
}

/// What frames are put into, many at a time.
private protocol BatchTarget: AnyObject {
  var source: FrameSource { get }
  var next: UInt64 { get }
  /// Puts frames that differ in their number alone.
  func put(_ count: Int) throws
  /// Looks at everything that lies there.
  func check() throws
}

extension BatchTarget {
  /// A slot holds the frame that was stamped for the batch, with a number of its own.
  fileprivate func check(_ frame: UnsafeRawPointer, _ number: UInt64) throws {
    let bytes = source.bytes
    // All but the number is as in the source.
    guard unsafe stamp_word(frame, 0) == number,
      unsafe memcmp(frame + 8, source.base + 8, bytes - 8) == 0
    else { throw CommandFailure("a byte of a frame of \(bytes) bytes is wrong in memory") }
  }
}

private final class PublishedStream: BatchTarget {
  let source: FrameSource
  private(set) var next: UInt64 = 1
  private let writer: FrameWriter
  private let reader: FrameReader
  private let slots: Int

  init(_ ground: BenchGround, _ bytes: Int, slots: Int) throws {
    source = try FrameSource(bytes)
    self.slots = slots
    writer = try FrameWriter(
      directory: ground.segments, .benchFrames("publish", bytes: bytes, slots: slots))
    reader = try FrameReader(SegmentReader(directory: ground.segments, name: "publish"))
  }

  deinit { writer.segment.close() }

  func put(_ count: Int) throws {
    for _ in 0..<count {
      source.number(next)
      guard try source.publish(writer) else { throw CommandFailure("a frame was dropped") }
      next += 1
    }
  }

  func check() throws {
    for number in (next - UInt64(slots))..<next {
      let lease = try reader.next(after: number - 1).lease
      try unsafe lease.withUnsafeBytes { try unsafe check($0.baseAddress!, number) }
    }
  }
}

private final class CopiedRing: BatchTarget {
  let source: FrameSource
  private(set) var next: UInt64 = 1
  private let memory: LimitMemory
  private let slots: Int

  init(_ bytes: Int, slots: Int) throws {
    source = try FrameSource(bytes)
    self.slots = slots
    memory = try LimitMemory(slots * Int(bare_stride(UInt64(bytes))))
  }

  private func slot(_ number: UInt64) -> UnsafeMutableRawPointer {
    unsafe memory.base + Int(number % UInt64(slots)) * Int(bare_stride(UInt64(source.bytes)))
  }

  func put(_ count: Int) throws {
    for _ in 0..<count {
      source.number(next)
      unsafe memcpy(slot(next), source.base, source.bytes)
      next += 1
    }
  }

  func check() throws {
    for number in (next - UInt64(slots))..<next { try unsafe check(slot(number), number) }
  }
}
