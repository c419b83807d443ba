import Testing

@testable import ArrayShm

/// Arguments that cannot be: each refused with a reason, before anything is made.
@Suite struct SpecificationTests {
  let directory: PrivateDirectory

  init() throws { directory = try PrivateDirectory() }

  func create(_ specification: SegmentSpecification) -> SegmentError.Code? {
    code { _ = try SegmentWriter(directory: directory.segments, specification) }
  }

  @Test func namesAreChecked() throws {
    let dtype = try DType(descr: "'<u2'")
    for name in [
      "", ".hidden", "a/b", "../x", "a b", "ä", "a\0b", "a\n", String(repeating: "x", count: 121),
    ] {
      #expect(create(.log(name, dtype: dtype, records: 1)) == .invalid)
      #expect(code { _ = try SegmentReader(directory: directory.segments, name: name) } == .invalid)
    }
    for name in ["a", "A-z_0.9", String(repeating: "x", count: 120), "-", "a.npy"] {
      #expect(create(.log(name, dtype: dtype, records: 1)) == nil)
    }
  }

  @Test func sizesAreChecked() throws {
    let dtype = try DType(descr: "'<u2'")
    #expect(create(.frames("a", dtype: dtype, shape: [4], slots: 1)) == .invalid)
    #expect(create(.frames("a", dtype: dtype, shape: [4], slots: 1025)) == .invalid)
    #expect(create(.frames("a", dtype: dtype, shape: [0], slots: 2)) == .invalid)
    #expect(create(.frames("a", dtype: dtype, shape: [-1], slots: 2)) == .invalid)
    #expect(
      create(.frames("a", dtype: dtype, shape: [Int](repeating: 1, count: 64), slots: 2))
        == .invalid)
    #expect(create(.frames("a", dtype: dtype, shape: [Int.max, 2], slots: 2)) == .invalid)
    #expect(create(.log("a", dtype: dtype, records: 0)) == .invalid)
    #expect(create(.log("a", dtype: dtype, records: Int.max)) == .invalid)
    #expect(create(.array("a", dtype: dtype, shape: [Int.max])) == .invalid)
    #expect(create(.array("a", dtype: dtype, shape: [1 << 62, 4, 0])) == .invalid)
    #expect(create(.array("a", dtype: dtype, shape: [4], tile: [0])) == .invalid)
    #expect(create(.array("a", dtype: dtype, shape: [4], tile: [1, 1])) == .invalid)
    #expect(create(.array("a", dtype: dtype, shape: [Int](repeating: 1, count: 65))) == .invalid)
    #expect(create(.array("a", dtype: dtype, shape: [Int](repeating: 1, count: 64))) == nil)
    #expect(create(.frames("a", dtype: dtype, shape: [], slots: 1024)) == nil)
  }

  @Test func metadataIsChecked() throws {
    let dtype = try DType(descr: "'<u2'")
    for bad in ["", "[]", "1", "{", "null"] {
      #expect(create(.log("a", dtype: dtype, records: 1, metadata: bad)) == .invalid)
    }
    let large = "{\"a\": \"\(String(repeating: "x", count: 1 << 20))\"}"
    #expect(create(.log("a", dtype: dtype, records: 1, metadata: large)) == .invalid)
    #expect(create(.log("a", dtype: dtype, records: 1, metadata: " {\"µ\": 1}\n")) == nil)
  }

  @Test func everythingComesBack() throws {
    let specification = SegmentSpecification(
      kind: .array, name: "full", dtype: try DType(descr: "[('a', '<f4'), ('b', '<i4', (2,))]"),
      shape: [3, 5],
      tile: [2, 3], metadata: "{\"scale\": [1, 2]}", recarray: true, persist: true)
    let writer = try SegmentWriter(directory: directory.segments, specification)
    let found = try #require(directory.read("full")).description
    #expect(found.kind == .array && found.shape == [3, 5] && found.grid?.tile == [2, 3])
    #expect(
      found.descr == "[('a', '<f4'), ('b', '<i4', (2,))]" && found.dtype == specification.dtype)
    #expect(found.metadata == specification.metadata && found.recarray && found.persist)
    #expect(found.generation == writer.description.generation && found.payloadBytes == 3 * 5 * 12)
    #expect(
      found.createdRealtime > 1_700_000_000_000_000_000 && found.createdMonotonic <= Clock.monotonic
    )
  }

  @Test func checksumIsCastagnolis() {
    #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
  }

  @Test func metadataLongerThanAPageAndLongHeadersFit() throws {
    let fields = (0..<180).map { "('a_rather_long_field_name_\($0)', '<f4')" }.joined(
      separator: ", ")
    let writer = try LogWriter(
      directory: directory.segments,
      .log(
        "wide", dtype: DType(descr: "[\(fields)]"), records: 3,
        metadata: "{\"x\": \"\(String(repeating: "y", count: 10000))\"}"))
    let found = try #require(directory.read("wide"))
    #expect(found.memory.layout.payloadOffset == 8192)
    #expect(found.description.metadata.count == 10009)
    #expect(found.description.dtype == writer.segment.description.dtype)
  }
}
