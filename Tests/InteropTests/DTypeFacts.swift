import ArrayShm
import Testing

/// What numpy says about a dtype.
struct DTypeFacts: Decodable {
  struct Field: Decodable {
    let name: String
    let title: String?
    let offset: Int
    let shape: [Int]
    let dtype: DTypeFacts
  }

  /// `repr(numpy.lib.format.dtype_to_descr(dtype))`
  let descr: String
  let itemsize: Int
  /// numpy's letter.
  let kind: String
  let order: String
  let unit: String?
  let fields: [Field]?
}

extension DTypeFacts {
  /// Expects that Swift says the same, all the way down.
  func expectEqual(to dtype: DType, sourceLocation: SourceLocation = #_sourceLocation) {
    let comment: Comment = "\(descr)"
    func expect(_ isEqual: Bool, _ what: String) {
      #expect(isEqual, "\(comment.rawValue): \(what)", sourceLocation: sourceLocation)
    }
    // As bytes, because Swift takes differently composed characters for equal.
    func same(_ a: String?, _ b: String?) -> Bool {
      a.map { Array($0.utf8) } == b.map { Array($0.utf8) }
    }

    expect(same(dtype.descr, descr), "printed as \(dtype.descr)")
    expect(dtype.itemsize == itemsize, "itemsize \(dtype.itemsize), numpy: \(itemsize)")
    expect(Self.letter(of: dtype.kind) == kind, "kind \(dtype.kind), numpy: \(kind)")
    expect(Self.mark(of: dtype.byteOrder) == order, "order \(dtype.byteOrder), numpy: \(order)")
    expect(dtype.unit == unit, "unit \(dtype.unit ?? "none"), numpy: \(unit ?? "none")")
    expect((dtype.code == nil) == (fields != nil), "code \(dtype.code ?? "none")")
    if let code = dtype.code { expect("'\(code)'" == descr, "code \(code)") }
    let fields = fields ?? []
    expect(dtype.fields.count == fields.count, "\(dtype.fields.count) fields")
    for (ours, theirs) in zip(dtype.fields, fields) {
      expect(same(ours.name, theirs.name), "name \(ours.name), numpy: \(theirs.name)")
      expect(same(ours.title, theirs.title), "title of \(ours.name)")
      expect(ours.offset == theirs.offset, "offset \(ours.offset), numpy: \(theirs.offset)")
      expect(ours.shape == theirs.shape, "shape \(ours.shape), numpy: \(theirs.shape)")
      theirs.dtype.expectEqual(to: ours.dtype, sourceLocation: sourceLocation)
    }
  }

  private static func letter(of kind: DType.Kind) -> String {
    switch kind {
    case .bool: "b"
    case .signedInteger: "i"
    case .unsignedInteger: "u"
    case .float: "f"
    case .complex: "c"
    case .bytes: "S"
    case .unicode: "U"
    case .void, .structured: "V"
    case .datetime: "M"
    case .timedelta: "m"
    }
  }

  private static func mark(of order: DType.ByteOrder) -> String {
    switch order {
    case .little: "<"
    case .big: ">"
    case .none: "|"
    }
  }
}
