/// The layout of one element of a numpy array.
///
/// It can be everything that `numpy.lib.format.dtype_to_descr` writes and that has a fixed size
/// without pointers. See "Dtypes" in docs/segment-format.md.
public struct DType: Sendable, Hashable {
  public enum Kind: Sendable {
    case bool, signedInteger, unsignedInteger, float, complex
    /// `S`: bytes, padded with NUL.
    case bytes
    /// `U`: UTF-32 in the dtype's byte order, padded with NUL.
    case unicode
    /// `V`: bytes without meaning.
    case void
    case datetime, timedelta
    case structured
  }

  public enum ByteOrder: Sendable {
    case little, big
    /// Single bytes, strings of bytes, and structures, whose fields have their own.
    case none
  }

  /// One named part of a structure.
  public struct Field: Sendable, Hashable {
    public let name: String
    /// numpy's second name for a field.
    public let title: String?
    /// Bytes from the start of the structure.
    public let offset: Int
    /// Of one element.
    public let dtype: DType
    /// Extents of a subarray; empty for a single element.
    public let shape: [Int]
    /// ``shape`` as numpy nests it, outermost first: a subarray can have subarrays for elements.
    package let subarrays: [[Int]]
  }

  public let kind: Kind
  /// Bytes of one element, 1 to ``maximumItemsize``.
  public let itemsize: Int
  public let byteOrder: ByteOrder
  /// Of `datetime` and `timedelta`, with its multiple: "ns", "25s". `nil` is numpy's generic unit.
  public let unit: String?
  /// Of a structure, in the order of their offsets; padding is not listed.
  public let fields: [Field]

  /// numpy keeps the size of an element in a C int.
  package static let maximumItemsize = Int(Int32.max)
  /// numpy's limit for arrays and subarrays.
  package static let maximumDimensions = 64

  init(
    _ kind: Kind, itemsize: Int, byteOrder: ByteOrder = .none, unit: String? = nil,
    fields: [Field] = []
  ) {
    self.kind = kind
    self.itemsize = itemsize
    self.byteOrder = byteOrder
    self.unit = unit
    self.fields = fields
  }

  /// Reads numpy's text for a dtype, as it stands in a .npy header.
  ///
  /// - Parameter descr: a Python literal, `'<u2'` with its quotes or `[('a', '<f4'), ...]`.
  /// - Throws: ``SegmentError/Code/dtype`` if the text cannot be read or the dtype not be shared.
  public init(descr: String) throws(SegmentError) {
    let literal: PythonLiteral
    do throws(PythonLiteralParser.Problem) {
      // Whoever sends megabytes does not get them copied.
      let limit = PythonLiteralParser.maximumLength
      var parser = try PythonLiteralParser(Array(descr.unicodeScalars.prefix(limit + 1)))
      literal = try parser.wholeValue()
    } catch {
      throw SegmentError(
        .dtype,
        "dtype text, character \(error.position): \(error.message). "
          + "A dtype's text is a Python literal such as \"'<u2'\" or \"[('x', '<f4')]\".")
    }
    self = try DType(literal: literal)
  }
}

extension DType.Field {
  /// Bytes of the whole field.
  package var length: Int { shape.reduce(dtype.itemsize, *) }

  /// Names are equal when their characters are, as in Python. (Swift's `==` for strings also
  /// takes characters for equal that only look alike, such as "é" in its two spellings.)
  public static func == (a: Self, b: Self) -> Bool {
    a.name.utf8.elementsEqual(b.name.utf8)
      && (a.title.map { Array($0.utf8) } == b.title.map { Array($0.utf8) })
      && a.offset == b.offset && a.dtype == b.dtype && a.subarrays == b.subarrays
  }
}
