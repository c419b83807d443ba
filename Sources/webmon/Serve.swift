import ArgumentParser
import Bridge

struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve the streams and the pages.",
    discussion: """
      Prints one line when it is ready:

        webmon: serving /dev/shm/webmon-1000 at http://127.0.0.1:5000/

      EXAMPLES
        webmon serve
        webmon serve --port 0 --dir /dev/shm/experiment
        webmon serve --pages ~/pages --open

      From another computer, best through ssh, which needs nothing here:
        ssh -L 5000:127.0.0.1:5000 THIS-MACHINE
      or directly, for those who have the address that is printed, token and all:
        webmon serve --host 0.0.0.0 --token new --tls-cert cert.pem --tls-key key.pem

      Ctrl-C or SIGTERM ends it: what is on its way has 5 s to arrive; a second one ends it at once.
      """)

  @OptionGroup var options: ServerCommandOptions

  func run() throws {
    try reporting {
      let settings = try options.serverOptions()
      let server = options.makeServer(settings)
      try options.run(server, settings)
    }
  }
}
