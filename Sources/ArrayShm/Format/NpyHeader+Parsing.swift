extension NpyHeader {
  /// Reads the header at the start of `bytes`; what comes after it is not touched.
  ///
  /// - Throws: ``SegmentError/Code/corrupt`` if there is no valid header, naming the part that is
  ///   wrong; ``SegmentError/Code/dtype`` if its dtype cannot be shared.
  public init(parsing bytes: some Collection<UInt8>) throws(SegmentError) {
    let (text, length) = try Self.text(of: bytes)
    var entries: [String: PythonLiteralParser.Entry] = [:]
    do throws(PythonLiteralParser.Problem) {
      var parser = try PythonLiteralParser(text)
      for entry in try parser.wholeDictionary() {
        guard entries.updateValue(entry, forKey: entry.key) == nil else {
          throw PythonLiteralParser.Problem(
            position: entry.range.lowerBound,
            message: "found the key \(PythonLiteral.string(entry.key).excerpt) a second time")
        }
      }
    } catch {
      throw Self.corrupt("text, character \(error.position)", error.message)
    }

    let keys = entries.keys.sorted()
    guard keys == ["descr", "fortran_order", "shape"],
      let descr = entries["descr"], let order = entries["fortran_order"],
      let shape = entries["shape"]
    else {
      throw Self.corrupt(
        "text",
        "found the keys \(PythonLiteral.list(keys.map { .string($0) }).excerpt), "
          + "expected 'descr', 'fortran_order' and 'shape'")
    }
    guard case .boolean(let fortranOrder) = order.value else {
      throw Self.corrupt(
        "'fortran_order'", "found \(order.value.excerpt), expected True or False")
    }
    self.init(
      dtype: try DType(literal: descr.value),
      descr: String(String.UnicodeScalarView(text[descr.range])),
      shape: try Self.shape(shape.value), fortranOrder: fortranOrder, encodedLength: length)
    do throws(SegmentError) {
      _ = try payloadBytes()
    } catch {
      throw SegmentError(.corrupt, ".npy header, \(error.message)")
    }
  }

  private static func corrupt(_ part: String, _ message: String) -> SegmentError {
    SegmentError(.corrupt, ".npy header, \(part): \(message).")
  }

  private static func shape(_ literal: PythonLiteral) throws(SegmentError) -> [Int] {
    guard case .tuple(let items) = literal else {
      throw corrupt(
        "'shape'", "found \(literal.excerpt), a \(literal.typeName), expected a tuple of ints")
    }
    var shape: [Int] = []
    for item in items {
      guard case .integer(let extent) = item else {
        throw corrupt(
          "'shape'", "found \(item.excerpt), a \(item.typeName), expected a tuple of ints")
      }
      shape.append(extent)
    }
    return shape
  }

  // MARK: Bytes

  /// The dict's text, and the length of the whole header.
  private static func text(
    of bytes: some Collection<UInt8>
  ) throws(SegmentError) -> (text: [Unicode.Scalar], length: Int) {
    let start = Array(bytes.prefix(12))
    guard start.starts(with: magic) else {
      throw corrupt(
        "magic", "found the bytes \(hexadecimal(start.prefix(6))), expected \(hexadecimal(magic))")
    }
    guard start.count >= 8 else { throw truncated("version", has: start.count, needs: 8) }
    let version = (start[6], start[7])
    let lengthBytes: Int
    switch version {
    case (1, 0): lengthBytes = 2
    case (2, 0), (3, 0): lengthBytes = 4
    default:
      throw corrupt("version", "found \(version.0).\(version.1), expected 1.0, 2.0 or 3.0")
    }
    let prefix = 8 + lengthBytes
    guard start.count >= prefix else { throw truncated("length", has: start.count, needs: prefix) }
    let length = start[8..<prefix].reversed().reduce(0) { $0 << 8 | Int($1) }
    let isUTF8 = version.0 == 3
    // The limit is numpy's, in characters; the parser applies it to the text once more.
    let limit = PythonLiteralParser.maximumLength * (isUTF8 ? 4 : 1)
    guard length <= limit else {
      throw corrupt("length", "found \(length) bytes of text, numpy's limit is \(limit)")
    }
    let encoded = Array(bytes.dropFirst(prefix).prefix(length))
    guard encoded.count == length else {
      throw truncated("text", has: prefix + encoded.count, needs: prefix + length)
    }
    guard isUTF8 else {
      return (encoded.map { Unicode.Scalar($0) }, prefix + length)
    }
    guard let text = String(validating: encoded, as: UTF8.self) else {
      throw corrupt("text", "found bytes that are not UTF-8, which version 3.0 has")
    }
    return (Array(text.unicodeScalars), prefix + length)
  }

  private static func truncated(_ part: String, has: Int, needs: Int) -> SegmentError {
    corrupt(part, "the file ends after \(has) bytes, the header needs \(needs)")
  }

  private static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined(separator: " ")
  }
}
