/* The limit of a server: frames from a mapping to sockets with sendmsg, and nothing else. */
#ifndef WEBMON_BARE_SOCKET_H
#define WEBMON_BARE_SOCKET_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* The header of a message is as long as webmon's own for a frame of one dimension, and a WebSocket fragment is as large as its are. */
enum { BARE_MESSAGE_HEADER = 112, BARE_FRAGMENT = 1 << 20 };

/* A listener on a free port of this machine, or a negative errno. */
static inline int bare_listen(int backlog, int *port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (listener < 0) return -errno;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, backlog) < 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
    const int error = errno;
    close(listener);
    return -error;
  }
  *port = ntohs(address.sin_port);
  return listener;
}

/* Sends all parts, waiting for room where there is none. */
static inline int bare_send(int client, struct iovec *parts, size_t count) {
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
  while (message.msg_iovlen > 0) {
    ssize_t sent = sendmsg(client, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return -errno;
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

/* Takes one client, reads its request, and answers as if every key were right: only our own client comes here. */
static inline int bare_accept(int listener) {
  static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
  const int client = accept(listener, NULL, NULL);
  if (client < 0) return -errno;
  int one = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  char request[1024];
  size_t got = 0;
  while (got < sizeof request) {
    const ssize_t count = recv(client, request + got, sizeof request - got, 0);
    if (count <= 0) break;
    got += (size_t)count;
    if (got >= 4 && memcmp(request + got - 4, "\r\n\r\n", 4) == 0) {
      struct iovec part = {(void *)answer, sizeof answer - 1};
      if (bare_send(client, &part, 1) == 0) return client;
      break;
    }
  }
  close(client);
  return -EPROTO;
}

/* The header of a server's WebSocket frame; its length in bytes. `first` is the first byte: FIN and the opcode. */
static inline size_t bare_opening(uint8_t *out, uint8_t first, uint64_t length) {
  out[0] = first;
  if (length < 126) {
    out[1] = (uint8_t)length;
    return 2;
  }
  if (length < 65536) {
    out[1] = 126;
    out[2] = (uint8_t)(length >> 8);
    out[3] = (uint8_t)length;
    return 4;
  }
  out[1] = 127;
  for (int i = 0; i < 8; i++) out[2 + i] = (uint8_t)(length >> (56 - 8 * i));
  return 10;
}

/* A message: a header of BARE_MESSAGE_HEADER bytes and a frame, for a WebSocket in fragments of so many bytes, or, if those are 0, as it is. */
static inline int bare_send_message(int client, const uint8_t *header, const void *frame, uint64_t bytes, uint64_t fragment) {
  const uint64_t total = BARE_MESSAGE_HEADER + bytes;
  for (uint64_t at = 0; at < total;) {
    const uint64_t part = fragment && total - at > fragment ? fragment : total - at;
    uint8_t opening[10];
    const uint8_t first = (uint8_t)((at + part == total ? 0x80 : 0) | (at == 0 ? 2 : 0));
    struct iovec parts[3];
    size_t count = 0;
    const uint64_t from = at > BARE_MESSAGE_HEADER ? at - BARE_MESSAGE_HEADER : 0;
    if (fragment) parts[count++] = (struct iovec){opening, bare_opening(opening, first, part)};
    if (at == 0) parts[count++] = (struct iovec){(void *)header, BARE_MESSAGE_HEADER};
    parts[count++] = (struct iovec){(void *)((const uint8_t *)frame + from), at + part - BARE_MESSAGE_HEADER - from};
    const int result = bare_send(client, parts, count);
    if (result < 0) return result;
    at += part;
  }
  return 0;
}

/* One frame as a WebSocket message with a header of webmon's length and places. */
static inline int bare_send_frame(int client, const void *frame, uint64_t bytes, uint64_t sequence) {
  uint8_t header[BARE_MESSAGE_HEADER] = "WMD1";
  header[6] = BARE_MESSAGE_HEADER / 8;
  memcpy(header + 24, &sequence, 8);
  memcpy(header + 48, &bytes, 8);
  return bare_send_message(client, header, frame, bytes, BARE_FRAGMENT);
}

/* Sends the slots of a ring to one client after the other, each until it is gone. */
static inline void bare_send_for_ever(int listener, const void *base, uint64_t slots, uint64_t bytes) {
  for (;;) {
    const int client = bare_accept(listener);
    if (client < 0) continue;
    for (uint64_t number = 1; bare_send_frame(client, (const uint8_t *)base + number % slots * bytes, bytes, number) == 0; number++) {}
    close(client);
  }
}

#endif
