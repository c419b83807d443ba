import ArrayShm

/// What a request for `/api/streams/NAME/frames` asks for, checked.
package struct BodyRequest: Sendable, Equatable {
  package var stream: String
  package var policy = SubscribeRequest.Policy.latest
  package var maxFPS: Double?
  package var backlog: UInt64 = 0
  /// The stream need not be there, and its end is not the body's.
  package var waits = false
  /// The subscription whose data the body carries; nil for a body of its own.
  package var subscription: Subscription?

  package struct Subscription: Sendable, Equatable {
    package var session: String
    package var id: UInt32
  }

  /// What was wrong with a parameter.
  package struct Refusal: Error, Equatable {
    package let message: String
  }

  package init(stream: String, query: [(name: String, value: String)]) throws(Refusal) {
    self.stream = stream
    var session: String?
    var id: UInt32?
    var seen: Set<String> = []
    for (name, value) in query {
      guard seen.insert(name).inserted else { throw Refusal(message: "\(name) is there twice") }
      switch name {
      case "policy":
        guard let known = SubscribeRequest.Policy(rawValue: value) else {
          throw Self.wrong(name, value, "latest or all")
        }
        policy = known
      case "max_fps":
        guard let rate = Double(value), rate > 0, rate.isFinite else {
          throw Self.wrong(name, value, "a number over 0")
        }
        maxFPS = rate
      case "backlog": backlog = try Self.whole(name, value)
      case "wait":
        guard value == "0" || value == "1" else { throw Self.wrong(name, value, "0 or 1") }
        waits = value == "1"
      case "session": session = value
      case "id":
        guard let number = UInt32(exactly: try Self.whole(name, value)), number > 0 else {
          throw Self.wrong(name, value, "an integer from 1 to 4294967295")
        }
        id = number
      default:
        throw Refusal(
          message:
            "\(Self.shown(name)) is no parameter; policy, max_fps, backlog and wait are, or session and id"
        )
      }
    }
    guard session != nil || id != nil else { return }
    guard let session, let id, seen.count == 2 else {
      throw Refusal(
        message: "session and id go together, and with nothing else: the subscription has the rest")
    }
    subscription = Subscription(session: session, id: id)
  }

  private static func whole(_ name: String, _ value: String) throws(Refusal) -> UInt64 {
    guard let number = UInt64(value), value.utf8.first != UInt8(ascii: "+") else {
      throw wrong(name, value, "an integer, 0 or more")
    }
    return number
  }

  private static func wrong(_ name: String, _ value: String, _ allowed: String) -> Refusal {
    Refusal(message: "\(name) is \(shown(value)); \(allowed) is needed")
  }

  private static func shown(_ text: String) -> String {
    ElementValue.quoted(text.count <= 60 ? text : "\(text.prefix(60))...")
  }
}
