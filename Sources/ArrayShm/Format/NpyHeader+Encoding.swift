extension NpyHeader {
  /// The header of a segment: padded with spaces to 4096 bytes, or 8192 where the text needs it.
  ///
  /// - Throws: ``SegmentError/Code/dtype`` if the dtype's text needs more than that or does not
  ///   say what ``dtype`` is, ``SegmentError/Code/invalid`` if there is no array of this shape.
  public func encoded() throws(SegmentError) -> [UInt8] {
    let text = try dictionaryText()
    let prefixLength = text.isLatin1 ? 10 : 12
    let needed = prefixLength + text.bytes.count + 1
    guard let length = [4096, 8192].first(where: { $0 >= needed }) else {
      throw SegmentError(
        .dtype,
        "the .npy header of this dtype needs \(needed) bytes, a segment has room for 8192. "
          + "Use fewer fields or shorter names.")
    }
    return file(text, padding: length - needed)
  }

  /// The header as `numpy.save` writes it, with numpy's own padding.
  ///
  /// - Parameter alignment: of the array's first byte in the file, a power of two of 16 to 4096;
  ///   numpy's is 64.
  /// - Throws: as ``encoded()``.
  public func encoded(alignment: Int) throws(SegmentError) -> [UInt8] {
    guard (16...4096).contains(alignment), alignment.nonzeroBitCount == 1 else {
      throw SegmentError(
        .invalid, "the alignment is \(alignment), allowed is a power of two of 16 to 4096.")
    }
    let text = try dictionaryText()
    let needed = (text.isLatin1 ? 10 : 12) + text.bytes.count + growthSpace + 1
    // Also where nothing is needed numpy pads: by a whole alignment.
    let padding = growthSpace + alignment - needed % alignment
    let length = text.length + padding + 1
    guard length <= PythonLiteralParser.maximumLength else {
      throw SegmentError(
        .dtype,
        "the .npy header of this dtype has \(length) characters, numpy reads at most "
          + "\(PythonLiteralParser.maximumLength). Use fewer fields or shorter names.")
    }
    return file(text, padding: padding)
  }

  /// numpy leaves room for the growing axis to become as long as the digits of 2^67 - 1, so that
  /// appending to a file need not move the array.
  private var growthSpace: Int {
    guard let extent = fortranOrder ? shape.last : shape.first else { return 0 }
    return max(0, 21 - String(extent).utf8.count)
  }

  /// The dict, encoded.
  private struct Text {
    var bytes: [UInt8]
    /// In characters.
    var length: Int
    /// Version 1.0, whose text is in latin-1; else 3.0, whose text is in UTF-8.
    var isLatin1: Bool
  }

  /// The dict without padding, with numpy's order of keys and numpy's style.
  private func dictionaryText() throws(SegmentError) -> Text {
    _ = try payloadBytes()
    guard try DType(descr: descr) == dtype else {
      throw SegmentError(
        .dtype,
        "the text \(PythonLiteral.shortened(descr)) does not describe the dtype "
          + "\(PythonLiteral.shortened(dtype.descr)). Give the text of the same dtype.")
    }
    let shape = PythonLiteral.tuple(shape.map { .integer($0) }).text
    let order = PythonLiteral.boolean(fortranOrder).text
    let text = "{'descr': \(descr), 'fortran_order': \(order), 'shape': \(shape), }"
    let scalars = text.unicodeScalars
    let isLatin1 = scalars.allSatisfy { $0.value <= 0xFF }
    let bytes = isLatin1 ? scalars.map { UInt8($0.value) } : Array(text.utf8)
    return Text(bytes: bytes, length: scalars.count, isLatin1: isLatin1)
  }

  private func file(_ text: Text, padding: Int) -> [UInt8] {
    let length = text.bytes.count + padding + 1
    let lengthBytes = text.isLatin1 ? 2 : 4
    var bytes = Self.magic
    bytes.reserveCapacity(bytes.count + 2 + lengthBytes + length)
    bytes += [text.isLatin1 ? 1 : 3, 0]
    bytes += (0..<lengthBytes).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
    bytes += text.bytes
    bytes += repeatElement(0x20, count: padding)
    bytes.append(0x0A)
    return bytes
  }
}
