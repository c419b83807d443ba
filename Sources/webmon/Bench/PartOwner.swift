/// A publisher whose frames another process reads.
protocol PartOwner {
  /// Starts a process that takes the newest frame again and again.
  func reader(
    _ ground: BenchGround, slots: Int, skip: Int, latencies: Int, copy: Bool
  ) throws -> BenchProcess
}

extension StreamPublisher: PartOwner {
  func reader(
    _ ground: BenchGround, slots: Int, skip: Int, latencies: Int, copy: Bool
  ) throws -> BenchProcess {
    try BenchProcess(
      ground,
      ["bench-part", "read", "--dir", ground.segments.path, "--name", name]
        + arguments(source.bytes, slots, skip, latencies, copy))
  }
}

extension BarePublisher: PartOwner {
  func reader(
    _ ground: BenchGround, slots: Int, skip: Int, latencies: Int, copy: Bool
  ) throws -> BenchProcess {
    try BenchProcess(
      ground, ["bench-part", "bare-read"] + arguments(source.bytes, slots, skip, latencies, copy),
      inherited: rings.file)
  }
}

private func arguments(
  _ bytes: Int, _ slots: Int, _ skip: Int, _ latencies: Int, _ copy: Bool
) -> [String] {
  [
    "--bytes", "\(bytes)", "--slots", "\(slots)", "--skip", "\(skip)", "--latencies",
    "\(latencies)",
  ] + (copy ? ["--copy"] : [])
}
