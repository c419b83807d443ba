/*
 * Many pages in one process: N WebSocket clients of one stream, each with its own credits, over one epoll.
 *
 *     many_clients PORT STREAM CLIENTS FRAMES [--credits N] [--policy latest|all] [--stalled N] [--limit SECONDS]
 *
 * Prints "ready" once every client is subscribed; what is published then is what is counted. Ends when every client has frame FRAMES, or
 * its connection is gone, or the limit is over, and prints one JSON object. The last `--stalled` clients read nothing once they are
 * subscribed, with so many subscriptions and credits that a socket's buffers are soon full; they count in "stalled" alone.
 *
 * The stream is of frames of u4: the first two words are the time (CLOCK_MONOTONIC, u64) at which the frame was due, all others the low
 * half of its sequence number. Of each message everything is checked: that its words agree with its header, that its sequence number
 * follows the one before or the gap that was told, and that "lost" in its header is the sum of the gaps. Each thing that is not so counts
 * in "wrong", and the first ones are told on standard error.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SUBSCRIPTION = 1, STALLED_SUBSCRIPTIONS = 16, STALLED_CREDITS = 64, READ_BYTES = 64 * 1024, TOLD_COMPLAINTS = 10, FIXED_HEADER = 96 };

struct client {
  int fd;
  int number;
  bool is_upgraded, is_subscribed, is_stalled, is_gone;
  uint8_t *bytes; /* what came and is not read yet */
  size_t have, room;
  uint64_t first, last, received, lost, gaps, bytes_received;
};

struct latencies {
  uint32_t *microseconds;
  size_t count, room;
};

static int epoll;
static const char *policy = "latest";
static unsigned long credits = 1, wrong;
static int subscribed, gone;
static struct latencies since_publish, since_due;

static void die(const char *what) {
  fprintf(stderr, "many_clients: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void complain(const struct client *client, const char *what, uint64_t found, uint64_t right) {
  if (wrong++ < TOLD_COMPLAINTS)
    fprintf(stderr, "client %d: %s is %llu, %llu would be right\n", client->number, what, (unsigned long long)found,
            (unsigned long long)right);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t u64(const uint8_t *at) {
  uint64_t value;
  memcpy(&value, at, 8);
  return value;
}

static uint32_t u32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return value;
}

static void note(struct latencies *latencies, uint64_t from, uint64_t to) {
  if (latencies->count == latencies->room) {
    latencies->room = latencies->room ? 2 * latencies->room : 1 << 16;
    latencies->microseconds = realloc(latencies->microseconds, latencies->room * sizeof(uint32_t));
    if (!latencies->microseconds) die("memory for the latencies");
  }
  uint64_t microseconds = to > from ? (to - from) / 1000 : 0;
  latencies->microseconds[latencies->count++] = microseconds < UINT32_MAX ? (uint32_t)microseconds : UINT32_MAX;
}

/* ---- Sending: small texts; a socket that does not take one at once is broken here. */

static void leave(struct client *client) {
  if (client->is_gone) return;
  client->is_gone = true;
  gone += !client->is_stalled;
  epoll_ctl(epoll, EPOLL_CTL_DEL, client->fd, NULL);
}

static void send_text(struct client *client, const char *text) {
  uint8_t frame[256], mask[4] = {0x5a, 0xc3, 0x17, 0x88};
  size_t length = strlen(text), head = 6;
  frame[0] = 0x81;
  if (length < 126) {
    frame[1] = 0x80 | (uint8_t)length;
  } else {
    frame[1] = 0x80 | 126;
    frame[2] = (uint8_t)(length >> 8);
    frame[3] = (uint8_t)length;
    head = 8;
  }
  memcpy(frame + head - 4, mask, 4);
  for (size_t i = 0; i < length; i++) frame[head + i] = (uint8_t)text[i] ^ mask[i % 4];
  if (send(client->fd, frame, head + length, MSG_NOSIGNAL) != (ssize_t)(head + length)) leave(client);
}

static void subscribe(struct client *client, const char *stream) {
  for (int id = SUBSCRIPTION; id < SUBSCRIPTION + (client->is_stalled ? STALLED_SUBSCRIPTIONS : 1); id++) {
    char text[240];
    snprintf(text, sizeof text, "{\"type\":\"subscribe\",\"id\":%d,\"stream\":\"%.120s\",\"policy\":\"%s\",\"credits\":%lu}", id,
             stream, policy, client->is_stalled ? STALLED_CREDITS : credits);
    send_text(client, text);
  }
}

/* ---- Receiving */

static uint64_t number_after(const char *text, const char *key) {
  const char *found = strstr(text, key);
  return found ? strtoull(found + strlen(key), NULL, 10) : 0;
}

static void hear(struct client *client, const char *text) {
  if (strstr(text, "\"type\":\"subscribed\"")) {
    client->is_subscribed = true;
    subscribed++;
    if (client->is_stalled) epoll_ctl(epoll, EPOLL_CTL_DEL, client->fd, NULL);
  } else if (strstr(text, "\"type\":\"gap\"")) {
    uint64_t from = number_after(text, "\"from\":"), to = number_after(text, "\"to\":");
    if (from != client->last + 1 || to < from) complain(client, "the begin of a gap", from, client->last + 1);
    client->gaps++;
    client->lost += to - from + 1;
    client->last = to;
  } else if (strstr(text, "\"type\":\"error\"")) {
    fprintf(stderr, "client %d: %s\n", client->number, text);
    wrong++;
  }
}

static void take(struct client *client, const uint8_t *message, size_t length) {
  uint64_t time = now();
  size_t header = length >= FIXED_HEADER ? message[6] * (size_t)8 : 0;
  if (header < FIXED_HEADER || header > length || memcmp(message, "WMD1", 4) || u64(message + 48) != length - header) {
    complain(client, "the length of a data message", length, header);
    return leave(client);
  }
  uint64_t sequence = u64(message + 24);
  if (client->received && sequence != client->last + 1) complain(client, "a sequence number", sequence, client->last + 1);
  if (u64(message + 56) != client->lost) complain(client, "lost", u64(message + 56), client->lost);
  const uint8_t *payload = message + header;
  for (size_t at = 8; at + 4 <= length - header; at += 4)
    if (u32(payload + at) != (uint32_t)sequence) {
      complain(client, "a word of the payload", u32(payload + at), (uint32_t)sequence);
      break;
    }
  if (!client->received) client->first = sequence;
  client->last = sequence;
  client->received++;
  client->bytes_received += length;
  note(&since_publish, u64(message + 32), time);
  note(&since_due, u64(payload), time);
  char text[80];
  snprintf(text, sizeof text, "{\"type\":\"credit\",\"id\":%d,\"seq\":%llu}", SUBSCRIPTION, (unsigned long long)sequence);
  send_text(client, text);
}

/* Reads one WebSocket frame; 0 if it is not whole yet. */
static size_t read_frame(struct client *client, uint8_t *at, size_t have) {
  if (have < 2) return 0;
  size_t length = at[1] & 0x7f, head = 2;
  if (length == 126) {
    if (have < 4) return 0;
    length = (size_t)at[2] << 8 | at[3];
    head = 4;
  } else if (length == 127) {
    if (have < 10) return 0;
    length = 0;
    for (int i = 2; i < 10; i++) length = length << 8 | at[i];
    head = 10;
  }
  if (have < head + length) return 0;
  switch (at[0]) {
  case 0x81: {
    uint8_t after = at[head + length]; /* there is always one byte of room more */
    at[head + length] = 0;
    hear(client, (const char *)at + head);
    at[head + length] = after;
    break;
  }
  case 0x82: take(client, at + head, length); break;
  case 0x88: leave(client); break;
  default: complain(client, "the first byte of a frame", at[0], 0x82); leave(client);
  }
  return head + length;
}

static void read_all(struct client *client, const char *stream) {
  while (!client->is_gone) {
    if (client->room - client->have < READ_BYTES) {
      client->room = client->have + READ_BYTES;
      client->bytes = realloc(client->bytes, client->room + 1);
      if (!client->bytes) die("memory for a message");
    }
    ssize_t count = recv(client->fd, client->bytes + client->have, client->room - client->have, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return leave(client);
    client->have += (size_t)count;
    size_t at = 0;
    if (!client->is_upgraded) {
      client->bytes[client->have] = 0;
      char *end = strstr((char *)client->bytes, "\r\n\r\n");
      if (!end) continue;
      if (!strstr((char *)client->bytes, " 101 ")) {
        fprintf(stderr, "client %d: not upgraded: %.300s\n", client->number, (char *)client->bytes);
        wrong++;
        return leave(client);
      }
      at = (size_t)(end + 4 - (char *)client->bytes);
      client->is_upgraded = true;
      subscribe(client, stream);
    }
    for (size_t used; !client->is_gone && (used = read_frame(client, client->bytes + at, client->have - at)); at += used)
      if (client->is_stalled && client->is_subscribed) return;
    client->have -= at;
    memmove(client->bytes, client->bytes + at, client->have);
    if ((size_t)count < READ_BYTES) return;
  }
}

static void connect_client(struct client *client, int port) {
  client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client->fd < 0) die("socket");
  int small = 4096, yes = 1;
  if (client->is_stalled) setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(client->fd, (struct sockaddr *)&address, sizeof address)) die("connect");
  char request[300];
  int length = snprintf(request, sizeof request,
                        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Protocol: webmon.v1\r\n\r\n",
                        port);
  if (send(client->fd, request, (size_t)length, MSG_NOSIGNAL) != length) die("the upgrade request");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event)) die("epoll_ctl");
}

/* ---- What came of it */

static int by_value(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static void print_latencies(const char *name, struct latencies *latencies) {
  size_t count = latencies->count;
  if (!count) return;
  qsort(latencies->microseconds, count, sizeof(uint32_t), by_value);
  printf(", \"%s\": {\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}", name, latencies->microseconds[count / 2] / 1e3,
         latencies->microseconds[count - 1 - count / 100] / 1e3, latencies->microseconds[count - 1] / 1e3);
}

int main(int count, char **arguments) {
  if (count < 5) {
    fprintf(stderr, "usage: many_clients PORT STREAM CLIENTS FRAMES [--credits N] [--policy P] [--stalled N] [--limit SECONDS]\n");
    return 64;
  }
  int port = atoi(arguments[1]), clients_count = atoi(arguments[3]), stalled = 0;
  const char *stream = arguments[2];
  uint64_t frames = strtoull(arguments[4], NULL, 10);
  double limit = 600;
  for (int i = 5; i + 1 < count; i += 2) {
    if (!strcmp(arguments[i], "--credits")) credits = strtoul(arguments[i + 1], NULL, 10);
    if (!strcmp(arguments[i], "--policy")) policy = arguments[i + 1];
    if (!strcmp(arguments[i], "--stalled")) stalled = atoi(arguments[i + 1]);
    if (!strcmp(arguments[i], "--limit")) limit = atof(arguments[i + 1]);
  }
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct client *clients = calloc((size_t)clients_count, sizeof *clients);
  if (epoll < 0 || !clients) die("set-up");
  for (int i = 0; i < clients_count; i++) {
    clients[i].number = i;
    clients[i].is_stalled = i >= clients_count - stalled;
    connect_client(&clients[i], port);
  }

  uint64_t end = now() + (uint64_t)(limit * 1e9);
  bool is_ready = false;
  int reading = clients_count - stalled, complete = 0;
  while (complete + gone < reading && now() < end) {
    struct epoll_event events[512];
    int ready = epoll_wait(epoll, events, 512, 100);
    for (int i = 0; i < ready; i++) read_all(events[i].data.ptr, stream);
    if (!is_ready && subscribed == clients_count) {
      is_ready = true;
      puts("ready");
      fflush(stdout);
    }
    complete = 0;
    for (int i = 0; i < reading; i++) complete += !clients[i].is_gone && clients[i].last >= frames;
  }

  uint64_t received = 0, lost = 0, gaps = 0, bytes = 0, fewest = UINT64_MAX, from_first = 0, accounted = 0;
  for (int i = 0; i < reading; i++) {
    struct client *client = &clients[i];
    received += client->received;
    lost += client->lost;
    gaps += client->gaps;
    bytes += client->bytes_received;
    if (client->received < fewest) fewest = client->received;
    from_first += client->first == 1;
    /* What was published before a client's first frame is no gap. */
    accounted += client->received && client->last == frames && client->first - 1 + client->received + client->lost == frames;
  }
  printf("{\"clients\": %d, \"stalled\": %d, \"subscribed\": %d, \"complete\": %d, \"gone\": %d, \"from_first\": %llu, \"accounted\": %llu,"
         " \"received\": %llu, \"fewest\": %llu, \"gaps\": %llu, \"lost\": %llu, \"bytes\": %llu, \"wrong\": %lu",
         clients_count, stalled, subscribed, complete, gone, (unsigned long long)from_first, (unsigned long long)accounted,
         (unsigned long long)received, (unsigned long long)fewest, (unsigned long long)gaps, (unsigned long long)lost,
         (unsigned long long)bytes, wrong);
  print_latencies("since_publish", &since_publish);
  print_latencies("since_due", &since_due);
  puts("}");
  return 0;
}
