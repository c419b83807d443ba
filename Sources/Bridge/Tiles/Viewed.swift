/// Everything in view has been sent, as it was at this version of the array.
package struct Viewed: Sendable, Equatable {
  package var level: Int
  package var region: PixelRegion
  package var sequence: UInt64
}
