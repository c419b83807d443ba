import ArrayShm
import Logging

/// Endless bodies.
extension Service {
  /// What a body is fed from, with the page whose session it is; or the answer that says why there is none.
  func makeFeed(
    _ request: BodyRequest, _ response: HTTPResponse
  ) -> (HTTPResponse, (any BodyFeed, PageConnection?)?) {
    guard bodies.count < Limits.bodies else {
      let message = "\(bodies.count) bodies are sent, the most allowed"
      return (HTTPResponse(error: 503, "too-many", message), nil)
    }
    guard let subscription = request.subscription else {
      do {
        return (response, (try StreamFeed(request, catalog: catalog, logger: logger), nil))
      } catch {
        let code = error.code == .invalid ? "too-large" : "unavailable"
        return (HTTPResponse(error: 503, code, error.message), nil)
      }
    }
    guard let page = pages.values.first(where: { $0.session.secret == subscription.session }) else {
      return (HTTPResponse(error: 404, "no-session", "no session has this secret"), nil)
    }
    do {
      let id = subscription.id
      return (response, (try SessionFeed(page.session, id: id, stream: request.stream), page))
    } catch {
      switch error {
      case .noSubscription:
        let message = "the session has no subscription \(subscription.id) to \(request.stream)"
        return (HTTPResponse(error: 404, "no-such-id", message), nil)
      case .taken:
        return (HTTPResponse(error: 409, "taken", "the session has a body; one is allowed"), nil)
      }
    }
  }

  func endBody(_ connection: Connection) {
    bodies.removeValue(forKey: connection)?.end("its connection is gone")
  }
}
