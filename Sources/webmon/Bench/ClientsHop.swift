import ArrayShm
import CLimits
import Glibc

/// Memory to many sockets at a pace.
enum ClientsHop: BenchHop {
  static let name = "clients"
  static let abstract = "1 to 1,000 clients of a small stream, beside a C loop of sendmsg"

  private static let slots = 8
  private static let bytes = 16 << 10
  private static let rate = 30.0

  static func measure(_ setting: BenchSetting) throws -> Benchmark {
    let found = Benchmark(
      name, title: "Many clients",
      question: "What do many clients of one small stream cost the server?",
      method:
        "Frames are due at fixed times, and a frame that is late counts from when it was due. All clients are sockets of one process, which checks every message: a frame that a client does not get must be told to it as a gap. The limit sends each frame to one socket after the other and hears nothing: no credits, no choice of the newest.",
      figures: [
        ("server_cpu_cores", .init(title: "server CPU", unit: "cores", better: "less")),
        ("server_memory_mb", .init(title: "server memory", unit: "MB", better: "less")),
        ("p50_us", .init(title: "p50", unit: "us", better: "less")),
        ("p99_us", .init(title: "p99", unit: "us", better: "less")),
        ("max_us", .init(title: "max", unit: "us", better: "less")),
        ("gaps_share", .init(title: "told as gaps", unit: "%", better: "less")),
        ("unaccounted", .init(title: "not told", unit: "clients", better: "less")),
      ],
      axis: .init(title: "clients", unit: ""),
      contenders: [
        "webmon": .init(title: "webmon serve", kind: "webmon", version: ArrayShm.version),
        "sendmsg": .init(title: "bare C sendmsg", kind: "limit", note: "waits for the slowest"),
      ], setting)
    found.note("bytes", Double(bytes))
    found.note("rate", rate)
    if let why = setting.ground.refusal(segment: slots * bytes, other: 64 << 20) {
      found.leaveOut("all", why)
      return found
    }
    let files = OpenFiles.raise()
    let frames = max(15, Int(2 * rate * setting.options.seconds))
    for clients in setting.options.sizes([1, 10, 100, 1000], quick: [1, 50]) {
      // The server keeps a quarter of its descriptors for other things than pages.
      guard clients / 3 * 4 + 64 <= files else {
        found.leaveOut("\(clients) clients", "this user may open \(files) files (ulimit -n)")
        continue
      }
      let at = Double(clients)
      let rounds = try found.measure(
        at: at,
        [
          "webmon": { try one(setting.ground, clients, frames, bare: false) },
          "sendmsg": { try one(setting.ground, clients, frames, bare: true) },
        ])
      found.compare(rounds, "webmon", to: "sendmsg", "server_cpu_cores", at: at)
      found.compare(rounds, "webmon", to: "sendmsg", "p50_us", at: at)
    }
    found.hold(
      "every frame is sent or told as a gap", found.total("webmon", "unaccounted"), counts: true
    ) { $0 == 0 }
    return found
  }

  private static func one(
    _ ground: BenchGround, _ clients: Int, _ frames: Int, bare: Bool
  ) throws -> [String: Double] {
    let producer = try BenchProcess(
      ground,
      [
        "bench-part", "publish", "--dir", ground.segments.path, "--name", name, "--bytes",
        "\(bytes)", "--slots", "\(slots)", "--frames", "\(frames)", "--microseconds",
        "\(Int(1e6 / rate))",
      ])
    defer { producer.end() }
    try producer.isReady()
    let server: BenchServer =
      bare
      ? try .bare(ground, .bareBroadcast, stream: name, clients: clients) : try .webmon(ground)
    let all = try SocketClients(
      clients, port: server.port, stream: name, frame: bytes, latencies: clients * frames,
      bare: bare, numbered: true)
    let cpu = server.process.cpuNanoseconds
    let start = limit_now()
    producer.begin()
    let limit = start + UInt64(Double(frames) / rate * 1e9) + 20_000_000_000
    // The producer's frames that were dropped have no number, so the last one's is not known before.
    var last: UInt64?
    while last.map({ !all.have($0) }) ?? true {
      try all.turn()
      if last == nil, producer.hasReport { last = try producer.report().frames }
      guard limit_now() < limit else {
        throw CommandFailure("not every client has the last frame after 20 s")
      }
    }
    let seconds = Double(limit_now() - start) / 1e9
    var figures = LatencySummary.percentiles(all.latencies)
    figures["p90_us"] = nil
    figures["server_cpu_cores"] = Double(server.process.cpuNanoseconds - cpu) / 1e9 / seconds
    figures["server_memory_mb"] = server.process.peakMegabytes
    if !bare {
      figures["gaps_share"] = 100 * Double(all.lost) / Double(max(all.lost + all.messages, 1))
      figures["unaccounted"] = Double(all.unaccounted(last ?? 0))
    }
    return figures
  }
}
