import ArrayShm

/// What a page asks of segments that may take a while: to remove one, or who has it open.
extension Session {
  func run(_ request: ErrandRequest) throws(ControlError) {
    try checkFree(request.ref)
    do throws(CommandError) {
      guard let errands else { throw CommandError(.failed, "this server runs no errands") }
      if case .remove = request.errand, isReadOnly { throw .readOnly("removes nothing") }
      guard SegmentName.isValid(request.name), !SegmentName.isReserved(request.name) else {
        throw CommandError(
          .notFound, "there is no stream \(JSONValue.string(request.name).summary)")
      }
      guard errandRefs.count < Limits.errands else {
        throw CommandError(
          .tooMany, "\(errandRefs.count) errands of this session are under way, the most allowed")
      }
      errandRefs.insert(request.ref)
      errands.run(request, for: self)
    } catch {
      refuse(error, ref: request.ref)
    }
  }

  func finish(errand ref: UInt64, _ text: [UInt8]) {
    errandRefs.remove(ref)
    answer(ref, text)
  }
}
