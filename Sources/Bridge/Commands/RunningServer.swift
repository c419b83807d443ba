import ArrayShm

/// What a server says of itself in the metadata of its command log, for programs of the same user. Another version may say less.
package struct RunningServer: Sendable, Equatable, Encodable {
  /// Without its token.
  package var address: String?
  package var pid: Int?
  package var version: String?
  /// The folders that its pages come from; real paths.
  package var pages: [String] = []
  /// Whose pages may show its own in a frame.
  package var embedders: [String] = []

  package init(
    address: String, pid: Int, version: String, pages: [String] = [], embedders: [String] = []
  ) {
    self.address = address
    self.pid = pid
    self.version = version
    self.pages = pages
    self.embedders = embedders
  }

  private init(_ about: [String: JSONValue]) {
    if case .string(let text)? = about["address"] { address = text }
    if case .integer(let number)? = about["pid"] { pid = Int(exactly: number) }
    if case .string(let text)? = about["version"] { version = text }
    pages = Self.texts(about["pages"])
    embedders = Self.texts(about["embedders"])
  }

  private static func texts(_ value: JSONValue?) -> [String] {
    guard case .array(let values)? = value else { return [] }
    return values.compactMap { if case .string(let text) = $0 { text } else { nil } }
  }

  /// The server that has a directory; nil if none has.
  package static func of(_ directory: SegmentDirectory) -> RunningServer? {
    guard let log = try? SegmentReader(directory: directory, name: CommandLog.name),
      log.state == .live
    else { return nil }
    let metadata = JSONValue(parsing: Array(log.description.metadata.utf8))?.object
    return RunningServer(metadata?["webmon"]?.object ?? [:])
  }
}
