import ArgumentParser
import Bridge
import Glibc

struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Real microscopy images from a Python process, served to the browser.",
    discussion: """
      Starts `PYTHON -m webmon.demo` and the server, and ends both with Ctrl-C.

      EXAMPLES
        webmon demo
        webmon demo --python .venv/bin/python --port 0
      """)

  @Option(help: ArgumentHelp("The Python that has webmon and scikit-image.", valueName: "path"))
  var python = "python3"

  @OptionGroup var options: ServerCommandOptions

  @Flag(help: "End when standard input is closed: with a pipe there, when the parent is gone.")
  var stopWithStdin = false

  func run() throws {
    try reporting {
      signal(SIGPIPE, SIG_IGN)
      let settings = try options.serverOptions()
      let server = WebSocketServer(settings)
      TerminationSignals.handle { server.stop() }
      if stopWithStdin { StandardInput.whenClosed { server.stop() } }

      let producer = try DemoProducer(
        python: python, directory: try options.directory.directory().path)
      // Without images there is nothing to see.
      producer.whenEnded { status in
        // 128 + SIGINT or SIGTERM: somebody asked it to end, as ctrl-C does in the terminal.
        if ![0, 130, 143].contains(status) {
          Console.complain("the demo's producer ended with exit code \(status)")
        }
        server.stop()
      }
      defer { producer.end() }
      try options.run(server, settings)
    }
  }
}
