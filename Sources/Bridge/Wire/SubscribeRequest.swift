import ArrayShm

/// What a page asks for with `subscribe`.
package struct SubscribeRequest: Sendable, Equatable {
  package enum Policy: String, Sendable {
    /// The newest commit; what was passed over is told as a gap.
    case latest
    /// Every commit in order, as far as the ring still has it.
    case all
  }

  package var id: UInt32
  package var stream: String
  package var policy: Policy
  package var credits: Int
  package var maxFPS: Double?
  /// Records of a log to begin with.
  package var backlog: UInt64
  /// A part of the stream; nil: all of it.
  package var view: ViewRequest?
  package var compression: Compression

  package init(
    id: UInt32, stream: String, policy: Policy = .latest, credits: Int = 1, maxFPS: Double? = nil,
    backlog: UInt64 = 0, view: ViewRequest? = nil, compression: Compression = .auto
  ) {
    self.id = id
    self.stream = stream
    self.policy = policy
    self.credits = credits
    self.maxFPS = maxFPS
    self.backlog = backlog
    self.view = view
    self.compression = compression
  }

  init(_ fields: ControlFields) throws(ControlError) {
    id = try fields.id()
    let names = "a stream's name (1 to 120 of A-Z a-z 0-9 . _ -, not starting with a dot)"
    stream = try fields.string("stream", allowed: names)
    guard SegmentName.isValid(stream) else { throw fields.wrong("stream", names) }

    switch fields.present("policy") {
    case nil: policy = .latest
    case .string(let name):
      guard let known = Policy(rawValue: name) else {
        throw fields.wrong("policy", "\"latest\" or \"all\"")
      }
      policy = known
    default: throw fields.wrong("policy", "\"latest\" or \"all\"")
    }

    if fields.present("credits") == nil {
      credits = 1
    } else {
      credits = Int(
        try fields.unsigned("credits", allowed: "an integer from 1 to 64") {
          (1...64).contains($0)
        })
    }

    switch fields.present("max_fps") {
    case nil: maxFPS = nil
    case .integer(let value) where value > 0: maxFPS = Double(value)
    case .unsigned(let value): maxFPS = Double(value)
    case .number(let value) where value > 0 && value.isFinite: maxFPS = value
    default: throw fields.wrong("max_fps", "a number over 0")
    }

    backlog = fields.present("backlog") == nil ? 0 : try fields.unsigned("backlog")
    view = try ViewRequest(fields)

    switch fields.present("compression") {
    case nil: compression = .auto
    case .string(let name):
      guard let known = Compression(rawValue: name) else {
        throw fields.wrong("compression", Self.compressions)
      }
      compression = known
    default: throw fields.wrong("compression", Self.compressions)
    }
  }

  private static let compressions = "\"auto\", \"none\" or \"deflate\""
}
