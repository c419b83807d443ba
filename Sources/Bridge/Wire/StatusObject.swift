/// One stream in a `status` message.
package struct StatusObject: Sendable, Equatable, Encodable {
  package let name: String
  package let state: String
  package let sequence: UInt64
  package let ageNanoseconds: UInt64
  package let rate: Double
  package let dropped: UInt64
  package let readers: Int
  /// Bytes of memory that the file takes now.
  package let resident: Int
  package let served: Served
  /// If the page asked for it, and somebody was ever subscribed.
  package var hops: HopsObject?

  /// What this server sent of the stream's present generation, and what that cost.
  package struct Served: Sendable, Equatable, Encodable {
    private let counters: StreamCounters
    private let subscribers: Int
    private let leases: Int

    package init(_ source: StreamSource) {
      counters = source.counters
      subscribers = source.subscribers
      leases = source.reader.leasedSlots
    }

    private enum CodingKeys: String, CodingKey {
      case messages, sends, lost, leased, leases, subscribers
      case sentBytes = "sent_bytes"
      case copiedBytes = "copied_bytes"
      case partialSends = "partial_sends"
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(counters.messages, forKey: .messages)
      try container.encode(counters.sentBytes, forKey: .sentBytes)
      try container.encode(counters.copiedBytes, forKey: .copiedBytes)
      try container.encode(counters.sends, forKey: .sends)
      try container.encode(counters.partialSends, forKey: .partialSends)
      try container.encode(counters.lost, forKey: .lost)
      try container.encode(counters.leased, forKey: .leased)
      try container.encode(leases, forKey: .leases)
      try container.encode(subscribers, forKey: .subscribers)
    }
  }

  private enum CodingKeys: String, CodingKey {
    case name, state, sequence, rate, dropped, readers, resident, served, hops
    case ageNanoseconds = "age_ns"
  }
}
