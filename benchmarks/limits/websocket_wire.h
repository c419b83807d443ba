/* The handshake of a WebSocket server, for the programs of a benchmark. */
#ifndef WEBSOCKET_WIRE_H
#define WEBSOCKET_WIRE_H

#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The opcode of a frame that ends it. */
enum { WEBSOCKET_CLOSE = 8 };

/* The answer to a request for an upgrade; 0 if it is none. Reads no more of the request than the key. */
static size_t websocket_accept(const char *request, char *answer, size_t room) {
  static const char name[] = "sec-websocket-key:";
  const char *key = NULL;
  for (const char *p = request; *p && !key; p++)
    if (strncasecmp(p, name, sizeof name - 1) == 0) key = p + sizeof name - 1;
  if (!key) return 0;
  while (*key == ' ') key++;
  char text[128];
  int length = snprintf(text, sizeof text, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", (int)strcspn(key, "\r\n "), key);
  unsigned char digest[20], base64[32];
  if (length < 0 || length >= (int)sizeof text || !EVP_Digest(text, (size_t)length, digest, NULL, EVP_sha1(), NULL)) return 0;
  EVP_EncodeBlock(base64, digest, sizeof digest);
  /* A browser wants one of the subprotocols that it offered, and the benchmark offers one or none. */
  const char *offered = strcasestr(request, "sec-websocket-protocol: webmon.v1") ? "Sec-WebSocket-Protocol: webmon.v1\r\n" : "";
  length = snprintf(answer, room, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n", base64, offered);
  return (size_t)length;
}

#endif
