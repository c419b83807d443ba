/// Reads the subset of Python's literals that numpy writes into .npy headers.
///
/// The text may come from anybody: its length and its nesting are bounded, so reading it needs a
/// bounded amount of stack, memory and time.
struct PythonLiteralParser {
  /// What is wrong with the text, and where.
  struct Problem: Error {
    /// Index of a character, from 0.
    let position: Int
    let message: String
  }

  /// One `key: value` of a dict, with the place of the value in the text.
  struct Entry {
    let key: String
    let value: PythonLiteral
    let range: Range<Int>
  }

  /// numpy refuses to read a longer header.
  static let maximumLength = 10_000
  /// Brackets inside each other, not counting the braces of a header. Python's own parser takes
  /// 200 with the braces, so numpy can read no dtype that is deeper.
  static let maximumDepth = 199

  private let text: [Unicode.Scalar]
  private var position = 0
  private var depth = 0

  init(_ text: [Unicode.Scalar]) throws(Problem) {
    guard text.count <= Self.maximumLength else {
      throw Problem(
        position: Self.maximumLength,
        message: "found more than \(Self.maximumLength) characters, numpy's limit for a header")
    }
    self.text = text
  }

  /// The whole text as one value.
  mutating func wholeValue() throws(Problem) -> PythonLiteral {
    let value = try value()
    try end()
    return value
  }

  /// The whole text as one dict with strings for keys.
  mutating func wholeDictionary() throws(Problem) -> [Entry] {
    skipSpace()
    guard take("{") else { throw problem("a dict, that is '{'") }
    var entries: [Entry] = []
    while true {
      skipSpace()
      if take("}") { break }
      guard case .string(let key) = try value() else { throw problem("a string as key") }
      skipSpace()
      guard take(":") else { throw problem("':' after the key") }
      skipSpace()
      let start = position
      let value = try value()
      entries.append(Entry(key: key, value: value, range: start..<position))
      skipSpace()
      if take(",") { continue }
      guard take("}") else { throw problem("',' or '}'") }
      break
    }
    try end()
    return entries
  }

  // MARK: Values

  private mutating func value() throws(Problem) -> PythonLiteral {
    skipSpace()
    guard let next else { throw problem("a value") }
    switch next {
    case "'", "\"": return .string(try string())
    case "(": return try parenthesised()
    case "[":
      let (items, _) = try items(until: "]")
      return .list(items)
    case "0"..."9", "-", "+": return .integer(try integer())
    default: return try word()
    }
  }

  /// `()`, `(1,)`, `(1, 2)` are tuples; `(1)` is 1.
  private mutating func parenthesised() throws(Problem) -> PythonLiteral {
    let (items, endsInComma) = try items(until: ")")
    if items.count == 1, !endsInComma { return items[0] }
    return .tuple(items)
  }

  private mutating func items(
    until close: Unicode.Scalar
  ) throws(Problem) -> (items: [PythonLiteral], endsInComma: Bool) {
    guard depth < Self.maximumDepth else {
      throw Problem(
        position: position,
        message: "found more than \(Self.maximumDepth) brackets inside each other, "
          + "which numpy cannot read either")
    }
    depth += 1
    defer { depth -= 1 }
    position += 1
    var items: [PythonLiteral] = []
    var endsInComma = false
    while true {
      skipSpace()
      if take(close) { return (items, endsInComma) }
      guard items.isEmpty || endsInComma else { throw problem("',' or '\(close)'") }
      items.append(try value())
      skipSpace()
      endsInComma = take(",")
    }
  }

  private mutating func word() throws(Problem) -> PythonLiteral {
    let start = position
    while let next, next.isASCII, next.properties.isAlphabetic { position += 1 }
    let word = String(String.UnicodeScalarView(text[start..<position]))
    switch word {
    case "True": return .boolean(true)
    case "False": return .boolean(false)
    case "None": return .none
    case "u" where next == "'" || next == "\"":
      return .string(try string())  // A header of Python 2.
    default:
      position = start
      throw problem("a string, int, tuple, list, True, False or None")
    }
  }

  private mutating func integer() throws(Problem) -> Int {
    let start = position
    let isNegative = next == "-"
    if !take("-") { take("+") }
    var value = 0
    let firstDigit = position
    while let next, case "0"..."9" = next {
      let digit = Int(next.value) - 0x30
      let (tens, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowedAgain) = tens.subtractingReportingOverflow(digit)
      guard !overflowed, !overflowedAgain else { throw tooLarge(at: start) }
      // Negative while it grows, because there is one more negative Int than positive ones.
      value = sum
      position += 1
    }
    guard position > firstDigit else { throw problem("a digit") }
    if text[firstDigit] == "0", value != 0 {
      throw Problem(
        position: firstDigit, message: "found an int with leading zeros, which Python refuses")
    }
    take("L")  // A long of Python 2.
    if isNegative { return value }
    guard value != .min else { throw tooLarge(at: start) }
    return -value
  }

  private func tooLarge(at start: Int) -> Problem {
    Problem(position: start, message: "found an int that does not fit into 64 bits")
  }

  // MARK: Strings

  private mutating func string() throws(Problem) -> String {
    let quote = text[position]
    let start = position
    position += 1
    var value = String.UnicodeScalarView()
    while let next {
      position += 1
      switch next {
      case quote: return String(value)
      case "\n", "\r", "\0":
        position -= 1
        throw problem("a string on one line; line ends and NUL are written as escapes")
      case "\\": value.append(try escape())
      default: value.append(next)
      }
    }
    throw Problem(position: start, message: "found a string without its closing \(quote)")
  }

  /// The character that an escape stands for; the backslash has been read.
  private mutating func escape() throws(Problem) -> Unicode.Scalar {
    let start = position - 1
    guard let next else { throw problem("an escape") }
    position += 1
    switch next {
    case "\\", "'", "\"": return next
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "a": return "\u{07}"
    case "b": return "\u{08}"
    case "v": return "\u{0B}"
    case "f": return "\u{0C}"
    case "x": return try hexadecimal(digits: 2, from: start)
    case "u": return try hexadecimal(digits: 4, from: start)
    case "U": return try hexadecimal(digits: 8, from: start)
    default:
      position = start + 1
      throw problem("one of the escapes \\\\ \\' \\\" \\n \\r \\t \\a \\b \\v \\f \\x \\u \\U")
    }
  }

  private mutating func hexadecimal(
    digits: Int, from start: Int
  ) throws(Problem) -> Unicode.Scalar {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let next, let digit = Self.hexadecimalDigit(next) else {
        throw problem("\(digits) hexadecimal digits")
      }
      value = value << 4 | digit
      position += 1
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw Problem(
        position: start,
        message: "found the escape of 0x\(String(value, radix: 16)), which is no Unicode character")
    }
    return scalar
  }

  private static func hexadecimalDigit(_ scalar: Unicode.Scalar) -> UInt32? {
    switch scalar {
    case "0"..."9": scalar.value - 0x30
    case "a"..."f": scalar.value - 0x61 + 10
    case "A"..."F": scalar.value - 0x41 + 10
    default: nil
    }
  }

  // MARK: Characters

  private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

  @discardableResult
  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let next, next == " " || next == "\n" || next == "\t" || next == "\r" || next == "\u{0C}"
    { position += 1 }
  }

  private mutating func end() throws(Problem) {
    skipSpace()
    guard next == nil else { throw problem("the end of the text") }
  }

  private func problem(_ expected: String) -> Problem {
    let found = next.map { PythonLiteral.quoted(String($0)) } ?? "the end of the text"
    return Problem(position: position, message: "found \(found), expected \(expected)")
  }
}
