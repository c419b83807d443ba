import ArrayShm

extension DirectorySpace: Encodable {
  private enum CodingKeys: String, CodingKey { case total, free }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(totalBytes, forKey: .total)
    try container.encode(freeBytes, forKey: .free)
  }
}
