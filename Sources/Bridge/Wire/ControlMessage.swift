/// A control message from a page, decoded and with every field checked.
package enum ControlMessage: Sendable, Equatable {
  case subscribe(SubscribeRequest)
  case unsubscribe(id: UInt32)
  case view(ViewMove)
  case credit(id: UInt32, sequence: UInt64, painted: UInt64?)
  /// The data of this subscription shall come over the WebSocket again.
  case leaveBody(id: UInt32)
  case resume(ResumeRequest)
  /// nil stops the status messages.
  case status(everyMilliseconds: Int?, hops: Bool = false)
  /// A stream to measure with, of messages of so many bytes; nil: no more.
  case measure(bytes: Int?)
  case ping(JSONValue)
  case command(CommandRequest)
  case errand(ErrandRequest)

  package init(decoding text: [UInt8]) throws(ControlError) {
    guard let value = JSONValue(parsing: text) else {
      throw ControlError(
        .malformed,
        "the message of \(text.count) bytes is not JSON (or nested over \(JSONParser.maximumDepth) deep); one JSON object is needed"
      )
    }
    guard let object = value.object else {
      throw ControlError(.malformed, "the message is \(value.summary); one JSON object is needed")
    }
    guard let type = object["type"] else {
      throw ControlError(
        .unknownType, "the message has no \"type\"; one of \(Self.types) is needed")
    }
    guard case .string(let name) = type else {
      throw ControlError(
        .unknownType, "\"type\" is \(type.summary); one of \(Self.types) is needed")
    }
    let fields = ControlFields(type: name, object: object)
    switch name {
    case "subscribe": self = .subscribe(try SubscribeRequest(fields))
    case "view": self = .view(try ViewMove(fields))
    case "unsubscribe": self = .unsubscribe(id: try fields.id())
    case "credit":
      self = .credit(
        id: try fields.id(), sequence: try fields.unsigned("seq"),
        painted: try fields.time("painted_ns"))
    case "transport":
      guard fields.present("transport") == .string(Lane.webSocket.rawValue) else {
        throw fields.wrong(
          "transport", "\"websocket\" (a fetch of /api/streams/NAME/frames begins the other way)")
      }
      self = .leaveBody(id: try fields.id())
    case "resume": self = .resume(try ResumeRequest(fields))
    case "status":
      let period = try fields.unsigned("every_ms", allowed: "0, or 100 to 60000") { value in
        value == 0 || (100...60_000).contains(value)
      }
      self = .status(
        everyMilliseconds: period == 0 ? nil : Int(period), hops: try fields.flag("hops"))
    case "measure":
      let bytes = try fields.unsigned(
        "bytes", allowed: "0, or a multiple of 4096 up to \(Limits.measurementBytes)"
      ) { $0 % 4096 == 0 && $0 <= UInt64(Limits.measurementBytes) }
      self = .measure(bytes: bytes == 0 ? nil : Int(bytes))
    case "ping": self = .ping(object["t"] ?? .null)
    case "command":
      self = .command(
        try Self.referenced(fields) { ref throws(ControlError) in
          try CommandRequest(fields, ref: ref)
        })
    case "remove", "processes":
      self = .errand(
        try Self.referenced(fields) { ref throws(ControlError) in
          try ErrandRequest(fields, ref: ref)
        })
    default:
      throw ControlError(
        .unknownType, "\"type\" is \(type.summary); one of \(Self.types) is needed")
    }
  }

  /// What is wrong with a message that has a valid `ref` goes out as its `reply`.
  private static func referenced<Request>(
    _ fields: ControlFields, _ read: (UInt64) throws(ControlError) -> Request
  ) throws(ControlError) -> Request {
    let ref = try CommandRequest.ref(fields)
    do throws(ControlError) {
      return try read(ref)
    } catch {
      throw ControlError(error.code, error.message, ref: ref)
    }
  }

  private static let types =
    "subscribe, unsubscribe, view, credit, transport, resume, status, measure, ping, command, remove, processes"
}
