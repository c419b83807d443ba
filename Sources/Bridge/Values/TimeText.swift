/// numpy's datetime64 as text.
package enum TimeText {
  /// Units smaller than a second, with the decimal digits that they stand for.
  private static let fractions = ["ms": 3, "us": 6, "ns": 9, "ps": 12, "fs": 15, "as": 18]
  private static let seconds: [String: Int64] = [
    "W": 604_800, "D": 86_400, "h": 3600, "m": 60, "s": 1,
  ]

  /// - Parameter unit: numpy's, with a multiple before it if there is one ("25s"); nil has no meaning as a time.
  package static func iso(_ count: Int64, unit: String?) -> String {
    guard count != .min else { return "NaT" }
    guard let unit else { return "\(count)" }
    let digits = unit.prefix { $0.isNumber }
    let name = String(unit.dropFirst(digits.count))
    let (total, overflow) = count.multipliedReportingOverflow(by: Int64(digits) ?? 1)
    if overflow { return "\(count) \(unit)" }
    switch name {
    case "Y": return pad(1970 + total, 4)
    case "M":
      let (year, month) = divide(total, 12)
      return "\(pad(1970 + year, 4))-\(pad(month + 1, 2))"
    case _ where fractions[name] != nil:
      let places = fractions[name] ?? 0
      let power = (0..<places).reduce(Int64(1)) { power, _ in power * 10 }
      let (whole, rest) = divide(total, power)
      return "\(dateAndTime(whole)).\(pad(rest, places))"
    case _ where seconds[name] != nil:
      let (whole, overflow) = total.multipliedReportingOverflow(by: seconds[name] ?? 1)
      if overflow { return "\(count) \(unit)" }
      return name == "D" || name == "W" ? date(divide(whole, 86_400).0) : dateAndTime(whole)
    default: return "\(count) \(unit)"
    }
  }

  private static func dateAndTime(_ seconds: Int64) -> String {
    let (day, rest) = divide(seconds, 86_400)
    return "\(date(day))T\(pad(rest / 3600, 2)):\(pad(rest / 60 % 60, 2)):\(pad(rest % 60, 2))"
  }

  /// Days since 1970-01-01 to a date of the Gregorian calendar, by eras of 400 years that begin with March.
  private static func date(_ days: Int64) -> String {
    let (era, dayOfEra) = divide(days + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
  }

  /// Rounded down, with a rest that is not negative.
  private static func divide(_ value: Int64, _ by: Int64) -> (Int64, Int64) {
    let rest = value % by
    return rest < 0 ? (value / by - 1, rest + by) : (value / by, rest)
  }

  private static func pad(_ value: Int64, _ width: Int) -> String {
    let digits = String(value.magnitude)
    let zeros = String(repeating: "0", count: max(0, width - digits.count))
    return (value < 0 ? "-" : "") + zeros + digits
  }
}
