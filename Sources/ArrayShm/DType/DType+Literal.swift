// From numpy's description to a layout, by the rules of `numpy.lib.format.descr_to_dtype`.

extension DType {
  /// A dtype with the subarrays that stand around it, outermost first.
  private typealias Element = (dtype: DType, subarrays: [[Int]])

  init(literal: PythonLiteral) throws(SegmentError) {
    let path = FieldPath()
    let (dtype, subarrays) = try Self.element(literal, at: path)
    guard subarrays.isEmpty else {
      throw path.refusal(
        "found the subarray \(literal.excerpt) as the dtype of a whole array, where numpy writes "
          + "its extents into 'shape'. Use the dtype of one element.")
    }
    self = dtype
  }

  /// `'<f4'`, `[fields]`, or `(element, shape)`.
  private static func element(
    _ literal: PythonLiteral, at path: FieldPath
  ) throws(SegmentError) -> Element {
    switch literal {
    case .string(let code):
      return (try DType(code: code, at: path), [])
    case .list(let items):
      return (try structure(items, at: path), [])
    case .tuple(let items):
      guard items.count == 2 else { break }
      let inner = try element(items[0], at: path)
      return try subarray(of: inner, shape: items[1], at: path)
    default:
      break
    }
    throw path.refusal(
      "found \(literal.excerpt), a \(literal.typeName). A dtype is a code such as '<f4', "
        + "a list of fields, or a pair (dtype, shape).")
  }

  private static func subarray(
    of element: Element, shape literal: PythonLiteral, at path: FieldPath
  ) throws(SegmentError) -> Element {
    let shape = try extents(literal, at: path)
    guard !shape.isEmpty else { return element }
    let subarrays = [shape] + element.subarrays
    guard subarrays.reduce(0, { $0 + $1.count }) <= maximumDimensions else {
      throw path.refusal(
        "found a subarray of more than \(maximumDimensions) dimensions, numpy's limit.")
    }
    return (element.dtype, subarrays)
  }

  /// The shape of a subarray: a tuple or a list of ints, or an int for one dimension.
  private static func extents(
    _ literal: PythonLiteral, at path: FieldPath
  ) throws(SegmentError) -> [Int] {
    let items: [PythonLiteral]
    switch literal {
    case .tuple(let inside), .list(let inside): items = inside
    case .integer: items = [literal]
    default:
      throw path.refusal(
        "found the shape \(literal.excerpt), a \(literal.typeName). "
          + "The shape of a subarray is a tuple of ints.")
    }
    var extents: [Int] = []
    for item in items {
      guard case .integer(let extent) = item, extent >= 1 else {
        throw path.refusal(
          "found the extent \(item.excerpt) in the shape \(literal.excerpt). "
            + "The extents of a subarray are ints of at least 1, "
            + "because a field without bytes cannot be shared.")
      }
      extents.append(extent)
    }
    return extents
  }

  private static func structure(
    _ items: [PythonLiteral], at path: FieldPath
  ) throws(SegmentError) -> DType {
    var fields: [Field] = []
    var offset = 0
    // As bytes: see `Field.==`. numpy keeps names and titles in one dict.
    var taken: Set<[UInt8]> = []
    for (index, item) in items.enumerated() {
      let parts = try parts(of: item, index: index, at: path)
      let here = path.appending(parts.name)
      let isUnnamed = parts.name.isEmpty && parts.title == nil
      // numpy skips padding of 0 bytes.
      if isUnnamed, case .string(let code) = parts.descr, ["|V0", "V0"].contains(code) { continue }
      var element = try element(parts.descr, at: here)
      if let shape = parts.shape { element = try subarray(of: element, shape: shape, at: here) }
      let start = offset
      offset = try end(of: element, from: start, at: here)
      // numpy takes an unnamed subarray for padding, too: its type is void as well.
      if isUnnamed, element.dtype.kind == .void || !element.subarrays.isEmpty { continue }
      for name in [parts.name] + (parts.title.map { [$0] } ?? []) {
        guard taken.insert(Array(name.utf8)).inserted else {
          throw here.refusal(
            "found \(PythonLiteral.string(name).excerpt) a second time among the names and titles. "
              + "Each name and each title can stand only once in a structure.")
        }
      }
      fields.append(
        Field(
          name: parts.name, title: parts.title, offset: start, dtype: element.dtype,
          shape: Array(element.subarrays.joined()), subarrays: element.subarrays))
    }
    guard offset > 0 else {
      throw path.refusal(
        "found a structure without bytes. A dtype needs an itemsize of at least 1.")
    }
    return DType(.structured, itemsize: offset, fields: fields)
  }

  /// Where an element ends that starts at `offset`.
  private static func end(
    of element: Element, from offset: Int, at path: FieldPath
  ) throws(SegmentError) -> Int {
    var length = element.dtype.itemsize
    for extent in element.subarrays.joined() {
      let (product, overflowed) = length.multipliedReportingOverflow(by: extent)
      guard !overflowed, product <= maximumItemsize else { throw tooLarge(path) }
      length = product
    }
    // Both are at most `maximumItemsize`, which is far below Int.max.
    guard offset + length <= maximumItemsize else { throw tooLarge(path) }
    return offset + length
  }

  private static func tooLarge(_ path: FieldPath) -> SegmentError {
    path.refusal("the dtype grows over \(maximumItemsize) bytes here, numpy's limit for one item.")
  }

  /// The parts of `(name, descr)` or `(name, descr, shape)`.
  private static func parts(
    of item: PythonLiteral, index: Int, at path: FieldPath
  ) throws(SegmentError) -> (
    name: String, title: String?, descr: PythonLiteral, shape: PythonLiteral?
  ) {
    let items: [PythonLiteral]
    switch item {
    case .tuple(let inside), .list(let inside): items = inside
    default: items = []
    }
    guard items.count == 2 || items.count == 3 else {
      throw path.refusal(
        "found \(item.excerpt) as field \(index). "
          + "A field is a tuple (name, dtype) or (name, dtype, shape).")
    }
    let shape = items.count == 3 ? items[2] : nil
    switch items[0] {
    case .string(let name): return (name, nil, items[1], shape)
    case .tuple(let names) where names.count == 2:
      guard case .string(let name) = names[1] else { break }
      if case .string(let title) = names[0] { return (name, title, items[1], shape) }
      if case .none = names[0] { return (name, nil, items[1], shape) }
    default: break
    }
    throw path.refusal(
      "found \(items[0].excerpt) as the name of field \(index). "
        + "A name is a string, or a pair of strings (title, name).")
  }
}
