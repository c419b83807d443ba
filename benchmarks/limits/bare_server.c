/* The limit: a C program that does nothing but hand the frames of a segment to a socket, with sendmsg, from the mapping.
 *
 *   bare_server DIRECTORY NAME FRAGMENT
 *
 * GET with an upgrade: every frame as one WebSocket message in fragments of FRAGMENT bytes. GET without: the same messages as an
 * endless body. One client at a time, no flow control but the socket's. Prints its port.
 */
#define _GNU_SOURCE
#include <arrayshm.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "websocket_wire.h"

/* As long as webmon's own for a frame of one dimension. */
enum { MESSAGE_HEADER = 112 };

static int send_all(int client, struct iovec *parts, size_t count) {
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
  while (message.msg_iovlen > 0) {
    ssize_t sent = sendmsg(client, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return -1;
    while (message.msg_iovlen > 0 && (size_t)sent >= message.msg_iov->iov_len) {
      sent -= (ssize_t)message.msg_iov->iov_len;
      message.msg_iov++;
      message.msg_iovlen--;
    }
    if (message.msg_iovlen > 0) {
      message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + sent;
      message.msg_iov->iov_len -= (size_t)sent;
    }
  }
  return 0;
}

/* One frame as a WebSocket message in fragments, or, if `fragment` is 0, as it is. */
static int send_frame(int client, const uint8_t *header, const uint8_t *frame, size_t bytes, size_t fragment) {
  const size_t total = MESSAGE_HEADER + bytes;
  size_t at = 0;
  while (at < total) {
    const size_t part = fragment && total - at > fragment ? fragment : total - at;
    uint8_t opening[10];
    const uint8_t first = (uint8_t)((at + part == total ? 0x80 : 0) | (at == 0 ? 2 : 0));
    struct iovec parts[3];
    size_t count = 0, from = at > MESSAGE_HEADER ? at - MESSAGE_HEADER : 0;
    if (fragment) parts[count++] = (struct iovec){opening, websocket_header(opening, first, part)};
    if (at == 0) parts[count++] = (struct iovec){(void *)header, MESSAGE_HEADER};
    parts[count++] = (struct iovec){(void *)(frame + from), at + part - MESSAGE_HEADER - from};
    if (send_all(client, parts, count) < 0) return -1;
    at += part;
  }
  return 0;
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

  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4) < 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
    perror("bare_server");
    return 1;
  }
  printf("%d\n", ntohs(address.sin_port));
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
    uint8_t header[MESSAGE_HEADER] = "WMD1";
    /* Where webmon's header has them too: a client finds the next message by them. */
    header[6] = MESSAGE_HEADER / 8;
    memcpy(header + 48, &segment.stride, 8);
    int alive = got > 0 && send_all(client, &opening, 1) == 0;
    for (uint64_t number = 0; alive; number++)
      alive = send_frame(client, header, (const uint8_t *)base + number % segment.slots * segment.stride, segment.stride, upgraded ? fragment : 0) == 0;
    close(client);
  }
}
