import ArrayShm

/// What sends frames to sockets: `webmon serve`, or the limit. It ends with its last reference.
struct BenchServer {
  let process: BenchProcess
  let port: Int

  static func webmon(_ ground: BenchGround) throws -> BenchServer {
    let process = try BenchProcess(
      ground, ["serve", "--port", "0", "--dir", ground.segments.path, "--stop-with-stdin"])
    return try BenchServer(process)
  }

  static func bare(_ ground: BenchGround, _ work: BenchPart.Work, stream: String, clients: Int = 1)
    throws -> BenchServer
  {
    let process = try BenchProcess(
      ground,
      [
        "bench-part", work.rawValue, "--dir", ground.segments.path, "--name", stream, "--clients",
        "\(clients)",
      ])
    return try BenchServer(process)
  }

  /// The port is the last number of its first line.
  private init(_ process: BenchProcess) throws {
    self.process = process
    let line = try process.line()
    let digits = line.reversed().drop { !$0.isNumber }.prefix { $0.isNumber }.reversed()
    guard let port = Int(String(digits)) else {
      throw CommandFailure("a server of the benchmark said: \(line)")
    }
    self.port = port
  }
}
