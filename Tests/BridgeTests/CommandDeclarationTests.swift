import ArrayShm
import Testing

@testable import Bridge

@Suite struct CommandDeclarationTests {
  private func parse(_ commands: String) throws -> [CommandDeclaration] {
    try CommandDeclaration.list(parsing: Array(#"{"commands": \#(commands)}"#.utf8))
  }

  private func value(_ text: String) throws -> JSONValue {
    try #require(JSONValue(parsing: Array(text.utf8)))
  }

  @Test func everythingThatCanBeSaid() throws {
    let commands = try parse(
      #"""
      [{"name": "set_grid", "help": "Shows it.", "returns": "null", "timeout_ms": 2500, "unknown": 1,
        "args": [{"name": "show", "type": "bool"},
                 {"name": "size", "type": "float", "nullable": true, "default": null, "help": "in um"},
                 {"name": "färbe", "type": "str", "choices": ["a", "b"], "default": "a"}]},
       {"name": "stop"}]
      """#)
    #expect(commands.map(\.name) == ["set_grid", "stop"])
    #expect(commands[0].timeoutMilliseconds == 2500 && commands[1].timeoutMilliseconds == 1000)
    let arguments = commands[0].arguments
    #expect(arguments.map(\.name) == ["show", "size", "färbe"])
    #expect(arguments.map(\.kind) == [.bool, .float, .str])
    #expect(arguments.map { $0.default } == [nil, .null, .string("a")])
    #expect(arguments[1].isNullable && !arguments[0].isNullable)
    #expect(arguments[2].choices == [.string("a"), .string("b")])
    // As pages get it: a default of null is another thing than none.
    let text = String(decoding: JSONText.encode(arguments[1]), as: UTF8.self)
    #expect(
      text == #"{"default":null,"help":"in um","name":"size","nullable":true,"type":"float"}"#)
    #expect(!String(decoding: JSONText.encode(arguments[0]), as: UTF8.self).contains("default"))
  }

  @Test(
    arguments: [
      "3", "[3]", "[{}]", #"[{"name": 3}]"#, #"[{"name": ""}]"#, #"[{"name": "a b"}]"#,
      #"[{"name": "a\u0000"}]"#, #"[{"name": "<a>"}]"#, #"[{"name": "a"}, {"name": "a"}]"#,
      #"[{"name": "a", "help": 3}]"#, #"[{"name": "a", "args": {}}]"#,
      #"[{"name": "a", "args": [3]}]"#, #"[{"name": "a", "args": [{"name": "x"}]}]"#,
      #"[{"name": "a", "args": [{"name": "x", "type": "Int"}]}]"#,
      #"[{"name": "a", "args": [{"name": "x", "type": "int"}, {"name": "x", "type": "int"}]}]"#,
      #"[{"name": "a", "args": [{"name": "x", "type": "int", "choices": []}]}]"#,
      #"[{"name": "a", "timeout_ms": 0}]"#, #"[{"name": "a", "timeout_ms": 600001}]"#,
      #"[{"name": "a", "timeout_ms": 1.5}]"#, #"[{"name": "a", "timeout_ms": "1"}]"#,
    ])
  func whatIsNotValid(_ commands: String) {
    #expect(throws: InvalidDeclaration.self) { try parse(commands) }
  }

  @Test func bounds() throws {
    func many(_ count: Int) -> String {
      "[" + (0..<count).map { #"{"name": "c\#($0)"}"# }.joined(separator: ",") + "]"
    }
    #expect(try parse(many(Limits.commands)).count == Limits.commands)
    #expect(throws: InvalidDeclaration.self) { try parse(many(Limits.commands + 1)) }
    #expect(throws: InvalidDeclaration.self) {
      try parse(#"[{"name": "\#(String(repeating: "x", count: 121))"}]"#)
    }
    for text in ["", "[]", "null", #"{"commands": null}"#] {
      #expect(throws: InvalidDeclaration.self) {
        try CommandDeclaration.list(parsing: Array(text.utf8))
      }
    }
  }

  @Test(
    arguments: [
      ("bool", ["true", "false"], ["0", "1", "null", "\"true\"", "[]"]),
      (
        "int", ["0", "-1", "9007199254740991", "-9007199254740991"],
        [
          "1.0", "1e3", "true", "null", "\"1\"", "9007199254740992", "-9007199254740992",
          "18446744073709551615",
        ]
      ),
      ("float", ["0", "-1.5", "1e300", "18446744073709551615"], ["true", "null", "\"1\"", "[1]"]),
      ("str", ["\"\"", "\"a\""], ["1", "null", "true"]),
      ("list", ["[]", "[1, null]"], ["{}", "null", "\"[]\""]),
      ("dict", ["{}", "{\"a\": 1}"], ["[]", "null"]),
      ("any", ["null", "1", "[]", "{}", "\"a\"", "true"], []),
    ])
  func types(_ type: String, _ good: [String], _ bad: [String]) throws {
    let argument = try parse(#"[{"name": "a", "args": [{"name": "x", "type": "\#(type)"}]}]"#)[0]
      .arguments[0]
    for text in good { #expect(argument.refusal(of: try value(text)) == nil, "\(text)") }
    for text in bad {
      #expect(argument.refusal(of: try value(text))?.contains("the argument x is") == true)
    }
  }

  @Test func choicesAreOfTheirOwnType() throws {
    let argument = try parse(
      #"[{"name": "a", "args": [{"name": "x", "type": "int", "nullable": true, "choices": [1, 2]}]}]"#
    )[
      0
    ].arguments[0]
    #expect(argument.refusal(of: .integer(1)) == nil && argument.refusal(of: .null) == nil)
    #expect(
      argument.refusal(of: .bool(true)) == "the argument x is true; one of 1, 2 or null is needed")
    #expect(argument.refusal(of: .number(1.0)) != nil && argument.refusal(of: .integer(3)) != nil)
  }

  @Test func namesOfArguments() throws {
    let command = try parse(
      #"[{"name": "a", "args": [{"name": "x", "type": "int"}, {"name": "y", "type": "int", "default": 1}]}]"#
    )[
      0]
    #expect(throws: Never.self) { try command.check(["x": .integer(1)]) }
    #expect(throws: CommandError(.badArgument, "a: the argument x is missing")) {
      try command.check(["y": .integer(1)])
    }
    #expect(throws: CommandError(.badArgument, #"a has no argument "z"; it has x, y"#)) {
      try command.check(["x": .integer(1), "z": .null])
    }
    #expect(throws: CommandError(.badArgument, #"b has no argument "z"; it takes none"#)) {
      try parse(#"[{"name": "b"}]"#)[0].check(["z": .null])
    }
  }
}
