import ArgumentParser
import Bridge

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

  func run() throws {
    try reporting {
      let settings = try options.serverOptions()
      let server = options.makeServer(settings)

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
