/* Clients of one stream, over one epoll: they take everything, check it, and keep nothing.
 *
 * Of each message is checked: that its length agrees with its header, that its sequence number follows the one before or the gap that was
 * told, and the words of the frame that change (stamped_frame.h), byte by byte wherever a read happens to end. */
#ifndef WEBMON_SOCKET_CLIENTS_H
#define WEBMON_SOCKET_CLIENTS_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "limit_memory.h"
#include "stamped_frame.h"

enum { CLIENT_BUFFER = 1 << 20, CLIENT_TEXT = 1024, CLIENT_HEADER = 64, CLIENT_EVENTS = 256, CLIENT_COMPLAINT = 160 };

struct socket_client {
  int socket;
  bool is_upgraded, is_subscribed, is_gone, is_binary, is_final;
  uint8_t opening[10], opening_have;
  uint64_t left;              /* bytes of this WebSocket frame that are still to come */
  uint64_t at, header_bytes;  /* in the message */
  uint8_t header[CLIENT_HEADER], stamp[16];
  char text[CLIENT_TEXT];
  uint32_t text_have;
  uint64_t first, last, received, lost;
};

struct socket_clients {
  struct socket_client *clients;
  int count, epoll, port, subscribed, gone;
  bool is_bare;               /* the server is not webmon: nothing is said to it */
  bool is_numbered;           /* a frame's own number is its sequence number */
  uint64_t frame_bytes, credits;
  uint64_t messages, bytes, gaps, lost, wrong;
  uint64_t *latencies, latencies_count, latencies_room; /* from when a frame was due until it was all here; nanoseconds */
  uint64_t last_time;         /* of the last whole message */
  uint8_t *buffer;
  char complaint[CLIENT_COMPLAINT];
};

static inline void clients_complain(struct socket_clients *all, const char *what, uint64_t found, uint64_t right) {
  if (all->wrong++ == 0)
    snprintf(all->complaint, sizeof all->complaint, "%s is %llu; %llu would be right", what, (unsigned long long)found, (unsigned long long)right);
}

static inline void client_leave(struct socket_clients *all, struct socket_client *client) {
  if (client->is_gone) return;
  client->is_gone = true;
  all->gone++;
  epoll_ctl(all->epoll, EPOLL_CTL_DEL, client->socket, NULL);
}

static inline void client_say(struct socket_clients *all, struct socket_client *client, const char *text) {
  const size_t length = strlen(text);
  uint8_t frame[256] = {0x81};
  const size_t at = length < 126 ? 6 : 8;
  if (length + at > sizeof frame) return client_leave(all, client);
  /* Masked with zeros, which leave it as it is. */
  frame[1] = (uint8_t)(0x80 | (length < 126 ? length : 126));
  if (at == 8) {
    frame[2] = (uint8_t)(length >> 8);
    frame[3] = (uint8_t)length;
  }
  memcpy(frame + at, text, length);
  if (send(client->socket, frame, at + length, MSG_NOSIGNAL) != (ssize_t)(at + length)) client_leave(all, client);
}

static inline uint64_t number_after(const char *text, const char *key) {
  const char *found = strstr(text, key);
  return found ? strtoull(found + strlen(key), NULL, 10) : 0;
}

static inline void client_hear(struct socket_clients *all, struct socket_client *client) {
  client->text[client->text_have] = 0;
  const char *text = client->text;
  if (strstr(text, "\"type\":\"subscribed\"")) {
    client->is_subscribed = true;
    all->subscribed++;
  } else if (strstr(text, "\"type\":\"gap\"")) {
    const uint64_t from = number_after(text, "\"from\":"), to = number_after(text, "\"to\":");
    if (from != client->last + 1 || to < from) clients_complain(all, "the begin of a gap", from, client->last + 1);
    client->lost += to - from + 1;
    all->lost += to - from + 1;
    all->gaps++;
    client->last = to;
  } else if (strstr(text, "\"type\":\"error\"")) {
    if (all->wrong++ == 0) snprintf(all->complaint, sizeof all->complaint, "the server says %.130s", text);
  }
}

/* A message is whole. */
static inline void client_finish(struct socket_clients *all, struct socket_client *client) {
  if (!client->is_binary) return client_hear(all, client);
  const uint64_t sequence = stamp_word(client->header, 24), number = stamp_word(client->stamp, 0);
  if (client->at != client->header_bytes + all->frame_bytes)
    clients_complain(all, "the length of a message", client->at, client->header_bytes + all->frame_bytes);
  if (!all->is_bare && client->received && sequence != client->last + 1)
    clients_complain(all, "a sequence number", sequence, client->last + 1);
  if (all->is_numbered && number != sequence) clients_complain(all, "a frame's number", number, sequence);
  if (client->received == 0) client->first = sequence;
  client->last = sequence;
  client->received++;
  all->messages++;
  all->bytes += client->at;
  all->last_time = limit_now();
  const uint64_t due = stamp_word(client->stamp, 8);
  if (all->latencies_count < all->latencies_room) all->latencies[all->latencies_count++] = all->last_time > due ? all->last_time - due : 0;
  if (all->is_bare) return;
  char text[80];
  snprintf(text, sizeof text, "{\"type\":\"credit\",\"id\":1,\"seq\":%llu}", (unsigned long long)sequence);
  client_say(all, client, text);
}

/* Checks that part of the word at `offset` of the frame that lies in these bytes, which begin at `start`. */
static inline void client_check(struct socket_clients *all, struct socket_client *client, const uint8_t *bytes, uint64_t start, uint64_t count, uint64_t offset) {
  const uint64_t mark = stamp_mark(stamp_word(client->stamp, 0), offset);
  for (uint64_t i = 0; i < 8; i++)
    if (offset + i >= start && offset + i < start + count && bytes[offset + i - start] != (uint8_t)(mark >> 8 * i))
      clients_complain(all, "a byte of a frame", bytes[offset + i - start], (uint8_t)(mark >> 8 * i));
}

static inline void client_take_frame(struct socket_clients *all, struct socket_client *client, const uint8_t *bytes, uint64_t start, uint64_t count) {
  if (start < sizeof client->stamp) {
    const uint64_t here = sizeof client->stamp - start < count ? sizeof client->stamp - start : count;
    memcpy(client->stamp + start, bytes, here);
  }
  /* The word that the last read may have cut, and all that begin here. */
  uint64_t offset = start / STAMP_STEP * STAMP_STEP;
  if (offset + 8 <= start || offset == 0) offset += STAMP_STEP;
  for (; offset < start + count && offset < all->frame_bytes; offset += STAMP_STEP) client_check(all, client, bytes, start, count, offset);
  if (start + count > all->frame_bytes - 8) client_check(all, client, bytes, start, count, all->frame_bytes - 8);
}

/* Bytes of a message's inside, as they come. */
static inline void client_take(struct socket_clients *all, struct socket_client *client, const uint8_t *bytes, uint64_t count) {
  if (!client->is_binary) {
    const uint64_t room = CLIENT_TEXT - 1 - client->text_have, here = count < room ? count : room;
    memcpy(client->text + client->text_have, bytes, here);
    client->text_have += (uint32_t)here;
    return;
  }
  while (count > 0) {
    uint64_t here = count;
    if (client->at < CLIENT_HEADER) {
      if (here > CLIENT_HEADER - client->at) here = CLIENT_HEADER - client->at;
      memcpy(client->header + client->at, bytes, here);
      if (client->at + here == CLIENT_HEADER) {
        client->header_bytes = client->header[6] * (uint64_t)8;
        if (memcmp(client->header, "WMD1", 4) != 0 || client->header_bytes < CLIENT_HEADER || stamp_word(client->header, 48) != all->frame_bytes)
          clients_complain(all, "the payload of a message", stamp_word(client->header, 48), all->frame_bytes);
      }
    } else if (client->at < client->header_bytes) {
      if (here > client->header_bytes - client->at) here = client->header_bytes - client->at;
    } else {
      client_take_frame(all, client, bytes, client->at - client->header_bytes, here);
    }
    client->at += here;
    bytes += here;
    count -= here;
  }
}

/* The first bytes of a WebSocket frame, which a read may cut anywhere; how many of them were taken. */
static inline size_t client_open(struct socket_clients *all, struct socket_client *client, const uint8_t *bytes, size_t count) {
  size_t used = 0;
  while (used < count) {
    client->opening[client->opening_have++] = bytes[used++];
    const uint8_t short_length = client->opening_have >= 2 ? client->opening[1] & 127 : 0;
    const uint8_t need = client->opening_have < 2 ? 2 : short_length < 126 ? 2 : short_length == 126 ? 4 : 10;
    if (client->opening_have < need) continue;
    const uint8_t opcode = client->opening[0] & 15;
    client->opening_have = 0;
    client->left = short_length;
    if (need > 2) {
      client->left = 0;
      for (int i = 2; i < need; i++) client->left = client->left << 8 | client->opening[i];
    }
    client->is_final = client->opening[0] & 0x80;
    if (opcode > 2) {
      client_leave(all, client);
    } else if (opcode > 0) {
      client->is_binary = opcode == 2;
      client->at = client->header_bytes = client->text_have = 0;
    }
    break;
  }
  return used;
}

static inline void client_read(struct socket_clients *all, struct socket_client *client, const char *stream) {
  while (!client->is_gone) {
    ssize_t count = recv(client->socket, all->buffer, CLIENT_BUFFER, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return client_leave(all, client);
    const uint8_t *bytes = all->buffer;
    size_t have = (size_t)count;
    if (!client->is_upgraded) {
      /* The answer is small, and comes at once. */
      const uint8_t *end = NULL;
      for (size_t i = 3; i < have && !end; i++)
        if (memcmp(bytes + i - 3, "\r\n\r\n", 4) == 0) end = bytes + i + 1;
      if (!end || memcmp(bytes, "HTTP/1.1 101", 12) != 0) {
        if (all->wrong++ == 0) snprintf(all->complaint, sizeof all->complaint, "the server refused a WebSocket: %.40s", (const char *)bytes);
        return client_leave(all, client);
      }
      have -= (size_t)(end - bytes);
      bytes = end;
      client->is_upgraded = true;
      if (all->is_bare) {
        client->is_subscribed = true;
        all->subscribed++;
      } else {
        char text[200];
        snprintf(text, sizeof text, "{\"type\":\"subscribe\",\"id\":1,\"stream\":\"%.100s\",\"credits\":%llu}", stream, (unsigned long long)all->credits);
        client_say(all, client, text);
      }
    }
    while (have > 0 && !client->is_gone) {
      size_t used = 0;
      if (client->left == 0) {
        used = client_open(all, client, bytes, have);
        if (client->opening_have > 0) break;
      } else {
        used = have < client->left ? have : (size_t)client->left;
        client_take(all, client, bytes, used);
        client->left -= used;
      }
      bytes += used;
      have -= used;
      if (client->left == 0 && client->is_final) {
        client->is_final = false;
        client_finish(all, client);
      }
    }
    if (count < CLIENT_BUFFER) return;
  }
}

/* Connects one more; a negative errno if that cannot be. */
static inline int clients_connect(struct socket_clients *all, struct socket_client *client) {
  client->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client->socket < 0) return -errno;
  int one = 1;
  setsockopt(client->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)all->port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(client->socket, (struct sockaddr *)&address, sizeof address) < 0) return -errno;
  char request[300];
  const int length = snprintf(request, sizeof request,
                              "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: webmon.v1\r\n\r\n",
                              all->port);
  if (send(client->socket, request, (size_t)length, MSG_NOSIGNAL) != length) return -errno;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  return epoll_ctl(all->epoll, EPOLL_CTL_ADD, client->socket, &event) < 0 ? -errno : 0;
}

static inline void clients_free(struct socket_clients *all) {
  if (!all) return;
  for (int i = 0; i < all->count; i++)
    if (all->clients[i].socket >= 0) close(all->clients[i].socket);
  if (all->epoll >= 0) close(all->epoll);
  free(all->clients);
  free(all->latencies);
  free(all->buffer);
  free(all);
}

/* Room for so many clients of a server at that port of this machine; NULL, and errno, if there is none. */
static inline struct socket_clients *clients_make(int count, int port, uint64_t frame_bytes, uint64_t latencies) {
  struct socket_clients *all = (struct socket_clients *)calloc(1, sizeof *all);
  if (!all) return NULL;
  all->epoll = epoll_create1(EPOLL_CLOEXEC);
  all->port = port;
  all->frame_bytes = frame_bytes;
  all->credits = 1;
  all->clients = (struct socket_client *)calloc((size_t)count, sizeof *all->clients);
  all->latencies = (uint64_t *)calloc(latencies ? latencies : 1, sizeof(uint64_t));
  all->latencies_room = latencies;
  all->buffer = (uint8_t *)malloc(CLIENT_BUFFER);
  if (all->epoll < 0 || !all->clients || !all->latencies || !all->buffer) {
    clients_free(all);
    return NULL;
  }
  all->count = count;
  for (int i = 0; i < count; i++) all->clients[i].socket = -1;
  return all;
}

/* Reads whatever is there, or comes within so many milliseconds. */
static inline void clients_turn(struct socket_clients *all, const char *stream, int milliseconds) {
  struct epoll_event events[CLIENT_EVENTS];
  const int ready = epoll_wait(all->epoll, events, CLIENT_EVENTS, milliseconds);
  for (int i = 0; i < ready; i++) client_read(all, (struct socket_client *)events[i].data.ptr, stream);
}

#endif
