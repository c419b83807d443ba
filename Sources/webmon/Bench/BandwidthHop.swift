import ArrayShm

/// To another process, flat out: what a reader takes while the writer does not wait.
enum BandwidthHop: BenchHop {
  static let name = "bandwidth"
  static let abstract = "to another process flat out, beside a bare C ring"

  private static let slots = 4
  private static let skip = 3

  static func measure(_ setting: BenchSetting) throws -> Benchmark {
    let found = Benchmark(
      name, title: "To another process, flat out",
      question: "How much does a reader take of a writer that never waits?",
      method:
        "One process publishes without a pause, another takes the newest frame again and again: a copy of it, or a word of every page in place. A word of every page is checked; frames that are put together from two count as torn. The limit is the same in C with a memcpy each and a futex, and nothing that keeps frames whole.",
      figures: [
        ("frames_a_second", .init(title: "taken", unit: "1/s", better: "more")),
        ("gigabytes_a_second", .init(title: "taken", unit: "GB/s", better: "more")),
        ("published_a_second", .init(title: "published", unit: "1/s", better: "more")),
        ("torn", .init(title: "torn", unit: "", better: "less")),
      ],
      axis: .init(title: "frame", unit: "B"),
      contenders: [
        "copy": .init(title: "webmon, copied out", kind: "webmon", version: ArrayShm.version),
        "ring_copy": .init(title: "bare C ring, copied out", kind: "limit", note: "may tear"),
        "in_place": .init(title: "webmon, in place", kind: "webmon", version: ArrayShm.version),
        "ring_in_place": .init(title: "bare C ring, in place", kind: "limit", note: "may tear"),
      ], setting)
    let sizes = setting.options.sizes(
      [64, 4 << 10, 64 << 10, 1 << 20, 8 << 20, 64 << 20, 256 << 20], quick: [64, 1 << 20, 8 << 20])
    for bytes in sizes {
      let ring = slots * bytes
      if let why = setting.ground.refusal(segment: ring, other: ring + 2 * bytes) {
        found.leaveOut("frames of \(BenchTable.size(bytes))", why)
        continue
      }
      let at = Double(bytes)
      let source = try FrameSource(bytes)
      let time = setting.options.nanoseconds
      func stream() throws -> StreamPublisher {
        try StreamPublisher(setting.ground.segments, name, source, slots: slots)
      }
      func bare() throws -> BarePublisher { try BarePublisher(source, slots: slots) }
      let rounds = try found.measure(
        at: at,
        [
          "copy": { try one(setting.ground, stream(), time, copy: true) },
          "ring_copy": { try one(setting.ground, bare(), time, copy: true) },
          "in_place": { try one(setting.ground, stream(), time, copy: false) },
          "ring_in_place": { try one(setting.ground, bare(), time, copy: false) },
        ])
      found.compare(rounds, "copy", to: "ring_copy", "gigabytes_a_second", at: at)
      found.compare(rounds, "in_place", to: "ring_in_place", "frames_a_second", at: at)
    }
    found.holdNoTornFrame()
    return found
  }

  private static func one(
    _ ground: BenchGround, _ publisher: some FramePublisher & PartOwner, _ nanoseconds: UInt64,
    copy: Bool
  ) throws -> [String: Double] {
    let part = try publisher.reader(ground, slots: slots, skip: skip, latencies: 0, copy: copy)
    try part.isReady()
    let published = try publisher.publish(for: nanoseconds, atLeast: 6 * slots + skip)
    let report = try part.report()
    var figures = ["published_a_second": published, "torn": Double(report.torn)]
    // Of one frame there is no rate.
    if report.frames > 1, report.nanoseconds > 0 {
      let rate = Double(report.frames - 1) * 1e9 / Double(report.nanoseconds)
      figures["frames_a_second"] = rate
      figures["gigabytes_a_second"] = rate * Double(publisher.source.bytes) / 1e9
    }
    return figures
  }
}
