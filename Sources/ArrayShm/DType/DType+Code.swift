// numpy's codes for dtypes that are not structures: `<u2`, `|S5`, `<M8[ns]`.

extension DType {
  /// Reads a code with the byte orders `<`, `>`, `|` and `=` or none, which mean little endian but
  /// for `>`. Besides the codes that numpy writes it takes what `numpy.dtype` takes for the same:
  /// letters without a size (`f`, `H`) and the names of types (`float32`).
  init(code: String, at path: FieldPath) throws(SegmentError) {
    let found = PythonLiteral.string(code).excerpt
    var rest = code[...]
    var order = ByteOrder.little
    switch rest.first {
    case ">":
      order = .big
      rest.removeFirst()
    case "<", "=", "|": rest.removeFirst()
    default: break
    }

    if let reason = Self.reasonToRefuse(rest) { throw path.refusal("found \(found): \(reason)") }

    if rest.startIndex == code.startIndex, let sized = Self.sizedCodeOfName(rest) { rest = sized }
    let unitStart = rest.firstIndex(of: "[") ?? rest.endIndex
    let hasUnit = unitStart < rest.endIndex
    if let kind = Self.timeKind(rest[..<unitStart], hasUnit: hasUnit) {
      let unit = hasUnit ? try Self.unit(rest[unitStart...], at: path) : nil
      self.init(kind, itemsize: 8, byteOrder: order, unit: unit)
      return
    }
    if let dtype = Self.number(Self.sizedCode[rest] ?? rest, order) {
      self = dtype
      return
    }
    if let dtype = try Self.string(rest, order, found: found, at: path) {
      self = dtype
      return
    }
    throw path.refusal(
      "found \(found), which is no code of a dtype that can be shared. "
        + "The codes are b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16, S U V with a length, "
        + "M8 m8 with a unit, with '<', '>' or '|' in front.")
  }

  /// The code as numpy writes it; `nil` for a structure.
  public var code: String? {
    let suffix = unit.map { "[\($0)]" } ?? ""
    return letter.map { letter in
      let length = kind == .unicode ? itemsize / 4 : itemsize
      return "\(byteOrder.mark)\(letter)\(length)\(suffix)"
    }
  }

  private var letter: String? {
    switch kind {
    case .bool: "b"
    case .signedInteger: "i"
    case .unsignedInteger: "u"
    case .float: "f"
    case .complex: "c"
    case .bytes: "S"
    case .unicode: "U"
    case .void: "V"
    case .datetime: "M"
    case .timedelta: "m"
    case .structured: nil
    }
  }

  // MARK: Refused by name

  private static func reasonToRefuse(_ code: Substring) -> String? {
    switch code {
    case "O", "O4", "O8", "object", "object_":
      "a Python object is a pointer, which means nothing in another process. Use a dtype of fixed "
        + "size: a number, 'S' or 'U' with a length, or a structure of them."
    case "T", "T16", "StringDType()":
      "strings of variable width (StringDType) are pointers, which mean nothing in another "
        + "process. Use 'U' or 'S' with a length."
    case "f10", "f12", "f16", "g", "float96", "float128", "longdouble":
      "a long double has different bytes on every platform. Use 'f8'."
    case "c20", "c24", "c32", "G", "complex192", "complex256", "clongdouble":
      "a complex long double has different bytes on every platform. Use 'c16'."
    default: nil
    }
  }

  // MARK: Numbers

  /// What numpy's letters without a size mean on a 64-bit machine.
  private static let sizedCode: [Substring: Substring] = [
    "?": "b1", "b": "i1", "B": "u1", "h": "i2", "H": "u2", "i": "i4", "I": "u4",
    "l": "i8", "L": "u8", "q": "i8", "Q": "u8", "p": "i8", "P": "u8", "n": "i8", "N": "u8",
    "e": "f2", "f": "f4", "d": "f8", "F": "c8", "D": "c16",
  ]

  /// The names of numpy's types, which have no byte order in front.
  private static func sizedCodeOfName(_ name: Substring) -> Substring? {
    switch name {
    case "bool": "b1"
    case "int8": "i1"
    case "int16": "i2"
    case "int32": "i4"
    case "int64": "i8"
    case "uint8": "u1"
    case "uint16": "u2"
    case "uint32": "u4"
    case "uint64": "u8"
    case "float16": "f2"
    case "float32": "f4"
    case "float64": "f8"
    case "complex64": "c8"
    case "complex128": "c16"
    default: nil
    }
  }

  private static func number(_ code: Substring, _ order: ByteOrder) -> DType? {
    switch code {
    case "b1": DType(.bool, itemsize: 1)
    case "i1": DType(.signedInteger, itemsize: 1)
    case "i2": DType(.signedInteger, itemsize: 2, byteOrder: order)
    case "i4": DType(.signedInteger, itemsize: 4, byteOrder: order)
    case "i8": DType(.signedInteger, itemsize: 8, byteOrder: order)
    case "u1": DType(.unsignedInteger, itemsize: 1)
    case "u2": DType(.unsignedInteger, itemsize: 2, byteOrder: order)
    case "u4": DType(.unsignedInteger, itemsize: 4, byteOrder: order)
    case "u8": DType(.unsignedInteger, itemsize: 8, byteOrder: order)
    case "f2": DType(.float, itemsize: 2, byteOrder: order)
    case "f4": DType(.float, itemsize: 4, byteOrder: order)
    case "f8": DType(.float, itemsize: 8, byteOrder: order)
    case "c8": DType(.complex, itemsize: 8, byteOrder: order)
    case "c16": DType(.complex, itemsize: 16, byteOrder: order)
    default: nil
    }
  }

  // MARK: Strings and bytes

  /// `S`, `U` or `V` with a length; `c` is an `S1`.
  private static func string(
    _ code: Substring, _ order: ByteOrder, found: String, at path: FieldPath
  ) throws(SegmentError) -> DType? {
    let kind: Kind
    let bytesPerUnit: Int
    switch code.first {
    case "c" where code == "c": return DType(.bytes, itemsize: 1)
    case "S", "a": (kind, bytesPerUnit) = (.bytes, 1)
    case "U": (kind, bytesPerUnit) = (.unicode, 4)
    case "V": (kind, bytesPerUnit) = (.void, 1)
    default: return nil
    }
    let digits = code.dropFirst()
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    let length = digits.isEmpty ? 0 : Int(digits) ?? .max
    guard length > 0 else {
      throw path.refusal(
        "found \(found), which has no bytes. Give it a length of at least 1, such as '|S16'.")
    }
    guard length <= maximumItemsize / bytesPerUnit else {
      throw path.refusal(
        "found \(found). Its length is at most \(maximumItemsize / bytesPerUnit), numpy's limit.")
    }
    return DType(
      kind, itemsize: length * bytesPerUnit, byteOrder: kind == .unicode ? order : .none)
  }

  // MARK: Times

  /// numpy takes no unit after the bare letter.
  private static func timeKind(_ code: Substring, hasUnit: Bool) -> Kind? {
    switch code {
    case "M8", "datetime64": .datetime
    case "m8", "timedelta64": .timedelta
    case "M" where !hasUnit: .datetime
    case "m" where !hasUnit: .timedelta
    default: nil
    }
  }

  private static let units: Set<Substring> = [
    "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as",
  ]

  /// Reads `[ns]` or `[25s]`; a multiple of 1 is not written, and `[generic]` is none.
  private static func unit(_ text: Substring, at path: FieldPath) throws(SegmentError) -> String? {
    let inside = text.dropFirst().dropLast()
    let digits = inside.prefix { $0.isASCII && $0.isNumber }
    let name = inside[digits.endIndex...]
    let multiple = digits.isEmpty ? 1 : Int32(digits)
    guard text.last == "]", let multiple,
      units.contains(name) || name == "μs" || name == "generic"
    else {
      throw path.refusal(
        "found the unit \(PythonLiteral.string(String(text)).excerpt). A unit is one of Y M W D h m s "
          + "ms us ns ps fs as, with a multiple of at most \(Int32.max) in front, such as '[25s]'.")
    }
    if name == "generic" { return nil }
    return (multiple == 1 ? "" : String(multiple)) + (name == "μs" ? "us" : String(name))
  }
}

extension DType.ByteOrder {
  fileprivate var mark: String {
    switch self {
    case .little: "<"
    case .big: ">"
    case .none: "|"
    }
  }
}
