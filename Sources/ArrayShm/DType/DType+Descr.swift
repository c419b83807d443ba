// From a layout to numpy's description, by the rules of `numpy.lib.format.dtype_to_descr`.

extension DType {
  /// The text that numpy writes for the dtype: `'<u2'`, `[('a', '<f4'), ('', '|V4')]`.
  public var descr: String { literal.text }

  private var literal: PythonLiteral {
    if let code { return .string(code) }
    var items: [PythonLiteral] = []
    var end = 0
    for field in fields {
      if field.offset > end { items.append(Self.padding(field.offset - end)) }
      items.append(field.literal)
      end = field.offset + field.length
    }
    if itemsize > end { items.append(Self.padding(itemsize - end)) }
    return .list(items)
  }

  private static func padding(_ length: Int) -> PythonLiteral {
    .tuple([.string(""), .string("|V\(length)")])
  }

  /// The dtype with the subarrays inside a field's own shape, which are pairs (dtype, shape).
  fileprivate func literal(inside subarrays: some BidirectionalCollection<[Int]>) -> PythonLiteral {
    subarrays.reversed().reduce(literal) { .tuple([$0, Self.shape($1)]) }
  }

  fileprivate static func shape(_ extents: [Int]) -> PythonLiteral {
    .tuple(extents.map { .integer($0) })
  }
}

extension DType.Field {
  fileprivate var literal: PythonLiteral {
    let name: PythonLiteral =
      if let title { .tuple([.string(title), .string(self.name)]) } else { .string(self.name) }
    let element = dtype.literal(inside: subarrays.dropFirst())
    guard let outermost = subarrays.first else { return .tuple([name, element]) }
    return .tuple([name, element, DType.shape(outermost)])
  }
}
