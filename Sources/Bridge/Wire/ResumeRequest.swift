/// A page's answer to a `transport` message: everything that came the old way has come.
package struct ResumeRequest: Sendable, Equatable {
  package var id: UInt32
  /// The turn of the `transport` message that is answered.
  package var turn: UInt64
  /// Of the last message that came; 0 if none did.
  package var generation: UInt64
  /// The newest commit that came, or that was told as a gap; nil if there is none.
  package var after: UInt64?
  /// Messages that came and whose credits the page still has.
  package var held: Int

  package init(
    id: UInt32, turn: UInt64, generation: UInt64 = 0, after: UInt64? = nil, held: Int = 0
  ) {
    self.id = id
    self.turn = turn
    self.generation = generation
    self.after = after
    self.held = held
  }

  init(_ fields: ControlFields) throws(ControlError) {
    id = try fields.id()
    turn = try fields.unsigned("turn")
    generation = fields.present("generation") == nil ? 0 : try fields.generation()
    after = fields.present("after") == nil ? nil : try fields.unsigned("after")
    held =
      fields.present("held") == nil
      ? 0
      : Int(try fields.unsigned("held", allowed: "an integer from 0 to 64") { $0 <= 64 })
  }
}
