import ArgumentParser
import Bridge
import Glibc

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

      Ctrl-C or SIGTERM ends it. From another computer: ssh -L 5000:127.0.0.1:5000 THIS-MACHINE
      """)

  @OptionGroup var options: ServerCommandOptions

  @Flag(help: "End when standard input is closed: with a pipe there, when the parent is gone.")
  var stopWithStdin = false

  func run() throws {
    try reporting {
      signal(SIGPIPE, SIG_IGN)
      let server = try options.makeServer()
      TerminationSignals.handle { server.stop() }
      if stopWithStdin { StandardInput.whenClosed { server.stop() } }
      try options.run(server)
    }
  }
}
