/// Who may ask: everybody who can reach the server, or those who know its token.
///
/// The token is given once, as `?token=`, and the browser then has a cookie; programs send `Authorization: Bearer`, or `?token=` each
/// time. The cookie is random for each run of the server: it tells nothing of the token, and ends with the run.
///
/// Confined to the thread that runs the sessions.
package final class AccessRules {
  private let token: AccessToken?
  /// Where the server listens; 0 on a Unix socket. Browsers do not tell ports apart when they send cookies: it is in the name.
  package var port = 0
  private let cookie = AccessToken.random()
  private let isSecure: Bool
  /// Pages of other sites may frame ours.
  private let isEmbeddable: Bool
  /// Wrong tokens. An address over its limit is not listened to; who has the cookie, or comes from elsewhere, does not notice.
  private var failures = AddressRates(perSecond: 10, burst: 20)

  /// - Parameters:
  ///   - token: nil lets everybody in.
  ///   - isSecure: the connections are encrypted.
  ///   - isEmbeddable: pages may be framed by those of other sites, and must know the token there.
  package init(token: AccessToken?, isSecure: Bool = false, isEmbeddable: Bool = false) {
    self.token = token
    self.isSecure = isSecure
    self.isEmbeddable = isEmbeddable
  }

  private var cookieName: String { "webmon-\(port)" }

  /// Whether the request proves that it knows the token.
  package func isGranted(_ request: HTTPRequest) -> Bool {
    guard let token else { return true }
    if hasCookie(request) { return true }
    return offered(by: request).contains { token.matches($0) }
  }

  /// What is answered to a request that does not know the token; nil if it does.
  package func refusal(of request: HTTPRequest, now: UInt64) -> HTTPResponse? {
    guard let token, !hasCookie(request) else { return nil }
    let offered = offered(by: request)
    if offered.isEmpty {
      return denial(request, "this server asks for its token")
    }
    // Looked at before anything is compared: whoever tries tokens learns nothing by trying faster.
    if failures.isExhausted(request.peer, now: now) {
      var response = HTTPResponse(
        error: 429, "too-many", "too many wrong tokens came from this address; wait a few seconds")
      response.headers.append(("Retry-After", "5"))
      return response
    }
    if offered.contains(where: { token.matches($0) }) { return nil }
    _ = failures.take(request.peer, now: now)
    return denial(request, "the token is not this server's; it may be of an earlier start")
  }

  /// A page asked for with the right token gets the cookie, and an address without the token to go on with.
  ///
  /// For requests that are not refused. The API and the WebSocket are asked by programs, which want their answer at once.
  package func welcome(_ request: HTTPRequest) -> HTTPResponse? {
    let path = String(decoding: request.path, as: UTF8.self)
    guard let token, let given = argument(of: request), token.matches(given),
      !path.hasPrefix("/api/"), path != HTTPRouter.webSocketPath
    else { return nil }
    var response = HTTPResponse.redirect(
      to: path, arguments: request.arguments.filter { !$0.starts(with: Self.argument) })
    response.headers.append(
      (
        "Set-Cookie",
        "\(cookieName)=\(cookie.text); HttpOnly; \(sameSite(request)); Path=/"
          + (isSecure ? "; Secure" : "")
      ))
    // It leads to the page: where that may be embedded, so may this.
    if isEmbeddable { response.headers.append(("Cross-Origin-Resource-Policy", "cross-origin")) }
    return response
  }

  /// Lax, not Strict: a link that somebody sent goes on to the page in the same breath. Requests that do something come over the
  /// WebSocket, which checks the Origin, and which other sites' pages get no Lax cookie for.
  ///
  /// In a frame of another site a Lax cookie does not come either. There it takes one that is kept for frames of that very site
  /// (partitioned), which browsers have over TLS and on the machine's own names alone.
  private func sameSite(_ request: HTTPRequest) -> String {
    guard isEmbeddable else { return "SameSite=Lax" }
    if isSecure { return "SameSite=None; Partitioned" }
    let isLocal = request.host.map(HostRules.isLoopback(authority:)) ?? false
    return isLocal ? "SameSite=None; Partitioned; Secure" : "SameSite=Lax"
  }

  // MARK: What a request shows

  private static let argument = Array("token=".utf8)

  private func hasCookie(_ request: HTTPRequest) -> Bool {
    let prefix = "\(cookieName)="
    return request.cookies.contains { part in
      let part = part.drop { $0 == " " }
      return part.hasPrefix(prefix) && cookie.matches(String(part.dropFirst(prefix.count)))
    }
  }

  private func argument(of request: HTTPRequest) -> String? {
    request.arguments.first { $0.starts(with: Self.argument) }
      .map { String(decoding: $0.dropFirst(Self.argument.count), as: UTF8.self) }
  }

  private func offered(by request: HTTPRequest) -> [String] {
    var offered: [String] = []
    if let text = request.authorization, text.lowercased().hasPrefix("bearer ") {
      offered.append(String(text.dropFirst("bearer ".count).drop { $0 == " " }))
    }
    if let text = argument(of: request) { offered.append(text) }
    return offered
  }

  // MARK: Refusing

  private func denial(_ request: HTTPRequest, _ reason: String) -> HTTPResponse {
    let advice =
      "Open the address that webmon printed when it was started; it ends in ?token= and the token. "
      + "Programs send the header Authorization: Bearer TOKEN"
    var response =
      request.wantsHTML
      ? HTTPResponse(
        status: 401, headers: [("Content-Type", "text/html; charset=utf-8")],
        body: .bytes(Array(Self.page(reason, advice).utf8)))
      : HTTPResponse(error: 401, "token", "\(reason). \(advice)")
    response.headers.append(("WWW-Authenticate", "Bearer realm=\"webmon\""))
    return response
  }

  private static func page(_ reason: String, _ advice: String) -> String {
    """
    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>webmon: a token is needed</title>
    <style>body { font: 1rem/1.5 system-ui, sans-serif; margin: 15vh auto; max-width: 36rem; padding: 0 1rem }</style>
    <h1>A token is needed</h1>
    <p>Not shown: \(reason).</p>
    <p>\(advice).</p>
    </html>

    """
  }
}
