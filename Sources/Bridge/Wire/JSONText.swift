import FoundationEssentials

/// How everything of the server is written as JSON.
package enum JSONText {
  package static func encode(_ value: some Encodable, pretty: Bool = false) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do {
      return [UInt8](try encoder.encode(value))
    } catch {
      // Only a value that has no JSON form can fail, and these types have none.
      preconditionFailure("\(type(of: value)) cannot be written as JSON: \(error)")
    }
  }
}
