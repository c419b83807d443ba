import ArrayShm
import CLimits

/// To another process and back: what waking costs, with next to nothing to copy.
enum RoundTripHop: BenchHop {
  static let name = "round-trip"
  static let abstract = "to another process and back, beside a bare futex"

  private static let bytes = 64
  private static let slots = 4
  private static let bar = 1.5

  static func measure(_ setting: BenchSetting) throws -> Benchmark {
    let found = Benchmark(
      name, title: "To another process and back",
      question: "What does it cost to wake a process that waits for a frame?",
      method:
        "A frame of \(bytes) bytes is published; another process waits for it, copies it out and publishes it back. The limit does the same with a memcpy and a futex alone, in C.",
      figures: LatencySummary.figures + [
        ("round_trips_a_second", .init(title: "round trips", unit: "1/s", better: "more"))
      ],
      axis: nil,
      contenders: [
        "webmon": .init(title: "webmon", kind: "webmon", version: ArrayShm.version),
        "futex": .init(title: "bare C futex ping-pong", kind: "limit"),
      ], setting)
    found.note("bytes", Double(bytes))
    let times = max(200, Int(setting.options.seconds * 10_000))
    let rounds = try found.measure([
      "webmon": { try webmon(setting.ground, times) },
      "futex": { try futex(setting.ground, times) },
    ])
    let ratio = found.compare(rounds, "webmon", to: "futex", "p50_us")
    found.hold("a wake-up at most \(bar) times the bare futex", ratio) { $0 <= bar }
    return found
  }

  private static func figures(_ nanoseconds: [UInt64]) -> [String: Double] {
    // The first ones warm up.
    let counted = Array(nanoseconds.dropFirst(nanoseconds.count / 10))
    var found = LatencySummary.percentiles(counted)
    let sum = counted.reduce(0, +)
    if sum > 0 { found["round_trips_a_second"] = Double(counted.count) * 1e9 / Double(sum) }
    return found
  }

  private static func webmon(_ ground: BenchGround, _ times: Int) throws -> [String: Double] {
    let source = try FrameSource(bytes)
    let there = try StreamPublisher(ground.segments, "there", source, slots: slots)
    let part = try BenchProcess(
      ground,
      [
        "bench-part", "echo", "--dir", ground.segments.path, "--name", "there", "--bytes",
        "\(bytes)",
      ])
    try part.isReady()
    let back = try SegmentReader(directory: ground.segments, name: "there-back")
    let reader = try FrameReader(back)
    let memory = try LimitMemory(bytes)
    let answer = unsafe UnsafeMutableRawBufferPointer(start: memory.base, count: bytes)
    var latencies: [UInt64] = []
    latencies.reserveCapacity(times)
    for _ in 0..<times {
      let number = there.next
      let seen = back.sequence
      source.stamp(number)
      let start = limit_now()
      guard try there.publish(isLast: false) else { throw CommandFailure("a frame was dropped") }
      try back.wait(after: seen, timeout: .seconds(10))
      _ = try unsafe reader.copyLatest(into: answer)
      latencies.append(limit_now() - start)
      guard let base = answer.baseAddress, unsafe stamp_word(base, 0) == number,
        unsafe stamp_check(base, UInt64(bytes)) == Int64(STAMP_RIGHT)
      else { throw CommandFailure("a frame came back wrong") }
    }
    return figures(latencies)
  }

  private static func futex(_ ground: BenchGround, _ times: Int) throws -> [String: Double] {
    let source = try FrameSource(bytes)
    let rings = try BareRings(2, slots: slots, frame: bytes)
    let part = try BenchProcess(
      ground, ["bench-part", "bare-echo", "--bytes", "\(bytes)", "--slots", "\(slots)"],
      inherited: rings.file)
    try part.isReady()
    let kept = try LimitMemory(times * 8)
    let latencies = unsafe kept.base.assumingMemoryBound(to: UInt64.self)
    let result = unsafe bare_ping(
      rings[0], rings[1], source.base, UInt32(times), latencies)
    guard result == 0 else { throw CommandFailure("a frame of the limit came back wrong") }
    defer { withExtendedLifetime(kept) {} }
    return figures((0..<times).map { unsafe latencies[$0] })
  }
}
