/// The part of a stream's frames that one subscription looks at, and the cut that it waits for.
///
/// Confined to the thread that runs the sessions.
final class FrameView {
  let geometry: ViewGeometry
  private(set) var level: Int
  private(set) var region: PixelRegion
  private(set) var plane: Int
  var job: PayloadJob<FrameCut>?
  /// It moved: the frame that is on screen has to be sent again.
  var hasMoved = false

  init(_ geometry: ViewGeometry, level: Int, region: PixelRegion, plane: Int) {
    self.geometry = geometry
    (self.level, self.region, self.plane) = (level, region, plane)
  }

  func move(level: Int, region: PixelRegion, plane: Int) {
    (self.level, self.region, self.plane) = (level, region, plane)
    job = nil
    hasMoved = true
  }

  /// Everything of the frame is shown as it lies in its slot: it can be sent from there.
  var isWhole: Bool { level == 0 && region == geometry.whole && geometry.isNatural }

  func order(after: UInt64?) -> FrameCut.Order {
    FrameCut.Order(geometry: geometry, plane: plane, level: level, region: region, after: after)
  }

  /// Bytes of the frame that are cut, about.
  var sourceBytes: Int { region.height * region.width * geometry.pixelBytes }
}
