import ArrayShm

/// Reads elements of a dtype out of bytes.
package struct ElementReader: Sendable {
  private let dtype: DType

  package init(_ dtype: DType) { self.dtype = dtype }

  /// The element at `offset`, of which all `itemsize` bytes must be there.
  package func value(_ bytes: some RandomAccessCollection<UInt8>, at offset: Int) -> ElementValue {
    let start = bytes.index(bytes.startIndex, offsetBy: offset)
    let end = bytes.index(start, offsetBy: dtype.itemsize)
    return Self.value(Array(bytes[start..<end]), dtype)
  }

  private static func value(_ bytes: [UInt8], _ dtype: DType) -> ElementValue {
    switch dtype.kind {
    case .bool: return .bool(bytes[0] != 0)
    case .signedInteger: return .integer(signed(bytes, dtype))
    case .unsignedInteger: return .unsigned(bits(bytes, dtype))
    case .float: return float(bits(bytes, dtype), width: bytes.count)
    case .complex:
      let half = bytes.count / 2
      return .complex(
        real: float(bits(Array(bytes[..<half]), dtype), width: half),
        imaginary: float(bits(Array(bytes[half...]), dtype), width: half))
    case .bytes: return text(bytes)
    case .unicode: return unicode(bytes, dtype)
    case .void: return .bytes(bytes)
    case .datetime: return .time(TimeText.iso(signed(bytes, dtype), unit: dtype.unit))
    case .timedelta:
      let count = signed(bytes, dtype)
      return .duration(count == .min ? nil : count, unit: dtype.unit ?? "units")
    case .structured:
      return .record(dtype.fields.map { .init(name: $0.name, value: field(bytes, $0)) })
    }
  }

  private static func field(_ bytes: [UInt8], _ field: DType.Field) -> ElementValue {
    let itemsize = field.dtype.itemsize
    func nested(_ shape: ArraySlice<Int>, _ offset: Int) -> ElementValue {
      guard let extent = shape.first else {
        return value(Array(bytes[offset..<offset + itemsize]), field.dtype)
      }
      let step = shape.dropFirst().reduce(itemsize, *)
      return .list((0..<extent).map { nested(shape.dropFirst(), offset + $0 * step) })
    }
    return nested(field.shape[...], field.offset)
  }

  // MARK: Pieces

  private static func bits(_ bytes: [UInt8], _ dtype: DType) -> UInt64 {
    let ordered = dtype.byteOrder == .big ? Array(bytes) : bytes.reversed()
    return ordered.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func signed(_ bytes: [UInt8], _ dtype: DType) -> Int64 {
    let shift = 64 - 8 * bytes.count
    return Int64(bitPattern: bits(bytes, dtype) << shift) >> shift
  }

  private static func float(_ bits: UInt64, width: Int) -> ElementValue {
    switch width {
    case 2:
      let value = Float16(bitPattern: UInt16(bits))
      return .float(Double(value), digits: "\(value)")
    case 4:
      let value = Float(bitPattern: UInt32(bits))
      return .float(Double(value), digits: "\(value)")
    default:
      let value = Double(bitPattern: bits)
      return .float(value, digits: "\(value)")
    }
  }

  /// numpy drops the zeros at the end.
  private static func text(_ bytes: [UInt8]) -> ElementValue {
    let used = bytes.prefix { _ in true }.dropLast(bytes.reversed().prefix { $0 == 0 }.count)
    guard let text = String(validating: used, as: UTF8.self) else { return .bytes(Array(used)) }
    return .text(text)
  }

  private static func unicode(_ bytes: [UInt8], _ dtype: DType) -> ElementValue {
    var scalars = String.UnicodeScalarView()
    var units = stride(from: 0, to: bytes.count, by: 4).map { start in
      UInt32(truncatingIfNeeded: bits(Array(bytes[start..<start + 4]), dtype))
    }
    while units.last == 0 { units.removeLast() }
    for unit in units { scalars.append(Unicode.Scalar(unit) ?? "\u{fffd}") }
    return .text(String(scalars))
  }
}
