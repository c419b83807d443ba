import Clibwebsockets
import Glibc

/// The certificate and the key of a server whose connections are encrypted.
public struct TLSFiles: Sendable {
  public let certificate: String
  public let key: String

  public init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }

  /// Tries both as libwebsockets will, which does not say what is wrong.
  ///
  /// - Throws: `ServerError` that names the file and what is wrong with it.
  func check() throws(ServerError) {
    try Self.checkReadable(certificate, option: "--tls-cert")
    try Self.checkReadable(key, option: "--tls-key")
    guard let context = unsafe SSL_CTX_new(TLS_server_method()) else {
      throw ServerError("TLS could not be set up: \(Self.reason())")
    }
    defer { unsafe SSL_CTX_free(context) }
    // A key with a passphrase would be asked for on the terminal.
    unsafe SSL_CTX_set_default_passwd_cb(context, refusePassphrase)
    guard unsafe SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
      throw ServerError(
        "--tls-cert \(certificate) is no certificate in PEM (-----BEGIN CERTIFICATE-----): \(Self.reason())"
      )
    }
    guard unsafe SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 else {
      let error = ERR_peek_error()
      if webmon_is_key_mismatch(error) {
        throw ServerError(
          "--tls-key \(key) is not the key of --tls-cert \(certificate): their public keys differ")
      }
      throw ServerError(
        "--tls-key \(key) is no private key in PEM (-----BEGIN PRIVATE KEY-----) without a passphrase: "
          + Self.reason())
    }
    guard unsafe SSL_CTX_check_private_key(context) == 1 else {
      throw ServerError(
        "--tls-key \(key) is not the key of --tls-cert \(certificate): \(Self.reason())")
    }
  }

  private static func checkReadable(_ path: String, option: String) throws(ServerError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      throw ServerError(
        "\(option) \(path) cannot be read: \(unsafe String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ServerError("\(option) \(path) is no regular file")
    }
  }

  /// What OpenSSL says of its last error; forgets it.
  private static func reason() -> String {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0, let text = unsafe ERR_reason_error_string(code) else {
      return "no reason is given"
    }
    return unsafe String(cString: text)
  }
}

/// There is nobody to ask.
private func refusePassphrase(
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ isWriting: Int32,
  _ user: UnsafeMutableRawPointer?
) -> Int32 { -1 }
