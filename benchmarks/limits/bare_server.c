/* The limit: a C program that does nothing but hand the frames of a segment to a socket, with sendmsg, from the mapping.
 *
 *   bare_server DIRECTORY NAME FRAGMENT
 *
 * GET with an upgrade: every frame as one WebSocket message in fragments of FRAGMENT bytes. GET without: the same messages as an
 * endless body. One client at a time, no flow control but the socket's. Prints its port.
 */
#define _GNU_SOURCE
#include <arrayshm.h>
#include <signal.h>
#include <stdlib.h>
#include "../../Sources/CLimits/bare_socket.h"
#include "websocket_wire.h"

/* A client says that it has enough, which it would wait for an answer to: nothing else comes from one that only reads. */
static int is_done(int client) {
  uint8_t frame[256];
  const ssize_t count = recv(client, frame, sizeof frame, MSG_DONTWAIT);
  return count == 0 || (count > 0 && (frame[0] & 15) == WEBSOCKET_CLOSE);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: bare_server DIRECTORY NAME FRAGMENT\n");
    return 64;
  }
  signal(SIGPIPE, SIG_IGN);
  arrayshm_reader *reader = arrayshm_open(argv[1], argv[2]);
  arrayshm_description segment;
  const void *base;
  if (!reader || arrayshm_describe(reader, &segment) != ARRAYSHM_OK || !arrayshm_reader_memory(reader, &base)) {
    fprintf(stderr, "bare_server: %s\n", arrayshm_error_message());
    return 1;
  }
  const size_t fragment = strtoull(argv[3], NULL, 10);

  int port = 0;
  const int listener = bare_listen(4, &port);
  if (listener < 0) {
    fprintf(stderr, "bare_server: %s\n", strerror(-listener));
    return 1;
  }
  printf("%d\n", port);
  fflush(stdout);

  for (;;) {
    int client = accept(listener, NULL, NULL), one = 1;
    if (client < 0) continue;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    char request[8192], answer[512];
    size_t got = 0;
    while (got < sizeof request - 1) {
      ssize_t count = recv(client, request + got, sizeof request - 1 - got, 0);
      if (count <= 0) break;
      got += (size_t)count;
      request[got] = 0;
      if (strstr(request, "\r\n\r\n")) break;
    }
    request[got] = 0;
    size_t size = websocket_accept(request, answer, sizeof answer);
    const int upgraded = size > 0;
    if (!upgraded)
      size = (size_t)snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nAccess-Control-Allow-Origin: *\r\n"
                              "Cross-Origin-Resource-Policy: cross-origin\r\nConnection: close\r\n\r\n");
    struct iovec opening = {answer, size};
    uint8_t header[BARE_MESSAGE_HEADER] = "WMD1";
    /* Where webmon's header has them too: a client finds the next message by them. */
    header[6] = BARE_MESSAGE_HEADER / 8;
    memcpy(header + 48, &segment.stride, 8);
    int alive = got > 0 && bare_send(client, &opening, 1) == 0;
    const uint64_t look_each = segment.stride < 1 << 16 ? 256 : 1;
    for (uint64_t number = 0; alive; number++)
      alive = (number % look_each || !is_done(client)) &&
              bare_send_message(client, header, (const uint8_t *)base + number % segment.slots * segment.stride, segment.stride, upgraded ? fragment : 0) == 0;
    close(client);
  }
}
