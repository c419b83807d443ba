/// One stream in a `status` message.
package struct StatusObject: Sendable, Equatable, Encodable {
  package let name: String
  package let state: String
  package let sequence: UInt64
  package let ageNanoseconds: UInt64
  package let rate: Double
  package let dropped: UInt64
  package let readers: Int

  private enum CodingKeys: String, CodingKey {
    case name, state, sequence, rate, dropped, readers
    case ageNanoseconds = "age_ns"
  }
}
