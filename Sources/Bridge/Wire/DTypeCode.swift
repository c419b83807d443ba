import ArrayShm

/// The dtype code of a data message's header.
package enum DTypeCode: UInt8, Sendable, CaseIterable {
  case other = 0
  case b1, u1, i1, u2, i2, u4, i4, u8, i8, f2, f4, f8, c8, c16

  /// The code of a dtype; `other` for all that is not a plain number.
  package init(_ dtype: DType) {
    switch (dtype.kind, dtype.itemsize) {
    case (.bool, 1): self = .b1
    case (.unsignedInteger, 1): self = .u1
    case (.signedInteger, 1): self = .i1
    case (.unsignedInteger, 2): self = .u2
    case (.signedInteger, 2): self = .i2
    case (.unsignedInteger, 4): self = .u4
    case (.signedInteger, 4): self = .i4
    case (.unsignedInteger, 8): self = .u8
    case (.signedInteger, 8): self = .i8
    case (.float, 2): self = .f2
    case (.float, 4): self = .f4
    case (.float, 8): self = .f8
    case (.complex, 8): self = .c8
    case (.complex, 16): self = .c16
    default: self = .other
    }
  }
}
