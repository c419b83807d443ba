/// What a callback of libwebsockets returns: whether the connection goes on.
enum Verdict {
  case keep
  case drop

  var code: Int32 { self == .keep ? 0 : -1 }
}
