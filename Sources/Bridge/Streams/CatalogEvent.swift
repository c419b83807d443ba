import ArrayShm

/// What the directory thread found.
package enum CatalogEvent: Sendable {
  /// A name is there with this generation (perhaps one that is known).
  case present(SegmentReader)
  /// A file of that name is there, but it is not a valid segment or cannot be read.
  case unreadable(name: String, error: SegmentError)
  case absent(name: String)
  /// A second has passed: look who is alive.
  case look
}
