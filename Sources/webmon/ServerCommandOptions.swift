import ArgumentParser
import Bridge

/// What `serve` and `demo` have in common.
struct ServerCommandOptions: ParsableArguments {
  @Option(help: "The address to listen on: one of this machine itself.")
  var host = "127.0.0.1"

  @Option(help: "The port to listen on; 0 picks a free one.")
  var port = 5000

  @OptionGroup var directory: DirectoryOption

  @Option(
    help: ArgumentHelp(
      "A folder with pages of your own (folders with an index.html). May be given several times.",
      valueName: "dir"))
  var pages: [String] = []

  @Flag(help: "Open a browser.")
  var open = false

  @Flag(help: "Log what happens, on standard error.")
  var verbose = false

  func validate() throws {
    guard (0...65535).contains(port) else {
      throw ValidationError("--port \(port) is no port; 0 to 65535 are")
    }
  }

  /// The server that they describe.
  func makeServer() throws -> WebSocketServer {
    WebSocketServer(
      ServerOptions(
        host: host, port: port, directory: try directory.directory(),
        pages: try PageRoots.find(added: pages), logger: ServerLog.make(isVerbose: verbose)))
  }

  /// Runs it until it is stopped. Prints the one line that says where it is.
  func run(_ server: WebSocketServer) throws {
    let path = try directory.directory().path
    try server.run { port in
      let name = host.contains(":") ? "[\(host)]" : host
      let address = "http://\(name):\(port)/"
      Console.print("webmon: serving \(path) at \(address)")
      if open { openBrowser(address) }
    }
  }

  private func openBrowser(_ address: String) {
    do {
      _ = try ChildProcess(["xdg-open", address])
    } catch {
      Console.complain("no browser could be opened (xdg-open is missing); open \(address) yourself")
    }
  }
}
