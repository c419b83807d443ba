/// The header of a .npy file: what the array after it is.
///
/// The format is numpy's (`numpy.lib.format`): a magic, a version, a length, and a Python dict as
/// text. Versions differ in the width of the length and in the text's encoding.
public struct NpyHeader: Sendable, Hashable {
  public let dtype: DType
  /// The dtype's text, as it stands in the file.
  public let descr: String
  public let shape: [Int]
  /// The first index varies fastest. Segments are never so; files of others may be.
  public let fortranOrder: Bool
  /// Bytes of the header that was parsed, up to the array's first; 0 if it was not parsed.
  public let encodedLength: Int

  /// A header to be written. ``encoded()`` checks it.
  public init(dtype: DType, descr: String, shape: [Int]) {
    self.init(dtype: dtype, descr: descr, shape: shape, fortranOrder: false, encodedLength: 0)
  }

  init(dtype: DType, descr: String, shape: [Int], fortranOrder: Bool, encodedLength: Int) {
    self.dtype = dtype
    self.descr = descr
    self.shape = shape
    self.fortranOrder = fortranOrder
    self.encodedLength = encodedLength
  }

  /// Two headers are equal when they describe the same array; how the text is spelled and padded
  /// does not matter.
  public static func == (a: Self, b: Self) -> Bool {
    a.dtype == b.dtype && a.shape == b.shape && a.fortranOrder == b.fortranOrder
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(dtype)
    hasher.combine(shape)
    hasher.combine(fortranOrder)
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Bytes of the whole array.
  ///
  /// - Throws: ``SegmentError/Code/invalid`` if there is no such array: too many dimensions, a
  ///   negative one, or a size that does not fit into 63 bits. As in numpy an extent of 0 does not
  ///   excuse the others.
  package func payloadBytes() throws(SegmentError) -> Int {
    let text = PythonLiteral.tuple(shape.map { .integer($0) }).excerpt
    guard shape.count <= DType.maximumDimensions else {
      throw SegmentError(
        .invalid,
        "'shape' \(text) has \(shape.count) dimensions, numpy's limit is \(DType.maximumDimensions)."
      )
    }
    var bytes = dtype.itemsize
    for extent in shape where extent != 0 {
      guard extent > 0 else {
        throw SegmentError(.invalid, "'shape' \(text) has a negative extent, allowed is 0 or more.")
      }
      let (product, overflowed) = bytes.multipliedReportingOverflow(by: extent)
      guard !overflowed else {
        throw SegmentError(
          .invalid,
          "'shape' \(text) of items of \(dtype.itemsize) bytes does not fit into 63 bits.")
      }
      bytes = product
    }
    return shape.contains(0) ? 0 : bytes
  }
}
