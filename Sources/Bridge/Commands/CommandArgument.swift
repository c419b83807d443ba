/// One argument of a command, as its producer declared it.
package struct CommandArgument: Sendable, Equatable {
  package enum Kind: String, Sendable, Encodable, CaseIterable {
    case bool, int, float, str, list, dict, any
  }

  package let name: String
  package let kind: Kind
  /// null is allowed, too.
  package let isNullable: Bool
  /// What holds if it is left out; nil: it must be given.
  package let `default`: JSONValue?
  /// The only values allowed; nil: all of its kind.
  package let choices: [JSONValue]?
  package let help: String

  /// JavaScript has no larger integers: a page could not have meant exactly this one.
  private static let largestInteger: Int64 = 9_007_199_254_740_991

  init(_ value: JSONValue) throws(InvalidDeclaration) {
    let fields = try DeclarationFields(value, "an argument")
    name = try fields.name()
    let kindName = try fields.text("type") ?? ""
    guard let kind = Kind(rawValue: kindName) else {
      let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw InvalidDeclaration(
        "argument \(name): its type is \(JSONValue.string(kindName).summary); one of \(known) is needed"
      )
    }
    self.kind = kind
    isNullable = fields.object["nullable"] == .bool(true)
    `default` = fields.object["default"]
    switch fields.object["choices"] {
    case nil, .null: choices = nil
    case .array(let values) where !values.isEmpty && values.count <= Limits.commandChoices:
      choices = values
    default:
      throw InvalidDeclaration(
        "argument \(name): its choices are no list of 1 to \(Limits.commandChoices) values")
    }
    help = try fields.text("help") ?? ""
  }

  /// Why a value is refused, or nil.
  package func refusal(of value: JSONValue) -> String? {
    if value == .null, isNullable || kind == .any { return nil }
    if let choices {
      if choices.contains(value) { return nil }
      let allowed = choices.prefix(20).map(\.summary).joined(separator: ", ")
      return wrong(value, "one of \(allowed)\(choices.count > 20 ? ", ..." : "")")
    }
    switch (kind, value) {
    case (.any, _), (.bool, .bool), (.str, .string), (.list, .array), (.dict, .object),
      (.float, .integer), (.float, .unsigned), (.float, .number):
      return nil
    case (.int, .integer(let number)) where number.magnitude <= Self.largestInteger.magnitude:
      return nil
    case (.int, .integer), (.int, .unsigned):
      return wrong(value, "an integer of at most 53 bits, which JavaScript holds exactly,")
    case (.bool, _): return wrong(value, "true or false")
    case (.int, _): return wrong(value, "an integer")
    case (.float, _): return wrong(value, "a number")
    case (.str, _): return wrong(value, "a string")
    case (.list, _): return wrong(value, "a list")
    case (.dict, _): return wrong(value, "an object")
    }
  }

  private func wrong(_ value: JSONValue, _ needed: String) -> String {
    "the argument \(name) is \(value.summary); \(needed)\(isNullable ? " or null" : "") is needed"
  }
}

extension CommandArgument: Encodable {
  private enum CodingKeys: String, CodingKey { case name, type, nullable, `default`, choices, help }

  /// By hand: a default of null is another thing than none.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(kind, forKey: .type)
    try container.encode(isNullable, forKey: .nullable)
    if let value = `default` { try container.encode(value, forKey: .default) }
    try container.encodeIfPresent(choices, forKey: .choices)
    try container.encode(help, forKey: .help)
  }
}
