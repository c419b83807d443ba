import ArrayShm
import Testing

@testable import Bridge

@Suite struct ServerMessageTests {
  private func fields(_ message: ServerMessage) throws -> [String: JSONValue] {
    try #require(JSONValue(parsing: message.encoded())?.object)
  }

  @Test func small() throws {
    #expect(
      try fields(
        .hello(.init(version: "1", server: "00ff", session: "5ec", clock: 5, directory: "/d"))) == [
          "type": .string("hello"), "protocol": .string("webmon.v1"), "version": .string("1"),
          "server": .string("00ff"), "session": .string("5ec"), "clock": .integer(5),
          "directory": .string("/d"), "read_only": .bool(false),
        ])
    #expect(try fields(.removed(name: "a")) == ["type": .string("removed"), "name": .string("a")])
    #expect(
      try fields(.gap(id: 1, from: 2, to: 3)) == [
        "type": .string("gap"), "id": .integer(1), "from": .integer(2), "to": .integer(3),
      ])
    #expect(
      try fields(.transport(id: 1, lane: .body, turn: 3, reason: "r")) == [
        "type": .string("transport"), "id": .integer(1), "transport": .string("fetch"),
        "turn": .integer(3), "reason": .string("r"),
      ])
    #expect(
      try fields(.waiting(id: 1, name: "a", reason: "r")) == [
        "type": .string("waiting"), "id": .integer(1), "name": .string("a"), "reason": .string("r"),
      ])
    #expect(
      try fields(.unsubscribed(id: 9)) == ["type": .string("unsubscribed"), "id": .integer(9)])
    #expect(
      try fields(.pong(t: .array([.null, .bool(true), .number(0.5)]), received: 1, clock: 2)) == [
        "type": .string("pong"), "t": .array([.null, .bool(true), .number(0.5)]),
        "received": .integer(1), "clock": .integer(2),
      ])
    #expect(
      try fields(.error(ControlError(.tooMany, "m", id: 4))) == [
        "type": .string("error"), "code": .string("too-many"), "message": .string("m"),
        "id": .integer(4),
      ])
    #expect(try fields(.error(ControlError(.malformed, "m")))["id"] == nil)
  }

  @Test func aStreamObjectHasAllItsKeysNullsToo() throws {
    let directory = try PrivateDirectory()
    let writer = try directory.frames(shape: [3, 5], slots: 6)
    let object = try StreamSource(directory.reader("camera")).object(now: Clock.monotonic)
    let fields = try #require(JSONValue(parsing: JSONText.encode(object))?.object)
    #expect(
      Set(fields.keys) == [
        "name", "kind", "generation", "state", "descr", "dtype", "itemsize", "fields", "shape",
        "slots", "nbytes", "tile", "resident", "persist", "recarray", "metadata", "sequence",
        "dropped", "readers",
        "writer", "created", "age_ns",
      ])
    #expect(
      fields["tile"] == .null && fields["fields"] == .null && fields["dtype"] == .string("<u4"))
    #expect(
      fields["shape"] == .array([.integer(3), .integer(5)]) && fields["slots"] == .integer(6))
    #expect(fields["generation"] == .string(hexadecimal(writer.segment.description.generation)))
    #expect(fields["state"] == .string("live") && fields["kind"] == .string("frames"))
  }

  @Test func nestedFieldsAreDescribed() throws {
    let dtype = try DType(
      descr: "[('t', '<f8'), (('title', 'n'), '|S5'), ('', '|V3'), ('r', [('y', '>u4')], (2, 3))]")
    let fields = try #require(FieldObject.list(of: dtype))
    #expect(fields.map(\.name) == ["t", "n", "r"])
    #expect(fields.map(\.offset) == [0, 8, 16])
    #expect(fields[1].title == "title" && fields[1].itemsize == 5 && fields[1].dtype == "|S5")
    #expect(fields[2].shape == [2, 3] && fields[2].dtype == nil && fields[2].itemsize == 4)
    #expect(fields[2].fields?.map(\.dtype) == [">u4"])
    #expect(FieldObject.list(of: try DType(descr: "'<f8'")) == nil)
    #expect(
      String(decoding: JSONText.encode(fields[0]), as: UTF8.self)
        == #"{"dtype":"<f8","fields":null,"itemsize":8,"name":"t","offset":0,"shape":[],"title":null}"#
    )
  }

  @Test func hexadecimalHas16Digits() {
    #expect(hexadecimal(0) == "0000000000000000")
    #expect(hexadecimal(0xabc) == "0000000000000abc")
    #expect(hexadecimal(.max) == "ffffffffffffffff")
  }

  @Test func jsonKeepsIntegersExact() throws {
    let value = try #require(
      JSONValue(parsing: Array("[18446744073709551615, -9223372036854775808, 0.1, true, 1]".utf8)))
    #expect(
      value == .array([.unsigned(.max), .integer(.min), .number(0.1), .bool(true), .integer(1)]))
    #expect(
      String(decoding: JSONText.encode(value), as: UTF8.self)
        == "[18446744073709551615,-9223372036854775808,0.1,true,1]")
  }
}
