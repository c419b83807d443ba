/// One element of an array, for people: what `tail` prints.
package enum ElementValue: Sendable, Equatable {
  case bool(Bool)
  case integer(Int64)
  case unsigned(UInt64)
  /// With the digits that its own width needs, no more.
  case float(Double, digits: String)
  indirect case complex(real: ElementValue, imaginary: ElementValue)
  case text(String)
  /// Bytes that are no text, or void.
  case bytes([UInt8])
  /// ISO 8601, or NaT.
  case time(String)
  case duration(Int64?, unit: String)
  case list([ElementValue])
  case record([Named])

  package struct Named: Sendable, Equatable {
    package let name: String
    package let value: ElementValue
  }

  /// As a number, if it is one: for minimum, maximum and mean.
  package var number: Double? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .float(let value, _): value
    default: nil
    }
  }
}

extension ElementValue: CustomStringConvertible {
  package var description: String {
    switch self {
    case .bool(let value): value ? "True" : "False"
    case .integer(let value): "\(value)"
    case .unsigned(let value): "\(value)"
    case .float(_, let digits): digits
    case .complex(let real, let imaginary):
      "\(real)\(imaginary.description.hasPrefix("-") ? "" : "+")\(imaginary)j"
    case .text(let text): Self.quoted(text)
    case .bytes(let bytes): "0x" + bytes.map(Self.hexadecimal).joined()
    case .time(let text): text
    case .duration(let count, let unit): count.map { "\($0) \(unit)" } ?? "NaT"
    case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .record(let fields):
      fields.map { field in
        if case .record = field.value { return "\(field.name)=(\(field.value))" }
        return "\(field.name)=\(field.value)"
      }.joined(separator: " ")
    }
  }

  /// The same as JSON, fields in their order. What JSON has no number for is null; bytes are hexadecimal text.
  package var json: String {
    switch self {
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .unsigned(let value): "\(value)"
    case .float(let value, let digits): value.isFinite ? digits : "null"
    case .complex(let real, let imaginary): "[\(real.json), \(imaginary.json)]"
    case .text(let text): Self.quoted(text)
    case .bytes(let bytes): "\"" + bytes.map(Self.hexadecimal).joined() + "\""
    case .time(let text): "\"\(text)\""
    case .duration(let count, _): count.map { "\($0)" } ?? "null"
    case .list(let values): "[" + values.map(\.json).joined(separator: ", ") + "]"
    case .record(let fields):
      "{" + fields.map { "\(Self.quoted($0.name)): \($0.value.json)" }.joined(separator: ", ") + "}"
    }
  }

  /// A JSON string, which is also how text is shown: control characters cannot play with a terminal.
  package static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value):
        quoted += "\\u00" + hexadecimal(UInt8(scalar.value))
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
