import ArrayShm
import Testing

@Suite struct NpyHeaderTests {
  private func header(_ descr: String, _ shape: [Int]) throws -> NpyHeader {
    let dtype = try DType(descr: descr)
    return NpyHeader(dtype: dtype, descr: dtype.descr, shape: shape)
  }

  /// A file's first bytes around a text, in any version.
  private func file(_ text: String, version: UInt8 = 1, length: Int? = nil) -> [UInt8] {
    let body = version == 3 ? Array(text.utf8) : text.unicodeScalars.map { UInt8($0.value) }
    let length = length ?? body.count
    let lengthBytes = (0..<(version == 1 ? 2 : 4)).map {
      UInt8(truncatingIfNeeded: length >> ($0 * 8))
    }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + lengthBytes + body
  }

  private func dictionary(descr: String = "'<u2'", order: String = "False", shape: String = "(2,)")
    -> String
  {
    "{'descr': \(descr), 'fortran_order': \(order), 'shape': \(shape), }"
  }

  // MARK: Encoding

  @Test func textIsNumpys() throws {
    let bytes = try header("'<u2'", [4, 2048, 2048]).encoded()
    let text = "{'descr': '<u2', 'fortran_order': False, 'shape': (4, 2048, 2048), }"
    let expected =
      [0x93] + Array("NUMPY".utf8) + [1, 0, 0xF6, 0x0F] + Array(text.utf8)
      + [UInt8](repeating: 0x20, count: 4096 - 10 - text.utf8.count - 1) + [0x0A]
    #expect(bytes == expected)
  }

  @Test(
    arguments: [
      ([], "()"), ([3], "(3,)"), ([0], "(0,)"), ([1, 2], "(1, 2)"), ([5, 0, 7], "(5, 0, 7)"),
    ] as [([Int], String)])
  func shapesAreTuples(shape: [Int], text: String) throws {
    let bytes = try header("'|b1'", shape).encoded()
    let start = "{'descr': '|b1', 'fortran_order': False, 'shape': \(text), }  "
    #expect(bytes.dropFirst(10).starts(with: start.utf8))
    let parsed = try NpyHeader(parsing: bytes)
    #expect(parsed.shape == shape)
    #expect(parsed.encodedLength == 4096)
  }

  /// What `numpy.save` writes for `numpy.zeros(3)`.
  @Test func paddingCanBeNumpysOwn() throws {
    let bytes = try header("'<f8'", [3]).encoded(alignment: 64)
    let text = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"
    #expect(bytes.count == 128)
    #expect(bytes.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0, 0x76, 0] + Array(text.utf8)))
    #expect(bytes.dropFirst(10 + text.utf8.count).dropLast().allSatisfy { $0 == 0x20 })
    #expect(bytes.last == 0x0A)
  }

  @Test func otherAlignmentsAreRefused() throws {
    let header = try header("'<f8'", [3])
    for alignment in [16, 32, 64, 128, 4096] {
      #expect(try header.encoded(alignment: alignment).count % alignment == 0)
    }
    for alignment in [.min, -64, 0, 1, 8, 48, 100, 8192, .max] {
      let error = #expect(throws: SegmentError.self) { try header.encoded(alignment: alignment) }
      #expect(error?.code == .invalid)
    }
  }

  /// Every length of text around the limits of the two sizes.
  @Test func headersAreOfTwoSizes() throws {
    let fixed = 10 + dictionary(descr: "[('', '|u1')]", shape: "(2, 2)").utf8.count + 1
    for (total, size) in [
      (4095, 4096), (4096, 4096), (4097, 8192), (8191, 8192), (8192, 8192), (8193, nil),
      (9999, nil),
    ] as [(Int, Int?)] {
      let name = String(repeating: "n", count: total - fixed)
      let header = try header("[('\(name)', 'u1')]", [2, 2])
      guard let size else {
        let error = #expect(throws: SegmentError.self) { try header.encoded() }
        #expect(error?.code == .dtype)
        #expect(error?.message.contains("\(total) bytes") == true)
        continue
      }
      let bytes = try header.encoded()
      #expect(bytes.count == size)
      #expect(bytes.last == 0x0A)
      #expect(try NpyHeader(parsing: bytes) == header)
    }
  }

  @Test func namesOutsideLatin1NeedVersion3() throws {
    let latin = try header("[('é', '<f4')]", [2]).encoded()
    #expect(latin[6] == 1)
    #expect(latin.count == 4096)
    #expect(latin.contains(0xE9))

    for name in ["λ", "中文", "🔬"] {
      let header = try header("[('\(name)', '<f4')]", [2])
      for bytes in [try header.encoded(), try header.encoded(alignment: 64)] {
        #expect(bytes[6..<8] == [3, 0])
        let length = bytes[8..<12].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(length == bytes.count - 12)
        #expect(String(decoding: bytes[12...], as: UTF8.self).contains("'\(name)'"))
        #expect(try NpyHeader(parsing: bytes) == header)
      }
    }
    // Python escapes what cannot be printed, so this one is ASCII.
    #expect(try header(#"[('\u200b', '<f4')]"#, [2]).encoded()[6] == 1)
  }

  @Test func onlyTextOfTheSameDTypeIsWritten() throws {
    let dtype = try DType(descr: "'<u2'")
    for descr in ["'<u4'", "'<u2', 'x': 1", "", "'<u2'}", "[('a', '<u2')]"] {
      let error = #expect(throws: SegmentError.self) {
        try NpyHeader(dtype: dtype, descr: descr, shape: [2]).encoded()
      }
      #expect(error?.code == .dtype)
    }
    #expect(try NpyHeader(dtype: dtype, descr: "'=u2'", shape: [2]).encoded().count == 4096)
  }

  // MARK: Sizes

  @Test func payloadIsTheProductOfShapeAndItemsize() throws {
    #expect(try header("'<u2'", []).payloadBytes() == 2)
    #expect(try header("'<u2'", [4, 2048, 2048]).payloadBytes() == 4 * 2048 * 2048 * 2)
    #expect(try header("'<u2'", [4, 0, 2048]).payloadBytes() == 0)
    #expect(try header("'|u1'", [.max]).payloadBytes() == .max)
    #expect(try header("'|u1'", Array(repeating: 1, count: 64)).payloadBytes() == 1)
  }

  @Test(
    arguments: [
      ([-1], "negative"), ([3, .min], "negative"), ([.max, 2], "63 bits"),
      ([0, .max, 2], "63 bits"),
      ([1 << 32, 1 << 32], "63 bits"), ([Int.max / 2 + 1], "63 bits"),
      (Array(repeating: 1, count: 65), "64"),
    ] as [([Int], String)])
  func impossibleShapesAreRefused(shape: [Int], says: String) throws {
    let header = try header("'<u2'", shape)
    for attempt in [{ _ = try header.encoded() }, { _ = try header.encoded(alignment: 64) }] {
      let error = #expect(throws: SegmentError.self) { try attempt() }
      #expect(error?.code == .invalid)
      #expect(error?.message.contains(says) == true)
    }
    let text = "(" + shape.map { "\($0), " }.joined() + ")"
    let error = #expect(throws: SegmentError.self) {
      try NpyHeader(parsing: file(dictionary(shape: text)))
    }
    // The least Int is read, too: it is the size that is wrong.
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains("'shape'") == true)
  }

  // MARK: Parsing

  @Test func everyVersionIsRead() throws {
    for version: UInt8 in [1, 2, 3] {
      let bytes = file(dictionary(descr: "[('é', '<u2')]", shape: "(2, 3)"), version: version)
      let header = try NpyHeader(parsing: bytes + [1, 2, 3])
      #expect(header.dtype.fields.map(\.name) == ["é"])
      #expect(header.descr == "[('é', '<u2')]")
      #expect(header.shape == [2, 3])
      #expect(header.fortranOrder == false)
      #expect(header.encodedLength == bytes.count)
    }
  }

  @Test func anyCollectionOfBytesIsRead() throws {
    let bytes = file(dictionary())
    let expected = try NpyHeader(parsing: bytes)
    #expect(try NpyHeader(parsing: ([7, 7, 7] + bytes)[3...]) == expected)
    #expect(try NpyHeader(parsing: ContiguousArray(bytes)) == expected)
    #expect(try NpyHeader(parsing: bytes.lazy.map { $0 }) == expected)
    let mapped = try unsafe bytes.withUnsafeBytes { try unsafe NpyHeader(parsing: $0) }
    #expect(mapped == expected)
  }

  @Test func spellingDoesNotMatter() throws {
    let expected = try header("'<u2'", [2])
    for text in [
      "{'shape': (2,), 'fortran_order': False, 'descr': '<u2'}",
      "  {\"descr\":'<u2','fortran_order':False,'shape':(2,)}\n\n",
      "{\t'descr' :\n'<u2'  , 'fortran_order': False, 'shape': ( 2 , ) }\t\r\n",
      "{'descr': u'<u2', 'fortran_order': False, 'shape': (2L,), }",
      "{'descr': '=u2', 'fortran_order': False, 'shape': (+2,)}",
    ] {
      #expect(try NpyHeader(parsing: file(text)) == expected, "\(text)")
    }
    let spelled = try NpyHeader(parsing: file(dictionary(descr: "( \"=u2\" )")))
    #expect(spelled.descr == "( \"=u2\" )")
    #expect(spelled == expected)
  }

  @Test func fortranOrderStays() throws {
    let bytes = file(dictionary(order: "True", shape: "(2, 30)"))
    let header = try NpyHeader(parsing: bytes)
    #expect(header.fortranOrder)
    #expect(header != (try self.header("'<u2'", [2, 30])))
    #expect(try NpyHeader(parsing: header.encoded()) == header)
  }

  private struct Broken: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let part: String
    let says: String
  }

  private func broken() -> [Broken] {
    let valid = file(dictionary())
    func changed(_ index: Int, to byte: UInt8) -> [UInt8] {
      var bytes = valid
      bytes[index] = byte
      return bytes
    }
    func text(_ text: String, _ part: String, _ says: String) -> Broken {
      Broken(testDescription: text, bytes: file(text), part: part, says: says)
    }
    return [
      Broken(testDescription: "empty", bytes: [], part: "magic", says: "93 4e 55 4d 50 59"),
      Broken(
        testDescription: "zip", bytes: Array("PK\u{3}\u{4}aaaaaaaaa".utf8), part: "magic",
        says: "50 4b 03"),
      Broken(testDescription: "magic", bytes: changed(5, to: 0x79), part: "magic", says: "79"),
      Broken(testDescription: "major", bytes: changed(6, to: 4), part: "version", says: "4.0"),
      Broken(testDescription: "zero", bytes: changed(6, to: 0), part: "version", says: "0.0"),
      Broken(testDescription: "minor", bytes: changed(7, to: 1), part: "version", says: "1.1"),
      Broken(
        testDescription: "long", bytes: file(dictionary(), length: 60), part: "text",
        says: "ends after"),
      Broken(
        testDescription: "short", bytes: file(dictionary(), length: 20), part: "text",
        says: "closing"),
      Broken(testDescription: "none", bytes: file("", length: 0), part: "text", says: "'{'"),
      Broken(
        testDescription: "4 GiB", bytes: file(dictionary(), version: 2, length: 0xFFFF_FFFF),
        part: "length",
        says: "4294967295"),
      Broken(
        testDescription: "over numpy's limit",
        bytes: file(dictionary() + String(repeating: " ", count: 9999)),
        part: "length", says: "10000"),
      Broken(
        testDescription: "over numpy's limit in characters",
        bytes: file(dictionary() + String(repeating: " ", count: 9999), version: 3), part: "text",
        says: "10000"),
      Broken(
        testDescription: "no UTF-8",
        bytes: [0x93] + Array("NUMPY".utf8) + [3, 0, 2, 0, 0, 0, 0xC3, 0x28],
        part: "text", says: "UTF-8"),
      text("", "text", "'{'"),
      text("[1]", "text", "'{'"),
      text("{}", "text", "[]"),
      text("{'descr': '<u2', 'shape': (2,)}", "text", "['descr', 'shape']"),
      text(
        "{'descr': '<u2', 'fortran_order': False, 'shape': (2,), 'extra': 1}", "text", "'extra'"),
      text(
        "{'descr': '<u2', 'descr': '<u2', 'fortran_order': False, 'shape': (2,)}", "text",
        "second time"),
      text("{1: '<u2', 'fortran_order': False, 'shape': (2,)}", "text", "a string as key"),
      text("{'descr' '<u2'}", "text", "':'"),
      text("{'descr': '<u2' 'shape': (2,)}", "text", "',' or '}'"),
      text(dictionary() + "x", "text", "the end of the text"),
      text(dictionary() + "\0", "text", "the end of the text"),
      text(dictionary(order: "0"), "'fortran_order'", "found 0"),
      text(dictionary(order: "None"), "'fortran_order'", "None"),
      text(dictionary(shape: "2"), "'shape'", "int"),
      text(dictionary(shape: "(2)"), "'shape'", "int"),
      text(dictionary(shape: "[2]"), "'shape'", "list"),
      text(dictionary(shape: "('2',)"), "'shape'", "str"),
      text(dictionary(shape: "(True,)"), "'shape'", "bool"),
      text(dictionary(shape: "((2,),)"), "'shape'", "tuple"),
      text(dictionary(shape: "(18446744073709551616,)"), "text", "64 bits"),
      text(dictionary(shape: "(\(String(repeating: "9", count: 5000)),)"), "text", "64 bits"),
    ]
  }

  @Test func brokenHeadersAreNamed() {
    for broken in broken() {
      let name = broken.testDescription
      let error = #expect(throws: SegmentError.self, "\(name)") {
        try NpyHeader(parsing: broken.bytes)
      }
      #expect(error?.code == .corrupt, "\(name)")
      #expect(error?.message.contains(broken.part) == true, "\(name): \(error?.message ?? "")")
      #expect(error?.message.contains(broken.says) == true, "\(name): \(error?.message ?? "")")
    }
  }

  @Test func dtypesThatCannotBeSharedAreRefused() {
    for descr in ["'|O'", "[('a', '<f16')]", "7", "('<u2', (2,))", "'S0'"] {
      let error = #expect(throws: SegmentError.self) {
        try NpyHeader(parsing: file(dictionary(descr: descr)))
      }
      #expect(error?.code == .dtype)
    }
  }

  // MARK: Hostile bytes

  private static let rich =
    "[(('A', 'a'), '<i2', (2, 3)), ('é', [('c', '|S3'), ('d', '>M8[25s]')]), ('', '|V5')]"

  /// Reads bytes that may be anything. What is accepted must survive being written.
  private func probe(_ bytes: [UInt8]) {
    do throws(SegmentError) {
      let header = try NpyHeader(parsing: bytes)
      #expect(header.encodedLength <= bytes.count)
      #expect(try NpyHeader(parsing: header.encoded()) == header)
    } catch {
      #expect(error.code == .corrupt || error.code == .dtype, "\(error.message)")
    }
  }

  @Test func everyTruncationIsRefused() throws {
    for version: UInt8 in [1, 2, 3] {
      let bytes = file(dictionary(descr: Self.rich, shape: "(4, 5)"), version: version)
      _ = try NpyHeader(parsing: bytes)
      for length in bytes.indices {
        let error = #expect(throws: SegmentError.self) { try NpyHeader(parsing: bytes[..<length]) }
        #expect(error?.code == .corrupt)
      }
    }
  }

  @Test func everyFlippedBitDoesNoHarm() throws {
    for version: UInt8 in [1, 3] {
      let bytes = file(dictionary(descr: Self.rich, shape: "(4, 5)"), version: version)
      for index in bytes.indices {
        for bit in 0..<8 {
          var damaged = bytes
          damaged[index] ^= 1 << bit
          probe(damaged)
        }
      }
    }
  }

  @Test func randomBytesDoNoHarm() {
    var random = SplitMix64(state: 2)
    for _ in 0..<3000 {
      let length = Int.random(in: 0..<100, using: &random)
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      probe(bytes)
      let version = UInt8.random(in: 1...3, using: &random)
      probe(file(String(decoding: bytes.map { $0 & 0x7F }, as: UTF8.self), version: version))
    }
  }

  @Test(arguments: ["[", "(", "{", "'", "{'descr': ", "[('a', "])
  func endlessRepetitionIsRefused(part: String) {
    for count in [9900 / part.utf8.count, 100_000] {
      for version: UInt8 in [1, 2, 3] {
        let nested = String(repeating: part, count: count)
        for text in [nested, "{'descr': " + nested] {
          let error = #expect(throws: SegmentError.self) {
            try NpyHeader(parsing: file(text, version: version))
          }
          #expect(error?.code == .corrupt)
        }
      }
    }
  }
}
