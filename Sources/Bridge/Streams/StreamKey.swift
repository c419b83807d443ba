/// One generation of one name.
package struct StreamKey: Sendable, Hashable {
  package let name: String
  package let generation: UInt64
}
