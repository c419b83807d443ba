/* A WebSocket client that reads as fast as it can, and checks what it reads.
 *
 *   websocket_reader PORT PATH SECONDS BYTES [--protocol NAME] [--send TEXT]... [--credit TEXT] [--header N] [--stamped WARM_UP]
 *
 * Sends each TEXT of --send after the handshake, and that of --credit after each binary message. A message of N + BYTES bytes is a frame
 * of frame_pattern.h behind a header of N bytes (default 112), one byte in 4096 of which is compared. Prints JSON: seconds, bytes,
 * messages, CPU seconds. The clock starts with the first binary message.
 *
 * With --stamped the frames are those of limits/stamped_producer.c: the stamp is checked too, the clock starts WARM_UP seconds after the
 * first binary message, and the JSON has what that of clients/direct.c has: frames, published, latencies_ns.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "../limits/frame_pattern.h"

enum { BUFFER = 1 << 20, TEXTS = 16, SEQUENCE = 24, LONGEST_HEADER = 255 * 8, MOST_LATENCIES = 1 << 20 };

static uint8_t buffer[BUFFER];
static size_t filled, taken;
static int connection;
static uint64_t latencies[MOST_LATENCIES];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void stop(const char *why) {
  fprintf(stderr, "websocket_reader: %s\n", why);
  exit(1);
}

/* Reads more; what was taken is given up. */
static void refill(void) {
  memmove(buffer, buffer + taken, filled - taken);
  filled -= taken;
  taken = 0;
  ssize_t count = recv(connection, buffer + filled, BUFFER - filled, 0);
  if (count <= 0) stop(count == 0 ? "the server closed the connection" : strerror(errno));
  filled += (size_t)count;
}

static const uint8_t *take(size_t count) {
  while (filled - taken < count) refill();
  taken += count;
  return buffer + taken - count;
}

static void send_text(const char *text) {
  const size_t length = strlen(text);
  uint8_t frame[4096] = {0x81};
  if (length + 8 > sizeof frame) stop("a text to send is too long");
  /* Masked with zeros, which leave it as it is. */
  size_t at = length < 126 ? 6 : 8;
  frame[1] = (uint8_t)(0x80 | (length < 126 ? length : 126));
  if (length >= 126) {
    frame[2] = (uint8_t)(length >> 8);
    frame[3] = (uint8_t)length;
  }
  memcpy(frame + at, text, length);
  if (send(connection, frame, at + length, MSG_NOSIGNAL) < 0) stop("the server is gone");
}

int main(int argc, char **argv) {
  if (argc < 5) stop("usage: websocket_reader PORT PATH SECONDS BYTES [--protocol NAME] [--send TEXT]... [--credit TEXT] [--header N] [--stamped WARM_UP]");
  const char *protocol = NULL, *credit = NULL, *texts[TEXTS];
  int count = 0, stamped = 0;
  double warm_up = 0;
  uint64_t header = 112;
  for (int i = 5; i + 1 < argc; i += 2) {
    if (strcmp(argv[i], "--protocol") == 0) protocol = argv[i + 1];
    else if (strcmp(argv[i], "--credit") == 0) credit = argv[i + 1];
    else if (strcmp(argv[i], "--header") == 0) header = strtoull(argv[i + 1], NULL, 10);
    else if (strcmp(argv[i], "--stamped") == 0) {
      stamped = 1;
      warm_up = strtod(argv[i + 1], NULL);
    } else if (strcmp(argv[i], "--send") == 0 && count < TEXTS) texts[count++] = argv[i + 1];
    else stop("an unknown option");
  }
  const double seconds = strtod(argv[3], NULL);
  const uint64_t bytes = strtoull(argv[4], NULL, 10);

  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  connection = socket(AF_INET, SOCK_STREAM, 0);
  int one = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(connection, (struct sockaddr *)&address, sizeof address) < 0) stop(strerror(errno));
  char request[1024];
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
                        argv[2], argv[1], protocol ? "Sec-WebSocket-Protocol: " : "", protocol ? protocol : "", protocol ? "\r\n" : "");
  if (send(connection, request, (size_t)length, 0) != length) stop(strerror(errno));
  char *end;
  do refill();
  while (!(end = memmem(buffer, filled, "\r\n\r\n", 4)));
  if (memcmp(buffer, "HTTP/1.1 101", 12) != 0) stop("the server refused the WebSocket");
  taken = (size_t)(end + 4 - (char *)buffer);
  for (int i = 0; i < count; i++) send_text(texts[i]);

  struct rusage before, after;
  double start = 0, last = 0;
  uint64_t total = 0, messages = 0, offset = 0, sequence = 0, first = 0;
  uint8_t beginning[LONGEST_HEADER + sizeof(frame_stamp)];
  if (stamped && header > LONGEST_HEADER) stop("a header is too long");
  int binary = 0;
  for (;;) {
    const uint8_t *opening = take(2);
    const uint8_t opcode = opening[0] & 15, final = opening[0] & 0x80;
    uint64_t left = opening[1] & 127;
    if (left >= 126) {
      const size_t wide = left == 126 ? 2 : 8;
      const uint8_t *more = take(wide);
      left = 0;
      for (size_t i = 0; i < wide; i++) left = left << 8 | more[i];
    }
    if (opcode == 8) stop("the server closed the WebSocket");
    if (opcode == 1 || opcode == 2) {
      binary = opcode == 2;
      offset = 0;
    }
    if (binary && start == 0) {
      start = now();
      getrusage(RUSAGE_SELF, &before);
    }
    while (left > 0) {
      if (filled == taken) refill();
      const size_t here = filled - taken < left ? filled - taken : (size_t)left;
      if (binary && opcode < 8) {
        /* The first place at or after this chunk's beginning that is checked. */
        uint64_t at = offset <= header ? header + (stamped ? FRAME_CHECK_STEP : 0) : header + (offset - header + FRAME_CHECK_STEP - 1) / FRAME_CHECK_STEP * FRAME_CHECK_STEP;
        for (; at < offset + here; at += FRAME_CHECK_STEP)
          if (buffer[taken + (at - offset)] != frame_byte(at - header)) stop("a byte is wrong");
        for (uint64_t i = offset; stamped && i < offset + here && i < header + sizeof(frame_stamp); i++) beginning[i] = buffer[taken + (i - offset)];
        offset += here;
        total += here;
      }
      taken += here;
      left -= here;
    }
    if (!binary || opcode > 2 || !final) continue;
    if (offset != header + bytes) stop("a message has another length than the frames");
    messages++;
    if (credit) send_text(credit);
    last = now();
    if (stamped) {
      frame_stamp stamp;
      memcpy(&sequence, beginning + SEQUENCE, sizeof sequence);
      memcpy(&stamp, beginning + header, sizeof stamp);
      if (stamp.number != sequence) stop("a frame has another number than its stamp");
      if (first == 0) {
        /* All until now was warming up. */
        messages = total = 0;
        if (last - start < warm_up) continue;
        first = sequence;
        start = last;
        getrusage(RUSAGE_SELF, &before);
        continue;
      }
      if (messages <= MOST_LATENCIES) latencies[messages - 1] = (uint64_t)(last * 1e9) - stamp.due;
    }
    if (last - start >= seconds) break;
  }
  getrusage(RUSAGE_SELF, &after);
  const double cpu = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
                     (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1e6;
  printf("{\"seconds\": %.6f, \"bytes\": %llu, \"messages\": %llu, \"cpu_seconds\": %.3f", last - start, (unsigned long long)total,
         (unsigned long long)messages, cpu);
  if (stamped) {
    printf(", \"frames\": %llu, \"published\": %llu, \"latencies_ns\": [", (unsigned long long)messages, (unsigned long long)(sequence - first));
    for (uint64_t i = 0; i < messages && i < MOST_LATENCIES; i++) printf("%s%llu", i ? ", " : "", (unsigned long long)latencies[i]);
    printf("]");
  }
  puts("}");
  return 0;
}
