import ArrayShm
import CLimits

/// To many processes at a pace.
enum ReadersHop: BenchHop {
  static let name = "readers"
  static let abstract = "to 1 to 64 processes at a pace, beside a bare C ring"

  private static let slots = 8
  private static let skip = 5
  private static let bytes = 1 << 20
  private static let rate = 60.0

  static func measure(_ setting: BenchSetting) throws -> Benchmark {
    let found = Benchmark(
      name, title: "To many processes",
      question: "What do many readers of one stream cost?",
      method:
        "Frames are due at fixed times, and a frame that is late counts from when it was due. Each reader is a process with a mapping of its own that looks at a word of every page in place. The CPU is that of the writer and all readers. The limit is the same in C.",
      figures: [
        ("cpu_cores", .init(title: "CPU of all", unit: "cores", better: "less")),
        ("p50_us", .init(title: "p50", unit: "us", better: "less")),
        ("p99_us", .init(title: "p99", unit: "us", better: "less")),
        ("max_us", .init(title: "max", unit: "us", better: "less")),
        ("missed_share", .init(title: "missed", unit: "%", better: "less")),
        ("dropped", .init(title: "dropped", unit: "", better: "less")),
        ("torn", .init(title: "torn", unit: "", better: "less")),
      ],
      axis: .init(title: "readers", unit: ""),
      contenders: [
        "webmon": .init(title: "webmon", kind: "webmon", version: ArrayShm.version),
        "ring": .init(title: "bare C ring and futex", kind: "limit", note: "may tear"),
      ], setting)
    found.note("bytes", Double(bytes))
    found.note("rate", rate)
    if let why = setting.ground.refusal(segment: slots * bytes, other: (slots + 1) * bytes) {
      found.leaveOut("all", why)
      return found
    }
    let source = try FrameSource(bytes)
    let count = skip + max(10, Int(2 * rate * setting.options.seconds))
    for readers in setting.options.sizes([1, 4, 16, 64], quick: [1, 8]) {
      let at = Double(readers)
      let rounds = try found.measure(
        at: at,
        [
          "webmon": {
            let stream = try StreamPublisher(setting.ground.segments, name, source, slots: slots)
            return try one(setting.ground, stream, readers, count)
          },
          "ring": {
            try one(setting.ground, try BarePublisher(source, slots: slots), readers, count)
          },
        ])
      found.compare(rounds, "webmon", to: "ring", "cpu_cores", at: at)
      found.compare(rounds, "webmon", to: "ring", "p50_us", at: at)
    }
    found.holdNoTornFrame()
    return found
  }

  private static func one(
    _ ground: BenchGround, _ publisher: some FramePublisher & PartOwner, _ readers: Int,
    _ count: Int
  ) throws -> [String: Double] {
    let parts = try (0..<readers).map { _ in
      try publisher.reader(ground, slots: slots, skip: skip, latencies: count, copy: false)
    }
    for part in parts { try part.isReady() }
    let cpu = PartReport.cpu
    let start = limit_now()
    let dropped = try publisher.publish(count, every: UInt64(1e9 / rate))
    let took = limit_now() - start
    let publishing = PartReport.cpu - cpu
    let reports = try parts.map { try $0.report() }
    let frames = reports.reduce(0) { $0 + $1.frames }
    guard frames > 0 else { throw CommandFailure("no frame came to any of \(readers) processes") }
    let missed = reports.reduce(0) { $0 + $1.missed }
    let reading = reports.reduce(0) { $0 + $1.cpuNanoseconds }
    var figures = LatencySummary.percentiles(reports.flatMap(\.latencies))
    figures["p90_us"] = nil
    figures["cpu_cores"] = Double(publishing + reading) / Double(max(took, 1))
    figures["missed_share"] = 100 * Double(missed) / Double(frames + missed)
    figures["dropped"] = Double(dropped)
    figures["torn"] = Double(reports.reduce(0) { $0 + $1.torn })
    return figures
  }
}
