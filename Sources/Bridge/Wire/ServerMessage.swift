import ArrayShm

/// A control message to a page.
package enum ServerMessage: Sendable, Equatable {
  case hello(Hello)
  case streams([StreamObject])
  case added(StreamObject)
  case removed(name: String)
  /// - `hops`: those of all streams together, if the page asked for them.
  case status(
    clock: UInt64, space: DirectorySpace?, streams: [StatusObject], session: SessionCounters,
    hops: HopsObject? = nil)
  /// The stream to measure with is there, or why not, or not any more.
  case measuring(stream: String?, bytes: Int, reason: String)
  case subscribed(id: UInt32, stream: StreamObject)
  case waiting(id: UInt32, name: String, reason: String)
  case unsubscribed(id: UInt32)
  /// What follows of this subscription goes another way, once the page has answered this turn.
  case transport(id: UInt32, lane: Lane, turn: UInt64, reason: String)
  /// All that is in view has been sent, as it was at version `sequence`.
  case viewed(id: UInt32, level: Int, region: [Int], sequence: UInt64)
  /// Both ends belong to the gap.
  case gap(id: UInt32, from: UInt64, to: UInt64)
  case pong(t: JSONValue, received: UInt64, clock: UInt64)
  case error(ControlError)

  package struct Hello: Sendable, Equatable {
    package static let protocolName = "webmon.v1"
    package var version: String
    package var server: String
    /// A secret of this session, to fetch a body for it with.
    package var session: String
    package var clock: UInt64
    package var directory: String
    /// The server takes no commands and removes nothing.
    package var isReadOnly = false
  }

  /// The JSON text of the message, UTF-8.
  package func encoded() -> [UInt8] { JSONText.encode(self) }
}

extension ServerMessage: Encodable {
  private enum CodingKeys: String, CodingKey {
    case type, `protocol`, version, server, clock, directory, streams, stream, name, session
    case id, reason, from, to, t, received, code, message, transport, turn, level, region, seq,
      space, hops, bytes
    case readOnly = "read_only"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .hello(let hello):
      try container.encode("hello", forKey: .type)
      try container.encode(Hello.protocolName, forKey: .protocol)
      try container.encode(hello.version, forKey: .version)
      try container.encode(hello.server, forKey: .server)
      try container.encode(hello.session, forKey: .session)
      try container.encode(hello.clock, forKey: .clock)
      try container.encode(hello.directory, forKey: .directory)
      try container.encode(hello.isReadOnly, forKey: .readOnly)
    case .streams(let streams):
      try container.encode("streams", forKey: .type)
      try container.encode(streams, forKey: .streams)
    case .added(let stream):
      try container.encode("added", forKey: .type)
      try container.encode(stream, forKey: .stream)
    case .removed(let name):
      try container.encode("removed", forKey: .type)
      try container.encode(name, forKey: .name)
    case .status(let clock, let space, let streams, let session, let hops):
      try container.encode("status", forKey: .type)
      try container.encode(clock, forKey: .clock)
      try container.encode(space, forKey: .space)
      try container.encode(streams, forKey: .streams)
      try container.encode(session, forKey: .session)
      try container.encodeIfPresent(hops, forKey: .hops)
    case .measuring(let stream, let bytes, let reason):
      try container.encode("measuring", forKey: .type)
      try container.encode(stream, forKey: .stream)
      try container.encode(bytes, forKey: .bytes)
      try container.encode(reason, forKey: .reason)
    case .subscribed(let id, let stream):
      try container.encode("subscribed", forKey: .type)
      try container.encode(id, forKey: .id)
      try container.encode(stream, forKey: .stream)
    case .waiting(let id, let name, let reason):
      try container.encode("waiting", forKey: .type)
      try container.encode(id, forKey: .id)
      try container.encode(name, forKey: .name)
      try container.encode(reason, forKey: .reason)
    case .unsubscribed(let id):
      try container.encode("unsubscribed", forKey: .type)
      try container.encode(id, forKey: .id)
    case .transport(let id, let lane, let turn, let reason):
      try container.encode("transport", forKey: .type)
      try container.encode(id, forKey: .id)
      try container.encode(lane, forKey: .transport)
      try container.encode(turn, forKey: .turn)
      try container.encode(reason, forKey: .reason)
    case .viewed(let id, let level, let region, let sequence):
      try container.encode("viewed", forKey: .type)
      try container.encode(id, forKey: .id)
      try container.encode(level, forKey: .level)
      try container.encode(region, forKey: .region)
      try container.encode(sequence, forKey: .seq)
    case .gap(let id, let from, let to):
      try container.encode("gap", forKey: .type)
      try container.encode(id, forKey: .id)
      try container.encode(from, forKey: .from)
      try container.encode(to, forKey: .to)
    case .pong(let t, let received, let clock):
      try container.encode("pong", forKey: .type)
      try container.encode(t, forKey: .t)
      try container.encode(received, forKey: .received)
      try container.encode(clock, forKey: .clock)
    case .error(let error):
      try container.encode("error", forKey: .type)
      try container.encode(error.code, forKey: .code)
      try container.encode(error.message, forKey: .message)
      try container.encodeIfPresent(error.id, forKey: .id)
    }
  }
}
