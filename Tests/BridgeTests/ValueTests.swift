import ArrayShm
import Testing

@testable import Bridge

@Suite struct ValueTests {
  private func value(_ descr: String, _ bytes: [UInt8]) throws -> ElementValue {
    let dtype = try DType(descr: descr)
    #expect(dtype.itemsize == bytes.count)
    return ElementReader(dtype).value([0xee] + bytes + [0xee], at: 1)
  }

  @Test func numbers() throws {
    #expect(try value("'|b1'", [1]) == .bool(true))
    #expect(try value("'|i1'", [0xff]) == .integer(-1))
    #expect(try value("'<i2'", [0x01, 0x80]) == .integer(-32767))
    #expect(try value("'>u2'", [0x01, 0x80]) == .unsigned(0x180))
    #expect(try value("'<u8'", Array(repeating: 0xff, count: 8)) == .unsigned(.max))
    #expect(try value("'>i8'", Array(repeating: 0xff, count: 7) + [0xfe]) == .integer(-2))
    #expect(try value("'<f4'", [0xcd, 0xcc, 0xcc, 0x3d]).description == "0.1")
    #expect(try value("'>f2'", [0x3c, 0x00]).description == "1.0")
    #expect(try value("'<c8'", [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]).description == "1.0-2.0j")
  }

  @Test func textAndBytes() throws {
    #expect(try value("'|S4'", Array("ab".utf8) + [0, 0]) == .text("ab"))
    #expect(try value("'|S4'", [0, 0, 0, 0]) == .text(""))
    #expect(try value("'|S2'", [0xff, 0x01]).description == "0xff01")
    #expect(try value("'<U2'", [0xe9, 0, 0, 0, 0, 0, 0, 0]) == .text("é"))
    #expect(try value("'>U1'", [0, 1, 0xf6, 0]) == .text("😀"))
    #expect(try value("'<U1'", [0, 0xd8, 0, 0]) == .text("\u{fffd}"))
    #expect(try value("'|V2'", [0xab, 0x0c]).json == "\"ab0c\"")
  }

  @Test func textCannotPlayWithTheTerminal() {
    #expect(ElementValue.text("\u{1b}[31m\n\"\\\u{9b}").description == #""\u001b[31m\n\"\\\u009b""#)
  }

  @Test(arguments: [
    ("ns", 1_709_209_800_250_000_000, "2024-02-29T12:30:00.250000000"),
    ("s", -1, "1969-12-31T23:59:59"),
    ("D", 19_782, "2024-02-29"), ("D", -719_528, "0000-01-01"), ("M", -1, "1969-12"),
    ("Y", 54, "2024"),
    ("h", 1, "1970-01-01T01:00:00"), ("ms", -1, "1969-12-31T23:59:59.999"),
    ("25s", 2, "1970-01-01T00:00:50"),
    ("W", 1, "1970-01-08"), ("D", 11_016, "2000-02-29"), ("us", Int.min, "NaT"),
    ("D", .max, "9223372036854775807 D"),
  ])
  func times(unit: String, count: Int, text: String) {
    #expect(TimeText.iso(Int64(count), unit: unit) == text)
  }

  @Test func records() throws {
    let record = try value(
      "[('n', '<u2'), ('', '|V1'), ('p', [('y', '|i1'), ('x', '|i1')], (2,)), ('d', '<m8[ms]')]",
      [5, 0, 0xee, 1, 2, 3, 0xff, 7, 0, 0, 0, 0, 0, 0, 0])
    #expect(record.description == "n=5 p=[y=1 x=2, y=3 x=-1] d=7 ms")
    #expect(record.json == #"{"n": 5, "p": [{"y": 1, "x": 2}, {"y": 3, "x": -1}], "d": 7}"#)
  }

  @Test func whatJSONHasNoNumberFor() throws {
    #expect(try value("'<f4'", [0, 0, 0xc0, 0x7f]).json == "null")
    #expect(try value("'<f8'", [0, 0, 0, 0, 0, 0, 0xf0, 0xff]).json == "null")
    #expect(try value("'<m8[s]'", [0, 0, 0, 0, 0, 0, 0, 0x80]).json == "null")
  }

  @Test func ranges() throws {
    func range(_ bytes: [UInt8], _ descr: String) throws -> ValueRange? {
      let dtype = try DType(descr: descr)
      return unsafe bytes.withUnsafeBytes { unsafe ValueRange($0, dtype) }
    }
    let signed = try #require(try range([0xff, 0xff, 0x00, 0x01, 0x00, 0x03], "'>i2'"))
    #expect((signed.minimum, signed.maximum, signed.mean) == (-1, 3, 1))
    let floats = try #require(try range([0, 0, 0xc0, 0x7f, 0, 0, 0x80, 0x3f], "'<f4'"))
    #expect((floats.minimum, floats.maximum, floats.mean) == (1, 1, 1))
    #expect(try range([0, 0, 0xc0, 0x7f], "'<f4'") == nil)
    #expect(try range([], "'<u2'") == nil)
    #expect(try range([1, 2], "'|S2'") == nil)
  }
}
