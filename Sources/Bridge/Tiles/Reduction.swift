import ArrayShm

/// What stands for the pixels of a block in a level over 0.
package enum Reduction: String, Sendable, Hashable, CaseIterable {
  /// Their mean: intensities. Integers are rounded half to even; a NaN counts only where there is
  /// nothing else; of complex numbers each part is taken by itself.
  case mean
  /// The first of them: labels, masks, and every dtype that has no mean.
  case nearest
  /// The one that is there most often, the smallest of several: labels whose thin parts must not
  /// come and go.
  case mode

  /// What is taken where the page does not say.
  package static func usual(for dtype: DType, labels: Bool) -> Reduction {
    labels || dtype.kind == .bool || !mean.works(on: dtype) ? .nearest : .mean
  }

  package func works(on dtype: DType) -> Bool {
    switch (self, dtype.kind) {
    case (.nearest, _): true
    case (_, .bool), (_, .signedInteger), (_, .unsignedInteger), (_, .float): true
    case (.mean, .complex): true
    default: false
    }
  }
}
