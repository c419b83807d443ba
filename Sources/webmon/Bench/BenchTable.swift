/// A benchmark's result for people.
enum BenchTable {
  static func text(_ benchmark: Benchmark) -> String {
    let result = benchmark.result
    let axis = result.axis.value
    let figures = result.order.figures.compactMap { key in result.figures[key].map { (key, $0) } }
    let head =
      [""] + (axis.map { [$0.title] } ?? [])
      + figures.map { $0.1.unit.isEmpty ? $0.1.title : "\($0.1.title), \($0.1.unit)" }
    let rows = result.points.map { point in
      [result.contenders[point.contender]?.title ?? point.contender]
        + (axis == nil ? [] : [point.at.value.map { place($0, axis) } ?? ""])
        + figures.map { key, _ in
          let values = point.runs.compactMap { $0[key] }
          return values.isEmpty ? "-" : number(Benchmark.median(values))
        }
    }
    var lines = ["\(result.title): medians of \(benchmark.options.runs) rounds"]
    lines += aligned([head] + rows)
    for ratio in result.ratios {
      let at = ratio.at.value.map { " at \(place($0, axis))" } ?? ""
      let figure = result.figures[ratio.figure]?.title ?? ratio.figure
      lines.append(
        "  \(ratio.of) / \(ratio.to)\(at), \(figure): \(number(ratio.median)) (\(number(ratio.least)) to \(number(ratio.greatest)))"
      )
    }
    for bar in result.bars {
      lines.append("  \(bar.met ? "met   " : "MISSED") \(bar.says): \(number(bar.found))")
    }
    for one in result.leftOut { lines.append("  left out: \(one.contender), \(one.why)") }
    return lines.joined(separator: "\n")
  }

  /// A point of an axis.
  static func place(_ value: Double, _ axis: BenchResult.Axis?) -> String {
    axis?.unit == "B" ? size(Int(value)) : number(value)
  }

  /// Bytes as people write them, in powers of two.
  static func size(_ bytes: Int) -> String {
    var rest = bytes
    for unit in ["B", "KB", "MB"] {
      if rest < 1024 || rest % 1024 != 0 { return "\(rest) \(unit)" }
      rest /= 1024
    }
    return "\(rest) GB"
  }

  /// With three digits that count.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    let size = value.magnitude
    if value == value.rounded(), size < 1e6 { return "\(Int(value))" }
    if size >= 100 { return grouped(Int(value.rounded())) }
    var digits = 2
    var bound = 1.0
    while size < bound, digits < 8 {
      digits += 1
      bound /= 10
    }
    if size >= 10 { digits = 1 }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let whole = Int((size * scale).rounded())
    let fraction = String(whole % Int(scale))
    return (value < 0 ? "-" : "") + "\(whole / Int(scale))."
      + String(repeating: "0", count: digits - fraction.count) + fraction
  }

  private static func grouped(_ value: Int) -> String {
    var groups = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
      if index > 0, index % 3 == 0 { groups.append(",") }
      groups.append(digit)
    }
    return (value < 0 ? "-" : "") + String(groups.reversed())
  }

  /// Columns under each other: the first to the left, the others to the right.
  private static func aligned(_ rows: [[String]]) -> [String] {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).enumerated().map { index, cell in
        let blanks = String(repeating: " ", count: cell.1 - cell.0.count)
        return index == 0 ? cell.0 + blanks : blanks + cell.0
      }
      return "  " + cells.joined(separator: "  ")
    }
  }
}
