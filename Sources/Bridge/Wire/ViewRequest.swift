/// The part of a stream that a page looks at: the view fields of `subscribe`.
package struct ViewRequest: Sendable, Equatable {
  /// `[y, x]` or `[x]`; nil: the last two.
  package var axes: [Int]?
  package var channels: Int?
  /// One for each axis that is neither shown nor channels; nil: zeros.
  package var index: [Int]?
  package var level = 0
  /// In pixels of level 0; nil: everything.
  package var region: PixelRegion?
  /// nil: what is usual for the stream.
  package var reduction: Reduction?
  package var tileHeight = 256
  package var tileWidth = 256

  package init() {}

  static let levels = 0...31
  static let tileExtents = 16...2048

  /// - Returns: nil if none of the fields is there.
  init?(_ fields: ControlFields) throws(ControlError) {
    let names = ["axes", "channels", "index", "level", "region", "reduce", "tile"]
    guard names.contains(where: { fields.present($0) != nil }) else { return nil }
    let axis = "an axis, 0 to 63"
    axes = try fields.integers(
      "axes", counts: 1...2, in: 0...63, "[y, x] or [x], axes from 0 to 63")
    if fields.present("channels") != nil {
      channels = Int(try fields.unsigned("channels", allowed: axis) { $0 <= 63 })
    }
    index = try fields.viewIndex()
    level = try fields.viewLevel() ?? 0
    region = try fields.viewRegion()
    switch fields.present("reduce") {
    case nil: break
    case .string(let name):
      guard let known = Reduction(rawValue: name) else { fallthrough }
      reduction = known
    default: throw fields.wrong("reduce", "\"mean\", \"nearest\" or \"mode\"")
    }
    if let tile = try fields.integers(
      "tile", counts: 2...2, in: Self.tileExtents, "[h, w], each from 16 to 2048")
    {
      (tileHeight, tileWidth) = (tile[0], tile[1])
    }
  }
}

/// What a page asks for with `view`: another part of what it looks at.
package struct ViewMove: Sendable, Equatable {
  package var id: UInt32
  package var region: PixelRegion?
  package var level: Int?
  package var index: [Int]?
  /// The page has dropped the tiles that it was sent.
  package var fresh = false

  init(_ fields: ControlFields) throws(ControlError) {
    id = try fields.id()
    region = try fields.viewRegion()
    level = try fields.viewLevel()
    index = try fields.viewIndex()
    fresh = try fields.flag("fresh")
  }

  /// The request as it is after the move.
  package func applied(to request: ViewRequest) -> ViewRequest {
    var moved = request
    if let region { moved.region = region }
    if let level { moved.level = level }
    if let index { moved.index = index }
    return moved
  }
}

extension ControlFields {
  fileprivate func viewIndex() throws(ControlError) -> [Int]? {
    try integers("index", counts: 0...64, in: 0...(1 << 53), "a list of indexes, 0 or more")
  }

  fileprivate func viewLevel() throws(ControlError) -> Int? {
    guard present("level") != nil else { return nil }
    return Int(
      try unsigned("level", allowed: "an integer from 0 to 31") {
        ViewRequest.levels.contains(Int(clamping: $0))
      })
  }

  fileprivate func viewRegion() throws(ControlError) -> PixelRegion? {
    let allowed = "[y0, x0, y1, x1], integers with y0 <= y1 and x0 <= x1"
    guard let ends = try integers("region", counts: 4...4, in: -(1 << 53)...(1 << 53), allowed)
    else { return nil }
    guard ends[0] <= ends[2], ends[1] <= ends[3] else { throw wrong("region", allowed) }
    return PixelRegion(ends[0], ends[1], ends[2], ends[3])
  }
}
