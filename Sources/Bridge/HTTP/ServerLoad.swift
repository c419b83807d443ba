/// How much goes on at a server.
package struct ServerLoad: Sendable {
  package var sessions: Int
  /// Endless HTTP bodies.
  package var bodies: Int

  package init(sessions: Int = 0, bodies: Int = 0) {
    self.sessions = sessions
    self.bodies = bodies
  }
}
