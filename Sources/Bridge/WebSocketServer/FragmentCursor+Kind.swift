import Clibwebsockets

extension FragmentCursor {
  /// The present fragment as libwebsockets names it, which writes its WebSocket header by itself.
  var kind: lws_write_protocol {
    let isFirst = webSocketHeader[0] & 0xf == 2
    let isFinal = webSocketHeader[0] & 0x80 != 0
    let kind = isFirst ? LWS_WRITE_BINARY : LWS_WRITE_CONTINUATION
    return lws_write_protocol(kind.rawValue | (isFinal ? 0 : LWS_WRITE_NO_FIN.rawValue))
  }
}
