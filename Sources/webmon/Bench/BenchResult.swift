/// What a benchmark found, as `benchmarks/harness/benchmark.py` writes it: the report reads both.
struct BenchResult: Encodable {
  /// What is measured: its title and unit, and whether more or less of it is better.
  struct Figure: Encodable {
    let title: String
    let unit: String
    /// "more", "less" or "".
    let better: String
  }

  struct Contender: Encodable {
    let title: String
    /// "webmon" or "limit"; peers are the harness's own.
    let kind: String
    var version = ""
    var note = ""
  }

  struct Axis: Encodable {
    let title: String
    let unit: String
  }

  struct Point: Encodable {
    let at: OrNull<Double>
    let contender: String
    let runs: [[String: Double]]
  }

  /// Of two contenders' figures in the same rounds.
  struct Ratio: Encodable {
    let of: String
    let to: String
    let figure: String
    let at: OrNull<Double>
    let median: Double
    let least: Double
    let greatest: Double
  }

  struct Bar: Encodable {
    let says: String
    let found: Double
    let met: Bool
    /// Of counts, not of times: missed, it is an error on any machine.
    let counts: Bool
  }

  /// Keys of objects, which JSON has in no order, as a table has them: the first figure is what the
  /// benchmark is about.
  struct Order: Encodable {
    let figures: [String]
    let contenders: [String]
  }

  struct LeftOut: Encodable {
    let contender: String
    let why: String
  }

  let benchmark: String
  let title: String
  let question: String
  let method: String
  let figures: [String: Figure]
  let axis: OrNull<Axis>
  var parameters: [String: Parameter]
  var machine: BenchMachine
  let contenders: [String: Contender]
  let order: Order
  var points: [Point] = []
  var ratios: [Ratio] = []
  var bars: [Bar] = []
  var leftOut: [LeftOut] = []

  private enum CodingKeys: String, CodingKey {
    case benchmark, title, question, method, figures, axis, parameters, machine, contenders, points
    case order, ratios, bars
    case leftOut = "left_out"
  }
}

/// A value that is null rather than missing.
struct OrNull<Value: Encodable>: Encodable {
  let value: Value?

  init(_ value: Value?) { self.value = value }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

/// What a benchmark was run with.
enum Parameter: Encodable {
  case number(Double)
  case flag(Bool)
  case text(String)

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    case .text(let text): try container.encode(text)
    }
  }
}
