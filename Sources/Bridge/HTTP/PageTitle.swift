/// The text of a page's `<title>`.
package enum PageTitle {
  package static func of(html: [UInt8]) -> String? {
    let text = String(decoding: html, as: UTF8.self)
    guard let open = text.firstRange(of: /(?i)<title[^>]*>/),
      let close = text[open.upperBound...].firstRange(of: /(?i)<\/title>/)
    else { return nil }
    let title = text[open.upperBound..<close.lowerBound].split(whereSeparator: \.isWhitespace)
      .joined(separator: " ")
    return title.isEmpty ? nil : decodingEntities(title)
  }

  /// The five that a title cannot do without. `&amp;` last: what it leaves is not looked at again.
  private static func decodingEntities(_ text: String) -> String {
    var text = text
    for (entity, character) in [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&"),
    ] {
      text = text.split(separator: entity, omittingEmptySubsequences: false).joined(
        separator: character)
    }
    return text
  }
}
