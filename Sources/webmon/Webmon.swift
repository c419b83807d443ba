import ArgumentParser
import ArrayShm

@main
struct Webmon: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "webmon",
    abstract: "numpy arrays in shared memory, live in the browser.",
    discussion: """
      Python programs put arrays into segments; webmon shows them, and serves them to pages.

      EXAMPLES
        webmon demo                     a microscope to look at, at http://127.0.0.1:5000/
        webmon serve --open             serve what is there, and open a browser
        webmon ls                       what is there?
        webmon tail loads               follow a log
        webmon new-page hello           a page of your own to begin with
        webmon bench --quick            how fast is all of this here?

      The segments are in $WEBMON_DIR if that is set, else in /dev/shm/webmon-<uid>; --dir names another
      directory.
      """,
    version: ArrayShm.version,
    subcommands: [
      Serve.self, List.self, Info.self, Tail.self, Export.self, Collect.self, Demo.self,
      NewPage.self, Bench.self, BenchPart.self,
    ])
}
