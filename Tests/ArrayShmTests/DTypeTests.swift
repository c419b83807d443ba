import ArrayShm
import Testing

@Suite struct DTypeTests {
  // MARK: Codes

  private static let sized: [(code: String, kind: DType.Kind, itemsize: Int, hasOrder: Bool)] = [
    ("b1", .bool, 1, false),
    ("i1", .signedInteger, 1, false), ("i2", .signedInteger, 2, true),
    ("i4", .signedInteger, 4, true), ("i8", .signedInteger, 8, true),
    ("u1", .unsignedInteger, 1, false), ("u2", .unsignedInteger, 2, true),
    ("u4", .unsignedInteger, 4, true), ("u8", .unsignedInteger, 8, true),
    ("f2", .float, 2, true), ("f4", .float, 4, true), ("f8", .float, 8, true),
    ("c8", .complex, 8, true), ("c16", .complex, 16, true),
    ("S1", .bytes, 1, false), ("S300", .bytes, 300, false), ("V7", .void, 7, false),
    ("U1", .unicode, 4, true), ("U300", .unicode, 1200, true),
    ("S2147483647", .bytes, 2_147_483_647, false), ("U536870911", .unicode, 2_147_483_644, true),
    ("M8", .datetime, 8, true), ("m8", .timedelta, 8, true),
    ("M8[ns]", .datetime, 8, true), ("m8[25s]", .timedelta, 8, true),
  ]

  @Test func codesHaveTheirKindSizeAndOrder() throws {
    for (code, kind, itemsize, hasOrder) in Self.sized {
      for mark in ["<", ">", "|", "=", ""] {
        let order: DType.ByteOrder = !hasOrder ? .none : mark == ">" ? .big : .little
        let canonical = (!hasOrder ? "|" : mark == ">" ? ">" : "<") + code
        let dtype = try DType(descr: "'\(mark)\(code)'")
        #expect(dtype.kind == kind)
        #expect(dtype.itemsize == itemsize)
        #expect(dtype.byteOrder == order)
        #expect(dtype.code == canonical)
        #expect(dtype.descr == "'\(canonical)'")
        #expect(dtype.fields.isEmpty)
        #expect(try DType(descr: dtype.descr) == dtype)
      }
    }
  }

  @Test(arguments: ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"])
  func timesHaveTheirUnit(unit: String) throws {
    #expect(try DType(descr: "'<M8[\(unit)]'").unit == unit)
    #expect(try DType(descr: "'>m8[1\(unit)]'").code == ">m8[\(unit)]")
    #expect(try DType(descr: "'<m8[25\(unit)]'").unit == "25\(unit)")
    #expect(try DType(descr: "'<m8[2147483647\(unit)]'").unit == "2147483647\(unit)")
    #expect(throws: SegmentError.self) { try DType(descr: "'<m8[2147483648\(unit)]'") }
  }

  @Test func genericTimesHaveNoUnit() throws {
    #expect(try DType(descr: "'<M8'").unit == nil)
    #expect(try DType(descr: "'<M8[generic]'").code == "<M8")
  }

  // MARK: Structures

  @Test func fieldsFollowEachOther() throws {
    let descr = "[('time', '<f8'), ('load_ms', '<f4'), ('nbytes', '>u8')]"
    let dtype = try DType(descr: descr)
    #expect(dtype.kind == .structured)
    #expect(dtype.byteOrder == .none)
    #expect(dtype.itemsize == 20)
    #expect(dtype.code == nil)
    #expect(dtype.fields.map(\.name) == ["time", "load_ms", "nbytes"])
    #expect(dtype.fields.map(\.offset) == [0, 8, 12])
    #expect(dtype.fields.map(\.dtype.code) == ["<f8", "<f4", ">u8"])
    #expect(dtype.descr == descr)
  }

  @Test func paddingMovesFieldsAndIsNotListed() throws {
    let descr = "[('', '|V2'), ('a', '|u1'), ('', '|V5'), ('b', '<f8'), ('', '|V8')]"
    let dtype = try DType(descr: descr)
    #expect(dtype.fields.map(\.name) == ["a", "b"])
    #expect(dtype.fields.map(\.offset) == [2, 8])
    #expect(dtype.itemsize == 24)
    #expect(dtype.descr == descr)
    let split = try DType(descr: descr.replacing("('', '|V5')", with: "('', '|V3'), ('', 'V2')"))
    #expect(split == dtype)
  }

  @Test func titlesSubarraysAndNestingStay() throws {
    let descr =
      "[(('A title', 'a'), '<i2', (2, 3)), ('b', [('c', '|S3'), ('d', [('e', '>U2')], (4,))]), "
      + "('f', (('<f4', (5,)), (6, 1)), (2,)), ('', '|V1')]"
    let dtype = try DType(descr: descr)
    #expect(dtype.descr == descr)
    #expect(dtype.itemsize == 12 + 3 + 32 + 240 + 1)
    #expect(dtype.fields[0].title == "A title")
    #expect(dtype.fields[0].name == "a")
    #expect(dtype.fields[0].shape == [2, 3])
    #expect(dtype.fields[1].dtype.fields[1].dtype.fields[0].dtype.code == ">U2")
    #expect(dtype.fields[1].dtype.fields[1].shape == [4])
    #expect(dtype.fields[2].shape == [2, 6, 1, 5])
    #expect(dtype.fields[2].dtype.code == "<f4")
    #expect(dtype.fields.map(\.length) == [12, 35, 240])
  }

  /// Swift takes the two for equal strings, Python does not.
  @Test func namesAreComparedByCharacter() throws {
    let composed = try DType(descr: #"[('\xe9', 'u1')]"#)
    let decomposed = try DType(descr: #"[('e\u0301', 'u1')]"#)
    #expect(composed.fields[0].name == decomposed.fields[0].name)
    #expect(composed != decomposed)
    #expect(try DType(descr: #"[('\xe9', 'u1'), ('e\u0301', 'u1')]"#).fields.count == 2)
    #expect(
      try DType(descr: #"[(('\xe9', 'a'), 'u1')]"#) != DType(descr: #"[(('e\u0301', 'a'), 'u1')]"#))
  }

  @Test func spellingsOfOneDTypeAreEqual() throws {
    let dtype = try DType(descr: "[('a', '<f4', (3,)), ('b', '|u1')]")
    for spelling in [
      "[('a', '<f4', 3), ('b', '|u1')]", "[['a', 'f', [3]], ('b', 'B'),]",
      "[\n('a',('=f4',3) ) ,\t(\"b\" , 'u1',())]\n",
      "[((None, 'a'), 'float32', (3,)), (u'b', 'uint8')]",
      "([('a', '<f4', (3L,)), ('b', '|u1'), ('', 'V0')])",
    ] {
      #expect(try DType(descr: spelling) == dtype, "\(spelling)")
      #expect(try DType(descr: spelling).hashValue == dtype.hashValue)
    }
    #expect(try DType(descr: "[('a', '<f4', (1, 3)), ('b', '|u1')]") != dtype)
    #expect(try DType(descr: "[('a', ('<f4', (3,)), (1,)), ('b', '|u1')]") != dtype)
  }

  // MARK: Text

  @Test(arguments: [
    (#"'plain'"#, "plain", #"'plain'"#),
    (#""double""#, "double", #"'double'"#),
    (#"'it\'s'"#, "it's", #""it's""#),
    (#"'say "x"'"#, #"say "x""#, #"'say "x"'"#),
    (#"'\'\"'"#, #"'""#, #"'\'"'"#),
    (#"'\n\r\t\\'"#, "\n\r\t\\", #"'\n\r\t\\'"#),
    (#"'\r\n'"#, "\r\n", #"'\r\n'"#),
    (#"'\a\b\v\f'"#, "\u{07}\u{08}\u{0B}\u{0C}", #"'\x07\x08\x0b\x0c'"#),
    (#"'\x41\xe9\x00'"#, "Aé\0", #"'Aé\x00'"#),
    (#"'\u03bb\u200b'"#, "λ\u{200B}", #"'λ\u200b'"#),
    (#"'\U0001f52c\U000E0001'"#, "🔬\u{E0001}", #"'🔬\U000e0001'"#),
    (#"' '"#, " ", #"' '"#),
    ("'\u{A0}\u{AD}'", "\u{A0}\u{AD}", #"'\xa0\xad'"#),
  ])
  func stringsAreReadAndPrintedAsInPython(source: String, name: String, printed: String) throws {
    let dtype = try DType(descr: "[(\(source), 'u1')]")
    #expect(dtype.fields[0].name.utf8.elementsEqual(name.utf8))
    #expect(dtype.descr.utf8.elementsEqual("[(\(printed), '|u1')]".utf8))
  }

  // MARK: Refusals

  private static let refusals: [(descr: String, says: [String])] = [
    ("'|O'", ["dtype", "'|O'", "Python object", "pointer", "fixed size"]),
    ("[('a', '<f4'), ('b', [('c', 'O')])]", ["['b']['c']", "'O'", "pointer"]),
    ("[('a', 'object')]", ["['a']", "pointer"]),
    ("'T'", ["StringDType", "pointers", "'U'"]),
    ("[('x', 'StringDType()')]", ["['x']", "StringDType"]),
    ("'<f16'", ["'<f16'", "long double", "'f8'"]),
    ("'g'", ["long double"]),
    ("'>c32'", ["complex long double", "'c16'"]),
    ("[('z', 'G', (2,))]", ["['z']", "complex long double"]),
    ("'S'", ["'S'", "no bytes"]),
    ("'|S0'", ["no bytes", "at least 1"]),
    ("[('a', 'u1'), ('b', '<U0')]", ["['b']", "no bytes"]),
    ("'V'", ["no bytes"]),
    ("[]", ["without bytes", "itemsize"]),
    ("[('', '|V0')]", ["without bytes"]),
    ("[('a', 'u1'), ('b', [])]", ["['b']", "without bytes"]),
    ("[('a', '<f4', (2, 0))]", ["['a']", "(2, 0)", "at least 1"]),
    ("[('a', '<f4', (-1,))]", ["['a']", "-1"]),
    ("[('a', '<f4', (True,))]", ["['a']", "True"]),
    ("[('a', '<f4', 'x')]", ["['a']", "'x'", "tuple of ints"]),
    ("[('a', '<f4'), ('a', '<f8')]", ["['a']", "second time"]),
    ("[(('t', 'a'), '<f4'), (('t', 'b'), '<f4')]", ["['b']", "'t'", "second time"]),
    ("[(('b', 'a'), '<f4'), ('b', '<f4')]", ["['b']", "second time"]),
    ("[(('a', 'a'), '<f4')]", ["['a']", "second time"]),
    ("'<i3'", ["'<i3'", "i1 i2 i4 i8"]),
    ("'<<f4'", ["'<<f4'"]),
    ("''", ["''"]),
    ("'i4,i4'", ["'i4,i4'"]),
    ("'3i4'", ["'3i4'"]),
    ("'M8[B]'", ["[B]", "Y M W D"]),
    ("'M8[]'", ["[]"]),
    ("'M8[s/2]'", ["[s/2]"]),
    ("'M8[ns'", ["[ns"]),
    ("'S2147483648'", ["2147483647"]),
    ("'U536870912'", ["536870911"]),
    ("'S99999999999999999999999999'", ["2147483647"]),
    ("('<f4', (2,))", ["subarray", "'shape'"]),
    ("[('a', '<f4', (65536, 65536))]", ["['a']", "2147483647"]),
    ("[('a', '<f8', (9223372036854775807, 9223372036854775807))]", ["['a']", "2147483647"]),
    ("[('a', 'V2147483647'), ('b', 'u1')]", ["['b']", "2147483647"]),
    ("[('a', 'V2147483647'), ('', 'V2147483647')]", ["2147483647"]),
    ("7", ["7", "int"]),
    ("None", ["None"]),
    ("True", ["True", "bool"]),
    ("('<f4', (2,), 3)", ["tuple"]),
    ("['<f4']", ["'<f4'", "field 0"]),
    ("[('a', 'u1'), ()]", ["()", "field 1"]),
    ("[('a',)]", ["('a',)", "(name, dtype)"]),
    ("[('a', '<f4', (1,), 2)]", ["field 0"]),
    ("[(1, '<f4')]", ["1", "string"]),
    ("[((1, 'a'), '<f4')]", ["(1, 'a')", "(title, name)"]),
    ("[('a', 5)]", ["['a']", "5", "int"]),
    // What is no Python literal, with the place.
    ("<u2", ["character 0", "'<'"]),
    ("", ["character 0", "the end of the text"]),
    ("'<u2", ["character 0", "closing"]),
    ("'<u2' '", ["character 6", "the end of the text"]),
    ("[('a', '<f4') ('b', '<f4')]", ["character 14", "','"]),
    ("[('a', '<f4'),, ]", ["character 14", "','"]),
    ("(,)", ["character 1"]),
    ("[('a', '<f4')", ["the end of the text", "']'"]),
    ("[('a', '<f4'])", ["character 12"]),
    (#"'\q'"#, ["character 2", "escapes"]),
    (#"'\x4'"#, ["2 hexadecimal digits"]),
    (#"'\u12'"#, ["4 hexadecimal digits"]),
    (#"'\ud800'"#, ["character 1", "0xd800"]),
    (#"'\U00110000'"#, ["0x110000"]),
    ("'a\nb'", ["character 2", "line"]),
    ("'a\0b'", ["NUL"]),
    ("[('a', 'u1', (007,))]", ["leading zeros"]),
    ("[('a', 'u1', (99999999999999999999,))]", ["64 bits"]),
    ("[('a', 'u1', (9223372036854775808,))]", ["64 bits"]),
    ("[('a', 'u1', (-,))]", ["a digit"]),
    ("[('a', 'u1', (1.5,))]", ["'.'"]),
    ("Nones", ["character 0"]),
    ("__import__('os')", ["character 0"]),
    ("{'a': 1}", ["'{'"]),
  ]

  @Test func refusalsSayWhatWhereAndWhy() {
    for (descr, says) in Self.refusals {
      let error = #expect(throws: SegmentError.self, "\(descr)") { try DType(descr: descr) }
      #expect(error?.code == .dtype)
      for part in says {
        #expect(error?.message.contains(part) == true, "\(descr): \(error?.message ?? "")")
      }
    }
  }

  @Test func messagesStayShort() {
    let name = String(repeating: "x", count: 5000)
    let error = #expect(throws: SegmentError.self) { try DType(descr: "[('\(name)', 'O')]") }
    #expect((error?.message.utf8.count ?? .max) < 600)
    let deep = String(repeating: "[('\(String(repeating: "y", count: 80))', ", count: 90)
    let other = #expect(throws: SegmentError.self) {
      try DType(descr: deep + "'O'" + String(repeating: ")]", count: 90))
    }
    #expect((other?.message.utf8.count ?? .max) < 1200)
  }

  // MARK: Hostile text

  private static let rich =
    "[(('A', 'a'), '<i2', (2, 3)), ('b', [('c', '|S3'), (\"d'\", [('e', '>M8[25s]')], (4,))]), "
    + "('', '|V5'), ('\\xe9\\u03bb', (('<f4', (5,)), (6, 1)), (2,)), ('g', '|b1')]"

  /// Reads a text that may be anything. What is accepted must survive being printed.
  private func probe(_ text: String) {
    do throws(SegmentError) {
      let dtype = try DType(descr: text)
      #expect(dtype.itemsize >= 1)
      let again = try DType(descr: dtype.descr)
      #expect(again == dtype)
      #expect(again.descr == dtype.descr)
      for field in dtype.fields { #expect(field.offset + field.length <= dtype.itemsize) }
    } catch {
      #expect(error.code == .dtype, "\(text)")
    }
  }

  @Test func truncatedTextIsRefused() throws {
    let scalars = Array(Self.rich.unicodeScalars)
    _ = try DType(descr: Self.rich)
    for length in 0..<scalars.count {
      let text = String(String.UnicodeScalarView(scalars[..<length]))
      #expect(throws: SegmentError.self, "\(text)") { try DType(descr: text) }
    }
  }

  @Test func damagedTextDoesNoHarm() {
    let bytes = Array(Self.rich.utf8)
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        probe(String(decoding: damaged, as: UTF8.self))
      }
      for other in "'\"\\()[],0".utf8 {
        var damaged = bytes
        damaged[index] = other
        probe(String(decoding: damaged, as: UTF8.self))
        damaged = bytes
        damaged.insert(other, at: index)
        probe(String(decoding: damaged, as: UTF8.self))
      }
      var shorter = bytes
      shorter.remove(at: index)
      probe(String(decoding: shorter, as: UTF8.self))
    }
  }

  @Test func randomTextDoesNoHarm() {
    var random = SplitMix64(state: 1)
    let alphabet = Array("'''\"\\()()[][],,,, 0123456789<>|=fiucbSUVMm8xuULTrueNone-\n\0é".utf8)
    for _ in 0..<3000 {
      let length = Int.random(in: 0..<60, using: &random)
      probe(
        String(
          decoding: (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) },
          as: UTF8.self))
      let likely = (0..<length).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      probe(String(decoding: likely, as: UTF8.self))
    }
  }

  @Test(arguments: [
    "[", "(", "[('a', ", "(('<f4', ", "{", "[[", "'", "\\", "-", "1", "é", "[(", "u'",
  ])
  func endlessRepetitionIsRefused(part: String) {
    for text in [String(repeating: part, count: 100_000), String(repeating: part, count: 1200)] {
      let error = #expect(throws: SegmentError.self) { try DType(descr: text) }
      #expect(error?.code == .dtype)
      #expect((error?.message.utf8.count ?? .max) < 1000)
    }
  }

  @Test func textOverNumpysLimitIsRefused() throws {
    func text(_ length: Int) -> String {
      "[('" + String(repeating: "n", count: length - "[('', 'u1')]".count) + "', 'u1')]"
    }
    #expect(try DType(descr: text(10_000)).fields[0].name.count == 9988)
    let error = #expect(throws: SegmentError.self) { try DType(descr: text(10_001)) }
    #expect(error?.message.contains("10000") == true)
  }

  @Test func subarraysHaveAtMost64Dimensions() throws {
    func text(_ dimensions: Int) -> String {
      "[('a', '<f4', (" + String(repeating: "1, ", count: dimensions) + "))]"
    }
    #expect(try DType(descr: text(64)).fields[0].shape.count == 64)
    let error = #expect(throws: SegmentError.self) { try DType(descr: text(65)) }
    #expect(error?.message.contains("64") == true)
    #expect(throws: SegmentError.self) {
      try DType(
        descr:
          "[('a', ('<f4', (\(String(repeating: "1, ", count: 40)))), (\(String(repeating: "1, ", count: 40))))]"
      )
    }
  }

  /// The deepest text that is accepted needs little stack.
  @Test func deepestNestingFitsASmallStack() {
    #if DEBUG
      let stack = 1 << 20  // Without the optimizer a frame is several times as large.
    #else
      let stack = 256 << 10
    #endif
    let levels = 99
    let text =
      String(repeating: "[('a', ", count: levels) + "'<f4'" + String(repeating: ")]", count: levels)
    onSmallStack(bytes: stack) {
      guard let dtype = try? DType(descr: text) else { return false }
      return dtype.descr == text && dtype.itemsize == 4 && Set([dtype, dtype]).count == 1
    }
  }
}
