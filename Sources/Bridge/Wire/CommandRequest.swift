/// What a page asks for with `command`.
package struct CommandRequest: Sendable, Equatable {
  /// The page's own number for the call.
  package var ref: UInt64
  /// nil: the one producer that has the command.
  package var target: String?
  package var name: String
  package var arguments: [String: JSONValue]
  /// The page's own time limit; the command's is not exceeded.
  package var timeoutMilliseconds: Int?

  package init(
    ref: UInt64, target: String? = nil, name: String, arguments: [String: JSONValue] = [:],
    timeoutMilliseconds: Int? = nil
  ) {
    self.ref = ref
    self.target = target
    self.name = name
    self.arguments = arguments
    self.timeoutMilliseconds = timeoutMilliseconds
  }

  /// The number by which the page knows the call: without it nothing can be answered.
  static func ref(_ fields: ControlFields) throws(ControlError) -> UInt64 {
    try fields.unsigned("ref", allowed: "an integer from 0 to 9007199254740991") {
      $0 <= 9_007_199_254_740_991
    }
  }

  init(_ fields: ControlFields, ref: UInt64) throws(ControlError) {
    self.ref = ref
    switch fields.present("target") {
    case nil: target = nil
    case .string(let text): target = text
    default: throw fields.wrong("target", "a producer's name, or null")
    }
    name = try fields.string("name", allowed: "a command's name")
    switch fields.present("args") {
    case nil: arguments = [:]
    case .object(let object): arguments = object
    default: throw fields.wrong("args", "an object, one value an argument,")
    }
    if fields.present("timeout_ms") == nil {
      timeoutMilliseconds = nil
    } else {
      let longest = Limits.longestCommandMilliseconds
      timeoutMilliseconds = Int(
        try fields.unsigned("timeout_ms", allowed: "an integer from 1 to \(longest)") {
          (1...UInt64(longest)).contains($0)
        })
    }
  }
}
