import ArrayShm

/// Memory to a socket: what the server takes to hand frames to the kernel.
enum SocketHop: BenchHop {
  static let name = "socket"
  static let abstract = "memory to a socket, beside a bare C loop of sendmsg"

  private static let slots = 4
  private static let credits = 4
  private static let bar = 0.95
  private static let barAt = 8 << 20

  static func measure(_ setting: BenchSetting) throws -> Benchmark {
    let found = Benchmark(
      name, title: "Memory to a socket",
      question: "How fast does the server hand frames to the kernel, and what does it take?",
      method:
        "One client takes everything as fast as it comes and checks a word of every page. The producer publishes without touching the frames. The limit is a C program that does nothing but sendmsg from the same mapping.",
      figures: [
        ("gigabytes_a_second", .init(title: "throughput", unit: "GB/s", better: "more")),
        (
          "server_cpu_seconds_a_gigabyte",
          .init(title: "server CPU", unit: "s/GB", better: "less")
        ),
      ],
      axis: .init(title: "frame", unit: "B"),
      contenders: [
        "webmon": .init(title: "webmon serve", kind: "webmon", version: ArrayShm.version),
        "sendmsg": .init(title: "bare C sendmsg", kind: "limit"),
      ], setting)
    found.note("credits", Double(credits))
    let sizes = setting.options.sizes(
      [256 << 10, 1 << 20, barAt, 64 << 20, 256 << 20], quick: [1 << 20, 8 << 20])
    for bytes in sizes {
      if let why = setting.ground.refusal(segment: slots * bytes, other: bytes) {
        found.leaveOut("frames of \(BenchTable.size(bytes))", why)
        continue
      }
      let at = Double(bytes)
      let producer = try BenchProcess(
        setting.ground,
        [
          "bench-part", "idle", "--dir", setting.ground.segments.path, "--name", name, "--bytes",
          "\(bytes)", "--slots", "\(slots)", "--microseconds", "\(pause(bytes))",
        ])
      defer { producer.end() }
      try producer.isReady()
      let time = setting.options.nanoseconds
      let rounds = try found.measure(
        at: at,
        [
          "webmon": { try one(try .webmon(setting.ground), bytes, time, bare: false) },
          "sendmsg": {
            try one(try .bare(setting.ground, .bareSend, stream: name), bytes, time, bare: true)
          },
        ])
      let ratio = found.compare(rounds, "webmon", to: "sendmsg", "gigabytes_a_second", at: at)
      found.compare(rounds, "webmon", to: "sendmsg", "server_cpu_seconds_a_gigabyte", at: at)
      if bytes == barAt {
        found.hold("at least \(bar) of the limit at \(BenchTable.size(bytes))", ratio) { $0 >= bar }
      }
    }
    return found
  }

  /// Between two frames: twice as many bytes are published as any socket takes.
  private static func pause(_ bytes: Int) -> Int { min(2000, bytes / 8192) }

  private static func one(
    _ server: BenchServer, _ bytes: Int, _ nanoseconds: UInt64, bare: Bool
  ) throws -> [String: Double] {
    let client = try SocketClients(
      1, port: server.port, stream: name, frame: bytes, latencies: 0, bare: bare, numbered: false,
      credits: credits)
    while client.messages < 2 { try client.turn() }
    let (start, taken, cpu) = (client.lastTime, client.bytes, server.process.cpuNanoseconds)
    let messages = client.messages
    while client.lastTime - start < nanoseconds || client.messages < messages + 2 {
      try client.turn()
    }
    let used = server.process.cpuNanoseconds - cpu
    let gigabytes = Double(client.bytes - taken) / 1e9
    return [
      "gigabytes_a_second": gigabytes * 1e9 / Double(client.lastTime - start),
      "server_cpu_seconds_a_gigabyte": Double(used) / 1e9 / gigabytes,
    ]
  }
}
