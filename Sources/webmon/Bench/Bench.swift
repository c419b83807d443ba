import ArgumentParser
import ArrayShm
import Bridge
import Glibc

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure every hop beside its limit on this machine.",
    discussion: """
      Each hop is measured in turns with its limit: memcpy, a bare futex, a bare
      loop of sendmsg. What is told are medians of rounds, and the ratio to the
      limit with the least and the greatest of all rounds: ratios carry over to
      another machine, bare figures do not. A wrong byte is an error.

      HOPS
      \(BenchHops.all.map { "  \($0.name)\(String(repeating: " ", count: 12 - $0.name.count))\($0.abstract)" }.joined(separator: "\n"))

      EXAMPLES
        webmon bench                         all hops, some minutes
        webmon bench --quick                 all hops once, some seconds
        webmon bench --hop publish --hop latency
        webmon bench --json > here.json

      A bar that is missed is told, and is an error with --hold-bars alone: a
      machine that is busy is none.
      Ctrl-C ends it at once; nothing stays in the directory.
      """)

  @Flag(
    help: "One short round of few sizes: data and counts are checked, times are held to no bar.")
  var quick = false

  @Flag(help: "Print JSON: an array with an object a hop.")
  var json = false

  @Option(help: ArgumentHelp("Only this hop. May be given several times.", valueName: "name"))
  var hop: [String] = []

  @Option(
    help: ArgumentHelp("Rounds of which medians are taken (default: 5; quick: 1).", valueName: "n"))
  var runs: Int?

  @Option(
    help: ArgumentHelp(
      "Of measuring, for each contender in each round (default: 1; quick: 0.15).", valueName: "s"))
  var seconds: Double?

  @Flag(help: "End with an error if a bar is missed.")
  var holdBars = false

  @OptionGroup var directory: DirectoryOption

  func validate() throws {
    for name in hop where !BenchHops.all.contains(where: { $0.name == name }) {
      throw ValidationError(
        "--hop \(name): there is no such hop; there are \(BenchHops.all.map { $0.name }.joined(separator: ", "))"
      )
    }
    if let runs, !(1...1000).contains(runs) {
      throw ValidationError("--runs \(runs) is not from 1 to 1000")
    }
    if let seconds, !(0.01...600).contains(seconds) {
      throw ValidationError("--seconds \(seconds) is not from 0.01 to 600")
    }
  }

  func run() throws {
    try reporting {
      signal(SIGPIPE, SIG_IGN)
      // The servers that are started here are for this machine alone.
      unsafe unsetenv("WEBMON_TOKEN")
      let ground = try BenchGround(try directory.directory())
      let progress = BenchProgress()
      TerminationSignals.handle { number in
        ground.end()
        _exit(128 + number)
      }
      defer { ground.end() }
      try ground.open()
      let options = BenchOptions(
        runs: runs ?? (quick ? 1 : 5), seconds: seconds ?? (quick ? 0.15 : 1), isQuick: quick)
      let setting = BenchSetting(ground: ground, options: options, progress: progress)
      defer { progress.clear() }
      var found: [Benchmark] = []
      var allEnded = true
      for each in BenchHops.all where hop.isEmpty || hop.contains(each.name) {
        do {
          found.append(try each.measure(setting))
        } catch {
          // What took minutes to measure is not lost with it.
          allEnded = false
          progress.clear()
          Console.complain("\(each.name): \(oneLine(error))")
          continue
        }
        progress.clear()
        if !json { Console.print(BenchTable.text(found[found.count - 1]) + "\n") }
      }
      if json, !found.isEmpty {
        Console.print(
          String(decoding: JSONText.encode(found.map(\.result), pretty: true), as: UTF8.self))
      }
      try judge(found.flatMap(\.result.bars))
      if !allEnded { throw ExitCode(1) }
    }
  }

  /// Counts must be right on any machine; times are held if that is wanted.
  private func judge(_ bars: [BenchResult.Bar]) throws {
    let missed = bars.filter { !$0.met }
    guard !missed.isEmpty else { return }
    let text = missed.map { "\($0.says): \(BenchTable.number($0.found))" }.joined(separator: "; ")
    if holdBars || missed.contains(where: \.counts) {
      throw CommandFailure("a bar was missed: \(text)")
    }
    Console.complain("a bar was missed (no error without --hold-bars): \(text)")
  }
}
