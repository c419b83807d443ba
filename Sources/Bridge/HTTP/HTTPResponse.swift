/// An answer: status, headers, body.
package struct HTTPResponse {
  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: HTTPBody
  /// The connection ends with this answer.
  package var closes = false

  package init(status: Int, headers: [(name: String, value: String)] = [], body: HTTPBody) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  package init(json: some Encodable, status: Int = 200) {
    self.init(
      status: status, headers: [("Content-Type", "application/json")],
      body: .bytes(JSONText.encode(json)))
  }

  /// An error as the protocol says it: `{"error": {"code", "message"}}`.
  package init(error status: Int, _ code: String, _ message: String) {
    self.init(json: ErrorBody(error: .init(code: code, message: message)), status: status)
  }

  /// What a client is told that speaks another version of the WebSocket protocol; ends the connection.
  package static var webSocketVersion: HTTPResponse {
    var response = HTTPResponse(
      error: 426, "version", "Sec-WebSocket-Version 13 is spoken here, and no other")
    response.headers += [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
    response.closes = true
    return response
  }

  /// - Parameters:
  ///   - path: decoded; a path of this server.
  ///   - arguments: the parts of the query, decoded.
  package static func redirect(to path: String, arguments: [[UInt8]] = []) -> HTTPResponse {
    // Two slashes would lead to another server.
    var target = "/" + percentEncoded(path.utf8.drop { $0 == UInt8(ascii: "/") })
    for (index, argument) in arguments.enumerated() {
      target += index == 0 ? "?" : "&"
      let parts = argument.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      target += parts.map(percentEncoded).joined(separator: "=")
    }
    return redirect(toTarget: target)
  }

  /// - Parameter target: path and query as they stand in an address, encoded.
  package static func redirect(toTarget target: String) -> HTTPResponse {
    HTTPResponse(status: 302, headers: [("Location", target)], body: .bytes([]))
  }

  private static func percentEncoded(_ text: some Sequence<UInt8>) -> String {
    text.map { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"),
        UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        String(Unicode.Scalar(byte))
      default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }

  private struct ErrorBody: Encodable {
    struct Detail: Encodable {
      let code: String
      let message: String
    }
    let error: Detail
  }

  /// The status line and the headers, up to and with the empty line.
  package func head() -> [UInt8] {
    var text = "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
    let given = Set(headers.map { $0.name })
    for header in headers + Self.always.filter({ !given.contains($0.name) }) {
      text += "\(header.name): \(header.value)\r\n"
    }
    var closes = closes
    // Only the end of the connection ends an endless one.
    if case .endless = body { closes = true } else { text += "Content-Length: \(body.count)\r\n" }
    if closes { text += "Connection: close\r\n" }
    text += "\r\n"
    return Array(text.utf8)
  }

  /// Lets the answer, a page's HTML, be shown in a frame of these. What they may not is to read it.
  package mutating func allowEmbedding(by origins: EmbedOrigins) {
    guard !origins.sources.isEmpty else { return }
    headers += [
      ("Content-Security-Policy", Self.policy(ancestors: ["'self'"] + origins.sources)),
      // A page that is isolated itself frames nothing without this. It opens the HTML alone, which is the same for everybody.
      ("Cross-Origin-Resource-Policy", "cross-origin"),
    ]
  }

  private static func policy(ancestors: [String]) -> String {
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
      + "img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self'; object-src 'none'; "
      + "base-uri 'none'; form-action 'none'; frame-ancestors \(ancestors.joined(separator: " "))"
  }

  /// Pages are modules and workers of this server alone; nothing is kept, because files and streams change; nobody may frame
  /// or read what is served. The two cross-origin headers isolate pages, which gives them shared memory and fine timers.
  package static let always: [(name: String, value: String)] = [
    ("Content-Security-Policy", policy(ancestors: ["'self'"])),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    (
      "Permissions-Policy",
      "camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), payment=()"
    ),
    ("Cache-Control", "no-cache"),
  ]

  private static func reason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 302: "Found"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 409: "Conflict"
    case 426: "Upgrade Required"
    case 429: "Too Many Requests"
    case 503: "Service Unavailable"
    default: "Unknown"
    }
  }
}
