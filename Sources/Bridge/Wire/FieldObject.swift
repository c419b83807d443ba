import ArrayShm

/// One field of a structured dtype in a stream object.
package struct FieldObject: Sendable, Equatable, Encodable {
  package let name: String
  package let title: String?
  package let offset: Int
  package let dtype: String?
  package let fields: [FieldObject]?
  package let shape: [Int]
  package let itemsize: Int

  package init(_ field: DType.Field) {
    name = field.name
    title = field.title
    offset = field.offset
    dtype = field.dtype.code
    fields = Self.list(of: field.dtype)
    shape = field.shape
    itemsize = field.dtype.itemsize
  }

  /// The fields of a structured dtype, nil for any other.
  package static func list(of dtype: DType) -> [FieldObject]? {
    dtype.kind == .structured ? dtype.fields.map(FieldObject.init) : nil
  }

  private enum CodingKeys: CodingKey { case name, title, offset, dtype, fields, shape, itemsize }

  /// By hand, because the protocol wants null where the synthesised code leaves the key out.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(title, forKey: .title)
    try container.encode(offset, forKey: .offset)
    try container.encode(dtype, forKey: .dtype)
    try container.encode(fields, forKey: .fields)
    try container.encode(shape, forKey: .shape)
    try container.encode(itemsize, forKey: .itemsize)
  }
}
