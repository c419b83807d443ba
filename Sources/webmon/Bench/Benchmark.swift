/// One benchmark: contenders take turns, and what they give is kept, compared, and held to bars.
final class Benchmark {
  /// Of each contender its figures.
  typealias Run = [String: [String: Double]]
  typealias NamedFigure = (String, BenchResult.Figure)

  let ground: BenchGround
  let options: BenchOptions
  private(set) var result: BenchResult
  private let progress: BenchProgress
  private let begun = ProcessorTime()

  init(
    _ name: String, title: String, question: String, method: String,
    figures: [NamedFigure], axis: BenchResult.Axis?,
    contenders: KeyValuePairs<String, BenchResult.Contender>, _ setting: BenchSetting
  ) {
    ground = setting.ground
    options = setting.options
    progress = setting.progress
    result = BenchResult(
      benchmark: "bench_\(name)", title: title, question: question, method: method,
      figures: Dictionary(uniqueKeysWithValues: figures),
      axis: OrNull(axis),
      parameters: [
        "runs": .number(Double(options.runs)), "seconds": .number(options.seconds),
        "quick": .flag(options.isQuick),
      ],
      machine: BenchMachine(),
      contenders: Dictionary(uniqueKeysWithValues: contenders.map { ($0.key, $0.value) }),
      order: .init(figures: figures.map(\.0), contenders: contenders.map(\.key)))
  }

  func note(_ parameter: String, _ value: Double) { result.parameters[parameter] = .number(value) }

  /// Tells of what could not be measured here.
  func leaveOut(_ what: String, _ why: String) {
    result.leftOut.append(BenchResult.LeftOut(contender: what, why: why))
  }

  /// Measures contenders in turn, as many rounds as are wanted. Who comes first changes, so that a busy moment of the machine meets all alike.
  func measure(
    at: Double? = nil, _ acts: KeyValuePairs<String, () throws -> [String: Double]>
  ) throws -> [Run] {
    let place = at.map { " at \(BenchTable.place($0, result.axis.value))" } ?? ""
    var rounds: [Run] = []
    for number in 0..<options.runs {
      var run: Run = [:]
      for turn in 0..<acts.count {
        let (name, act) = acts[(number + turn) % acts.count]
        progress.tell("\(result.title)\(place): run \(number + 1) of \(options.runs), \(name)")
        run[name] = try act()
      }
      rounds.append(run)
    }
    result.machine.stolenPercent = begun.stolenPercentSince
    for (name, _) in acts {
      result.points.append(
        BenchResult.Point(
          at: OrNull(at), contender: name, runs: rounds.compactMap { $0[name] }))
    }
    return rounds
  }

  /// The median ratio of two contenders' figures in the same rounds, which is kept with its spread; nil if there is none to tell.
  @discardableResult
  func compare(
    _ rounds: [Run], _ of: String, to: String, _ figure: String, at: Double? = nil
  ) -> Double? {
    let ratios: [Double] = rounds.compactMap { run in
      guard let above = run[of]?[figure], let below = run[to]?[figure], below > 0 else {
        return nil
      }
      return above / below
    }
    guard let least = ratios.min(), let greatest = ratios.max() else { return nil }
    let median = Self.median(ratios)
    result.ratios.append(
      BenchResult.Ratio(
        of: of, to: to, figure: figure, at: OrNull(at), median: median, least: least,
        greatest: greatest))
    return median
  }

  /// Holds a bar. Bars of times are not held in quick runs; those that count always are.
  func hold(_ says: String, _ found: Double?, counts: Bool = false, _ isMet: (Double) -> Bool) {
    guard let found, counts || !options.isQuick else { return }
    result.bars.append(
      BenchResult.Bar(says: says, found: found, met: isMet(found), counts: counts))
  }

  /// Holds webmon's contenders to the figure `torn`; a bare ring may tear.
  func holdNoTornFrame() {
    let webmon = result.contenders.filter { $0.value.kind == "webmon" }.keys
    let torn = webmon.reduce(0) { $0 + total($1, "torn") }
    hold("no torn frame", torn, counts: true) { $0 == 0 }
  }

  /// The sum of a figure over all runs of a contender.
  func total(_ contender: String, _ figure: String) -> Double {
    result.points.filter { $0.contender == contender }
      .reduce(0) { $0 + $1.runs.reduce(0) { $0 + ($1[figure] ?? 0) } }
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

/// What all benchmarks of one run of the program share.
struct BenchSetting {
  let ground: BenchGround
  let options: BenchOptions
  let progress: BenchProgress
}
