import Testing

@testable import Bridge

@Suite struct JSONParserTests {
  private func parse(_ text: String) -> JSONValue? { JSONValue(parsing: Array(text.utf8)) }

  @Test func values() {
    #expect(
      parse("null") == .null && parse(" true ") == .bool(true)
        && parse("\n\r\tfalse") == .bool(false))
    #expect(parse("[]") == .array([]) && parse("{ }") == .object([:]))
    #expect(
      parse(#"{"a" : [1 , {"b":null}], "c": "d"}"#)
        == .object(["a": .array([.integer(1), .object(["b": .null])]), "c": .string("d")]))
    #expect(parse(#"{"a": 1, "a": 2}"#) == .object(["a": .integer(2)]))
  }

  @Test func numbers() {
    #expect(
      parse("0") == .integer(0) && parse("-0") == .integer(0) && parse("-12") == .integer(-12))
    #expect(
      parse("9223372036854775807") == .integer(.max)
        && parse("9223372036854775808") == .unsigned(1 << 63))
    #expect(parse("-9223372036854775808") == .integer(.min))
    #expect(parse("18446744073709551616") == .number(18_446_744_073_709_551_616))
    #expect(
      parse("1.5") == .number(1.5) && parse("1E3") == .number(1000)
        && parse("-2.5e-1") == .number(-0.25))
  }

  @Test func strings() {
    #expect(parse(#""\"\\\/\b\f\n\r\t""#) == .string("\"\\/\u{8}\u{c}\n\r\t"))
    #expect(parse(#""\u00e9é\ud83d\ude00😀""#) == .string("éé😀😀"))
    #expect(parse(#""\ud83d" "#) == .string("\u{fffd}"))
    #expect(parse(#""\ud83d\u0041""#) == .string("\u{fffd}A"))
    #expect(parse(#""\u0000""#) == .string("\0"))
  }

  @Test(arguments: [
    "", " ", "[", "]", "[1", "[1,", "[1,]", "[,1]", "{", "{\"a\"", "{\"a\":", "{\"a\":1",
    "{\"a\":1,}", "{a:1}", "{1:1}",
    "\"", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\n\"", "tru", "True", "nulll", "01",
    "+1", "1.", ".5", "1e", "1e+",
    "-", "--1", "1e999", "-1e999", "NaN", "Infinity", "1 2", "[] []", "'a'", "/*x*/1", "\u{feff}1",
  ])
  func malformed(text: String) { #expect(parse(text) == nil) }

  @Test func notUTF8() {
    #expect(JSONValue(parsing: [0x22, 0xff, 0x22]) == nil)
    #expect(JSONValue(parsing: [0x22, 0xc0, 0x80, 0x22]) == nil)
    #expect(JSONValue(parsing: [0x22, 0xed, 0xa0, 0x80, 0x22]) == nil)
  }

  @Test func depthIsBounded() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(parse(nested(128)) != nil)
    #expect(parse(nested(130)) == nil)
    #expect(parse(nested(1_000_000)) == nil)
    #expect(parse(String(repeating: "{\"a\":", count: 100_000)) == nil)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let value = JSONValue.object([
      "n": .array([.null, .bool(true), .integer(-3), .unsigned(.max), .number(0.1)]),
      "s": .string("\"\\/\n\u{1}é😀\u{2028}"), "": .object([:]),
    ])
    #expect(JSONValue(parsing: JSONText.encode(value)) == value)
  }
}
