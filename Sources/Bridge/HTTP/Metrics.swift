import ArrayShm

/// Everything that is counted, in Prometheus' text format 0.0.4.
///
/// The series of a stream are those of its present generation on the list: they begin at 0 with a new one, and vanish with the stream.
struct Metrics {
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private let version: String
  private let load: ServerLoad
  private let streams: [Sample]

  private struct Sample {
    let name: String
    let status: SegmentStatus
    let readers: Int
    let age: Double
    let payloadBytes: Int
    let leases: Int
    let subscribers: Int
    let counters: StreamCounters
    let hops: StreamHops?
  }

  init(catalog: SegmentCatalog, version: String, load: ServerLoad, now: UInt64) {
    self.version = version
    self.load = load
    streams = catalog.all.compactMap { source in
      guard let status = try? source.reader.status() else { return nil }
      return Sample(
        name: source.key.name, status: status, readers: source.readers(status),
        age: Double(now > status.heartbeat ? now - status.heartbeat : 0) / 1e9,
        payloadBytes: source.description.payloadBytes, leases: source.reader.leasedSlots,
        subscribers: source.subscribers, counters: source.counters, hops: source.hops)
    }
  }

  func text() -> [UInt8] {
    var text = ""
    let usage = ProcessUsage()
    Self.add(
      "process_start_time_seconds", .gauge, "Start of the server, seconds since 1970.",
      usage.startTime, to: &text)
    Self.add(
      "process_resident_memory_bytes", .gauge,
      "Resident memory of the server, mapped segments with it.", usage.residentBytes, to: &text)
    Self.add(
      "process_cpu_seconds_total", .counter, "User and system time of the server.",
      usage.cpuSeconds, to: &text)
    Self.head("webmon_info", .gauge, "1, labelled with the version of the server.", to: &text)
    text += "webmon_info{version=\"\(version)\"} 1\n"
    Self.add("webmon_sessions", .gauge, "Pages that are connected.", load.sessions, to: &text)
    Self.add("webmon_bodies", .gauge, "Endless HTTP bodies that are sent.", load.bodies, to: &text)

    add(
      "webmon_stream_commits_total", .counter, "Commits of the writer: the newest sequence number.",
      to: &text
    ) { $0.status.sequence }
    add(
      "webmon_stream_dropped_total", .counter,
      "Frames that the writer dropped because every slot was leased.", to: &text
    ) { $0.status.dropped }
    add(
      "webmon_stream_sent_bytes_total", .counter, "Bytes of data messages that the kernel took.",
      to: &text
    ) { $0.counters.sentBytes }
    add(
      "webmon_stream_copied_bytes_total", .counter,
      "Payload bytes that were copied in user space before they were sent.", to: &text
    ) { $0.counters.copiedBytes }
    add("webmon_stream_messages_total", .counter, "Data messages that were sent wholly.", to: &text)
    { $0.counters.messages }
    add("webmon_stream_sends_total", .counter, "Calls that sent something.", to: &text) {
      $0.counters.sends
    }
    add(
      "webmon_stream_partial_sends_total", .counter, "Calls of which the kernel took only a part.",
      to: &text
    ) { $0.counters.partialSends }
    add(
      "webmon_stream_leased_total", .counter,
      "Frames that were leased, once each for all that sent them.", to: &text
    ) { $0.counters.leased }
    add(
      "webmon_stream_lost_total", .counter,
      "Commits that subscriptions were told they will not get.", to: &text
    ) { $0.counters.lost }
    add("webmon_stream_leases", .gauge, "Slots that the server holds now.", to: &text) { $0.leases }
    add("webmon_stream_readers", .gauge, "Subscribed readers on the machine.", to: &text) {
      $0.readers
    }
    add(
      "webmon_stream_subscribers", .gauge, "Subscriptions of this server's sessions and bodies.",
      to: &text
    ) { $0.subscribers }
    add("webmon_stream_age_seconds", .gauge, "Time since the newest commit.", to: &text) { $0.age }
    add("webmon_stream_payload_bytes", .gauge, "Bytes of the whole payload, all slots.", to: &text)
    { $0.payloadBytes }
    addHops(to: &text)
    return Array(text.utf8)
  }

  private enum Kind: String {
    case counter
    case gauge
    case histogram
  }

  private static func head(_ name: String, _ kind: Kind, _ help: String, to text: inout String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  private static func add(
    _ name: String, _ kind: Kind, _ help: String, _ value: some Numeric, to text: inout String
  ) {
    head(name, kind, help, to: &text)
    text += "\(name) \(value)\n"
  }

  /// The hops of the streams that were ever subscribed to.
  private func addHops(to text: inout String) {
    guard streams.contains(where: { $0.hops != nil }) else { return }
    add(
      "webmon_stream_fill_seconds",
      "From when the writer took a slot to its commit, of the frames that were leased.", to: &text
    ) { $0.fill }
    add(
      "webmon_stream_notice_seconds",
      "From a commit until a waiter thread noticed it; commits that came together count once.",
      to: &text
    ) { $0.notice.snapshot }
    add(
      "webmon_stream_wait_seconds",
      "From a commit until the socket was given the first byte of its message; for a credit and for the socket, too.",
      to: &text
    ) { $0.wait }
    add(
      "webmon_stream_send_seconds",
      "From a message's first byte until the kernel had taken its last one.", to: &text
    ) { $0.send }
    Self.head(
      "webmon_stream_earlier_total", .counter,
      "Messages of commits that were made before their subscription: their wait is not counted.",
      to: &text)
    for stream in streams {
      guard let hops = stream.hops else { continue }
      text += "webmon_stream_earlier_total{stream=\"\(stream.name)\"} \(hops.earlier)\n"
    }
  }

  /// Bounds of the buckets in nanoseconds, each four times the one before: 16 us to 17 s. Where the histogram has its own, so that the counts are exact.
  private static let bounds = (7...17).map { UInt64(1) << (2 * UInt64($0)) }

  private func add(
    _ name: String, _ help: String, to text: inout String, hop: (StreamHops) -> HopLatency
  ) {
    Self.head(name, .histogram, help, to: &text)
    for stream in streams {
      guard let hops = stream.hops else { continue }
      let latency = hop(hops)
      let label = "stream=\"\(stream.name)\""
      for bound in Self.bounds {
        let count = latency.total.count(within: 0...(bound - 1))
        text += "\(name)_bucket{\(label),le=\"\(Double(bound) / 1e9)\"} \(count)\n"
      }
      text += "\(name)_bucket{\(label),le=\"+Inf\"} \(latency.total.totalCount)\n"
      text += "\(name)_sum{\(label)} \(Double(latency.sum) / 1e9)\n"
      text += "\(name)_count{\(label)} \(latency.total.totalCount)\n"
    }
  }

  /// A value for each stream. A name needs no escapes: it has only letters, digits, dots, dashes and underscores.
  private func add(
    _ name: String, _ kind: Kind, _ help: String, to text: inout String,
    value: (Sample) -> some Numeric
  ) {
    Self.head(name, kind, help, to: &text)
    for stream in streams { text += "\(name){stream=\"\(stream.name)\"} \(value(stream))\n" }
  }
}
