// Python's `repr`, because numpy writes its headers with it: equal values must give equal text.

extension PythonLiteral {
  /// The text of `repr(value)` in Python.
  var text: String {
    switch self {
    case .string(let value): return Self.quoted(value)
    case .integer(let value): return String(value)
    case .boolean(let value): return value ? "True" : "False"
    case .none: return "None"
    case .tuple(let items):
      let inside = items.map(\.text).joined(separator: ", ")
      return items.count == 1 ? "(\(inside),)" : "(\(inside))"
    case .list(let items):
      return "[" + items.map(\.text).joined(separator: ", ") + "]"
    }
  }

  /// ``text``, cut to a length that fits an error message.
  var excerpt: String { Self.shortened(text) }

  static func shortened(_ text: String, to limit: Int = 80) -> String {
    guard text.unicodeScalars.count > limit else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) + "..."
  }

  /// The text of `repr(value)` for a string: single quotes, unless double ones save an escape.
  static func quoted(_ value: String) -> String {
    let scalars = value.unicodeScalars
    let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var text = String.UnicodeScalarView()
    text.append(quote)
    for scalar in scalars {
      switch scalar {
      case quote, "\\":
        text.append("\\")
        text.append(scalar)
      case "\n": text.append(contentsOf: "\\n".unicodeScalars)
      case "\r": text.append(contentsOf: "\\r".unicodeScalars)
      case "\t": text.append(contentsOf: "\\t".unicodeScalars)
      case _ where isPrintable(scalar): text.append(scalar)
      default: text.append(contentsOf: escape(scalar).unicodeScalars)
      }
    }
    text.append(quote)
    return String(text)
  }

  /// Python's `str.isprintable`: everything but control, format, unassigned and separator
  /// characters; the space is printable.
  ///
  /// Which characters are unassigned depends on the Unicode version, hence on the version of
  /// Python as well; both spellings are read back to the same name.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value >= 0x20 }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default:
      return true
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let (prefix, digits) =
      scalar.value < 0x100 ? ("\\x", 2) : scalar.value < 0x1_0000 ? ("\\u", 4) : ("\\U", 8)
    let hex = String(scalar.value, radix: 16)
    return prefix + String(repeating: "0", count: digits - hex.utf8.count) + hex
  }
}
