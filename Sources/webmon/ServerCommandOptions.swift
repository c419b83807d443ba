import ArgumentParser
import Bridge
import Glibc

/// What `serve` and `demo` have in common.
struct ServerCommandOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The address to listen on. Any but this machine's own (127.0.0.1, localhost, ::1) needs a --token.",
      valueName: "address"))
  var host = "127.0.0.1"

  @Option(help: "The port to listen on; 0 picks a free one.")
  var port = 5000

  @Option(
    help: ArgumentHelp(
      "Listen on a Unix socket of this user alone, instead of host and port.", valueName: "path"))
  var socket: String?

  @Option(
    help: ArgumentHelp(
      """
      What a request must know: 16 characters or more, or the word new for a random one. The address with it is printed once. \
      Other users can see arguments: WEBMON_TOKEN in the environment does the same.
      """, valueName: "text"))
  var token: String?

  @Option(
    help: ArgumentHelp(
      "A name by which the server is reached, beside the addresses of this machine. May be given several times.",
      valueName: "name"))
  var allowHost: [String] = []

  @Option(
    help: ArgumentHelp(
      "Encrypt with this certificate (PEM, the chain after it); its key is --tls-key.",
      valueName: "file"))
  var tlsCert: String?

  @Option(help: ArgumentHelp("The private key of --tls-cert (PEM).", valueName: "file"))
  var tlsKey: String?

  @Option(help: ArgumentHelp("Pages that may be connected at a time.", valueName: "n"))
  var maxClients = Limits.sessions

  @Option(
    help: ArgumentHelp(
      "HTTP requests a second from one address, in the long run.", valueName: "n"))
  var maxRequests = Limits.requestsPerSecond

  @Flag(
    help:
      "Pages may look, and do nothing: no commands of producers, no removing. Such a server may stand beside another one of the same directory."
  )
  var readOnly = false

  @OptionGroup var directory: DirectoryOption

  @Option(
    help: ArgumentHelp(
      "A folder with pages of your own (folders with an index.html). May be given several times.",
      valueName: "dir"))
  var pages: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Whose pages may show these in a frame, as notebooks do: an origin like http://localhost:8888, or the word loopback for all ports of \
      this machine. May be given several times. Who frames a page can make you click in it what you do not see.
      """, valueName: "origin"))
  var allowEmbed: [String] = []

  @Flag(help: "Open a browser.")
  var open = false

  @Flag(help: "Log what happens, on standard error.")
  var verbose = false

  @Flag(help: "End when standard input is closed: with a pipe there, when the parent is gone.")
  var stopWithStdin = false

  func validate() throws {
    guard (0...65535).contains(port) else {
      throw ValidationError("--port \(port) is no port; 0 to 65535 are")
    }
    guard !host.isEmpty else {
      throw ValidationError(
        "--host is empty; an address of this machine is needed, or 0.0.0.0 for all")
    }
    for name in allowHost where name.isEmpty || name.contains(":") || name.contains("/") {
      throw ValidationError(
        "--allow-host \(name) is not a name; one without scheme and port is needed")
    }
    guard !(open && socket != nil) else {
      throw ValidationError("--open and --socket do not go together: no browser can open a socket")
    }
    guard (tlsCert == nil) == (tlsKey == nil) else {
      throw ValidationError("--tls-cert and --tls-key go together")
    }
    guard (1...65536).contains(maxClients) else {
      throw ValidationError("--max-clients \(maxClients) is not from 1 to 65536")
    }
    guard (1...1_000_000).contains(maxRequests) else {
      throw ValidationError("--max-requests \(maxRequests) is not from 1 to 1000000")
    }
  }

  /// What the server is started with.
  func serverOptions() throws -> ServerOptions {
    ServerOptions(
      host: host, allowedHosts: allowHost, port: port, socket: socket, token: try accessToken(),
      tls: tlsFiles, maxClients: maxClients, maxRequests: maxRequests, isReadOnly: readOnly,
      directory: try directory.directory(), pages: try PageRoots.find(added: pages),
      embedders: try EmbedOrigins(allowEmbed),
      logger: ServerLog.make(isVerbose: verbose))
  }

  /// A server that ends with the signals that end a program, or with standard input. To be called before any thread is started.
  func makeServer(_ options: ServerOptions) -> WebSocketServer {
    signal(SIGPIPE, SIG_IGN)
    let server = WebSocketServer(options)
    TerminationSignals.handle { _ in server.stop() }
    if stopWithStdin { StandardInput.whenClosed { server.stop() } }
    return server
  }

  /// Runs a server until it is stopped. Prints the one line that says where it is.
  func run(_ server: WebSocketServer, _ options: ServerOptions) throws {
    let address = ServerAddress(options)
    try server.run { port in
      let url = address.url(port: port)
      // The line is last: whoever waits for it has read the rest.
      if let advice = address.advice { Console.complain(advice) }
      Console.print("webmon: serving \(options.directory.path) at \(url)")
      if open { openBrowser(url) }
    }
  }

  private func accessToken() throws -> AccessToken? {
    guard let text = token ?? Environment.value("WEBMON_TOKEN") else { return nil }
    return text == "new" ? .random() : try AccessToken(text)
  }

  private var tlsFiles: TLSFiles? {
    guard let tlsCert, let tlsKey else { return nil }
    return TLSFiles(certificate: tlsCert, key: tlsKey)
  }

  private func openBrowser(_ address: String) {
    do {
      _ = try ChildProcess(["xdg-open", address])
    } catch {
      Console.complain("no browser could be opened (xdg-open is missing); open \(address) yourself")
    }
  }
}
