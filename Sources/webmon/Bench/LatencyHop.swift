import ArrayShm

/// To another process, paced: from when a frame is due until it was read there.
enum LatencyHop: BenchHop {
  static let name = "latency"
  static let abstract = "to another process at a pace, beside a bare C ring"

  private static let slots = 4
  private static let skip = 5
  private static let bar = 1.5

  static func measure(_ setting: BenchSetting) throws -> Benchmark {
    let found = Benchmark(
      name, title: "To another process, paced",
      question: "How long after a frame is due has another process read it?",
      method:
        "Frames are due at fixed times; a frame that is late counts from when it was due. The time holds one copy into the ring, the wake-up, and a look at a word of every page in place. The limit is the same in C: memcpy, futex, and nothing that keeps the writer off a slot.",
      figures: LatencySummary.figures + [
        ("missed", .init(title: "missed", unit: "", better: "less")),
        ("torn", .init(title: "torn", unit: "", better: "less")),
      ],
      axis: .init(title: "frame", unit: "B"),
      contenders: [
        "webmon": .init(title: "webmon", kind: "webmon", version: ArrayShm.version),
        "ring": .init(title: "bare C ring and futex", kind: "limit", note: "may tear"),
      ], setting)
    let sizes = setting.options.sizes(
      [64, 4 << 10, 64 << 10, 1 << 20, 8 << 20, 64 << 20, 256 << 20],
      quick: [64, 1 << 20, 8 << 20])
    for bytes in sizes {
      let ring = slots * bytes
      if let why = setting.ground.refusal(segment: ring, other: ring + bytes) {
        found.leaveOut("frames of \(BenchTable.size(bytes))", why)
        continue
      }
      let at = Double(bytes)
      let rate = rate(bytes)
      let count = skip + max(setting.options.isQuick ? 5 : 20, Int(rate * setting.options.seconds))
      let source = try FrameSource(bytes)
      let rounds = try found.measure(
        at: at,
        [
          "webmon": {
            try one(
              setting.ground,
              try StreamPublisher(setting.ground.segments, name, source, slots: slots), count, rate)
          },
          "ring": {
            try one(setting.ground, try BarePublisher(source, slots: slots), count, rate)
          },
        ])
      let ratio = found.compare(rounds, "webmon", to: "ring", "p50_us", at: at)
      if bytes == sizes[0] {
        found.hold(
          "the median at most \(bar) times the bare ring's at \(BenchTable.size(bytes))", ratio
        ) {
          $0 <= bar
        }
      }
    }
    found.holdNoTornFrame()
    return found
  }

  /// Frames a second: few enough that nobody is behind.
  private static func rate(_ bytes: Int) -> Double {
    switch bytes {
    case ...(64 << 10): 500
    case ...(1 << 20): 250
    case ...(8 << 20): 60
    case ...(64 << 20): 15
    default: 4
    }
  }

  private static func one(
    _ ground: BenchGround, _ publisher: some FramePublisher & PartOwner, _ count: Int,
    _ rate: Double
  ) throws -> [String: Double] {
    let part = try publisher.reader(
      ground, slots: slots, skip: skip, latencies: count, copy: false)
    try part.isReady()
    _ = try publisher.publish(count, every: UInt64(1e9 / rate))
    let report = try part.report()
    guard report.frames > 0 else {
      throw CommandFailure("no frame of \(publisher.source.bytes) bytes came to another process")
    }
    var figures = LatencySummary.percentiles(report.latencies)
    figures["missed"] = Double(report.missed)
    figures["torn"] = Double(report.torn)
    return figures
  }
}
