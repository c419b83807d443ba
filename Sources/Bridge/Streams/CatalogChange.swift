/// What sessions have to hear of the catalogue.
package enum CatalogChange {
  /// A new segment, or a new generation of a name.
  case added(StreamSource)
  case removed(name: String)
  /// The name cannot be read as a segment, for the reason given.
  case unreadable(name: String, reason: String)
}
