/// What a page asks for with `remove` or `processes`.
package struct ErrandRequest: Sendable, Equatable {
  package enum Errand: Sendable, Equatable {
    /// Removes this generation of a segment, if its writer is gone.
    case remove(generation: UInt64)
    /// Who has it open.
    case processes
  }

  /// The page's own number for it.
  package var ref: UInt64
  /// The segment's.
  package var name: String
  package var errand: Errand

  package init(ref: UInt64, name: String, errand: Errand) {
    self.ref = ref
    self.name = name
    self.errand = errand
  }

  init(_ fields: ControlFields, ref: UInt64) throws(ControlError) {
    self.ref = ref
    name = try fields.string("name", allowed: "a stream's name")
    errand = fields.type == "remove" ? .remove(generation: try fields.generation()) : .processes
  }
}
