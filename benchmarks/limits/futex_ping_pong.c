/* The limit of a wake-up: two processes that wake each other with a futex, and nothing else.
 *
 *   futex_ping_pong SECONDS MOST WARM_UP
 *
 * 64 bytes go there and back; they are compared. Prints a JSON list of what each round took, in nanoseconds, but for the first WARM_UP.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS = 8 };

/* One direction: the message, and how many were sent. */
typedef struct {
  _Alignas(64) _Atomic uint32_t count;
  _Alignas(64) uint64_t message[WORDS];
} way;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void send_message(way *to, const uint64_t *message, uint32_t count) {
  memcpy(to->message, message, sizeof to->message);
  atomic_store_explicit(&to->count, count, memory_order_release);
  syscall(SYS_futex, &to->count, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

static void receive(way *from, uint64_t *message, uint32_t count) {
  while (atomic_load_explicit(&from->count, memory_order_acquire) != count) syscall(SYS_futex, &from->count, FUTEX_WAIT, count - 1, NULL, NULL, 0);
  memcpy(message, from->message, sizeof from->message);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: futex_ping_pong SECONDS MOST WARM_UP\n");
    return 64;
  }
  const int64_t end = now() + (int64_t)(strtod(argv[1], NULL) * 1e9);
  const uint32_t warm_up = (uint32_t)atoi(argv[3]), most = (uint32_t)atoi(argv[2]) + warm_up;
  int64_t *rounds = malloc(sizeof *rounds * most);
  way *ways = mmap(NULL, 2 * sizeof *ways, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (!rounds || ways == MAP_FAILED) return 1;
  const pid_t pong = fork();
  if (pong < 0) return 1;
  uint64_t message[WORDS], found[WORDS];
  if (pong == 0) {
    uint32_t count = 1;
    do {
      receive(&ways[0], found, count);
      send_message(&ways[1], found, count++);
    } while (found[0]);
    return 0;
  }
  uint32_t count = 0;
  while (count < most && (count <= warm_up || now() < end)) {
    for (size_t word = 0; word < WORDS; word++) message[word] = count + 1;
    const int64_t start = now();
    send_message(&ways[0], message, count + 1);
    receive(&ways[1], found, count + 1);
    rounds[count++] = now() - start;
    if (memcmp(message, found, sizeof message) != 0) {
      fprintf(stderr, "futex_ping_pong: a wrong byte in round %u\n", count);
      return 1;
    }
  }
  memset(message, 0, sizeof message);
  send_message(&ways[0], message, count + 1);
  waitpid(pong, NULL, 0);
  putchar('[');
  for (uint32_t round = warm_up; round < count; round++) printf(round > warm_up ? ", %ld" : "%ld", rounds[round]);
  puts("]");
  return 0;
}
