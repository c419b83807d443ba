/// One command, as its producer declared it.
package struct CommandDeclaration: Sendable, Equatable {
  package let name: String
  package let help: String
  package let arguments: [CommandArgument]
  /// What the producer says of the value, for people.
  package let returns: String
  package let timeoutMilliseconds: Int

  /// All commands of a producer, from the text of its declaration.
  package static func list(parsing text: [UInt8]) throws(InvalidDeclaration) -> [CommandDeclaration]
  {
    guard let object = JSONValue(parsing: text)?.object,
      case .array(let values) = object["commands"]
    else { throw InvalidDeclaration("it is no JSON object with a list \"commands\"") }
    guard values.count <= Limits.commands else {
      throw InvalidDeclaration(
        "it has \(values.count) commands; at most \(Limits.commands) are allowed")
    }
    var commands: [CommandDeclaration] = []
    for value in values {
      let command = try CommandDeclaration(value)
      guard !commands.contains(where: { $0.name == command.name }) else {
        throw InvalidDeclaration("it has two commands \(command.name)")
      }
      commands.append(command)
    }
    return commands
  }

  private init(_ value: JSONValue) throws(InvalidDeclaration) {
    let fields = try DeclarationFields(value, "a command")
    name = try fields.name()
    help = try fields.text("help") ?? ""
    returns = try fields.text("returns") ?? "any"
    switch fields.object["timeout_ms"] {
    case nil, .null: timeoutMilliseconds = Limits.commandMilliseconds
    case .integer(let time) where (1...Int64(Limits.longestCommandMilliseconds)).contains(time):
      timeoutMilliseconds = Int(time)
    default:
      throw InvalidDeclaration(
        "command \(name): its timeout_ms is no integer from 1 to \(Limits.longestCommandMilliseconds)"
      )
    }
    var arguments: [CommandArgument] = []
    switch fields.object["args"] {
    case nil, .null: break
    case .array(let values) where values.count <= Limits.commandArguments:
      for value in values { arguments.append(try CommandArgument(value)) }
    default:
      throw InvalidDeclaration(
        "command \(name): its args are no list of at most \(Limits.commandArguments)")
    }
    guard Set(arguments.map(\.name)).count == arguments.count else {
      throw InvalidDeclaration("command \(name): two of its arguments have one name")
    }
    self.arguments = arguments
  }

  /// Checks the arguments of a call: known names, none missing, every type as declared.
  package func check(_ values: [String: JSONValue]) throws(CommandError) {
    for name in values.keys.sorted() where !arguments.contains(where: { $0.name == name }) {
      let known = arguments.map(\.name).joined(separator: ", ")
      throw CommandError(
        .badArgument,
        "\(self.name) has no argument \(JSONValue.string(name).summary); "
          + (known.isEmpty ? "it takes none" : "it has \(known)"))
    }
    for argument in arguments {
      guard let value = values[argument.name] else {
        if argument.default != nil { continue }
        throw CommandError(.badArgument, "\(name): the argument \(argument.name) is missing")
      }
      if let refusal = argument.refusal(of: value) {
        throw CommandError(.badArgument, "\(name): \(refusal)")
      }
    }
  }
}

extension CommandDeclaration: Encodable {
  private enum CodingKeys: String, CodingKey {
    case name, help, returns
    case arguments = "args"
    case timeoutMilliseconds = "timeout_ms"
  }
}

/// A declaration that cannot be used; its text says why.
package struct InvalidDeclaration: Error, Equatable {
  package let message: String

  init(_ message: String) { self.message = message }
}
