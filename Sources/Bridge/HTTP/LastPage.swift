import ArrayShm

/// The page that a browser used last, with its state: a cookie that the pages set themselves (`shell/last_page.js`).
///
/// Whoever can set a cookie for this host could have written it: what is taken is a page's path and a query of harmless characters,
/// never another host, another path, or a token.
package struct LastPage: Sendable, Equatable {
  /// The page's folder. Whether there is one of this name, `PageStore` knows.
  package let name: String
  /// `/NAME/`, and after it the query as it stands in an address.
  package let target: String

  private static let longest = 2048

  /// Of a request with such a cookie. Browsers do not tell ports apart when they send cookies: the port that the browser sees is in the name.
  package init?(of request: HTTPRequest) {
    let prefix = "webmon-page-\(Self.port(of: request.host ?? ""))="
    for part in request.cookies {
      let part = part.drop { $0 == " " }
      guard part.hasPrefix(prefix), let page = Self(String(part.dropFirst(prefix.count))) else {
        continue
      }
      self = page
      return
    }
    return nil
  }

  /// - Parameter text: `/NAME/`, or `/NAME/?QUERY`.
  package init?(_ text: String) {
    guard text.utf8.count <= Self.longest, text.utf8.first == UInt8(ascii: "/") else { return nil }
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let name = parts[0].dropFirst().dropLast()
    guard parts[0].hasSuffix("/"), SegmentName.isValid(String(name)) else { return nil }
    self.name = String(name)
    guard parts.count == 2, !parts[1].isEmpty else {
      target = "/\(name)/"
      return
    }
    guard Self.isQuery(parts[1]),
      !parts[1].split(separator: "&").contains(where: {
        $0 == "token" || $0.hasPrefix("token=")
      })
    else { return nil }
    target = "/\(name)/?\(parts[1])"
  }

  /// RFC 3986's characters of a query, those aside that mean something in a cookie.
  private static func isQuery(_ text: Substring) -> Bool {
    var bytes = text.utf8[...]
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        continue
      case UInt8(ascii: "%"):
        guard let high = bytes.popFirst(), let low = bytes.popFirst(), isHexadecimal(high),
          isHexadecimal(low)
        else { return false }
      default: guard "-._~!$'()*+,:@/?=&".utf8.contains(byte) else { return false }
      }
    }
    return true
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    Character(Unicode.Scalar(byte)).isHexDigit && byte < 0x80
  }

  /// As a browser's `location.port` gives it: empty for the scheme's own.
  private static func port(of host: String) -> Substring {
    guard let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") else { return "" }
    return host[host.index(after: colon)...]
  }
}
