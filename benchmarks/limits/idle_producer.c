/* Publishes frames again and again without touching them: the load of a producer that costs nothing.
 *
 *   idle_producer DIRECTORY NAME BYTES SLOTS MICROSECONDS
 *
 * The slots hold the pattern of frame_pattern.h. Prints "ready", publishes every MICROSECONDS, and ends when standard input does.
 */
#include <arrayshm.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "frame_pattern.h"

static int fail(const char *doing) {
  fprintf(stderr, "idle_producer: %s: %s\n", doing, arrayshm_error_message());
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: idle_producer DIRECTORY NAME BYTES SLOTS MICROSECONDS\n");
    return 64;
  }
  const uint64_t bytes = strtoull(argv[3], NULL, 10), slots = strtoull(argv[4], NULL, 10);
  const uint64_t pause = strtoull(argv[5], NULL, 10) * 1000;
  arrayshm_options options = {.kind = ARRAYSHM_FRAMES, .directory = argv[1], .name = argv[2], .descr = "'|u1'", .ndim = 1, .shape = &bytes, .slots = slots};
  arrayshm_writer *writer = arrayshm_create(&options);
  if (!writer) return fail("create");
  void *base;
  arrayshm_memory *memory = arrayshm_writer_memory(writer, &base);
  if (!memory) return fail("map");
  for (uint64_t slot = 0; slot < slots; slot++)
    for (uint64_t i = 0; i < bytes; i++) ((uint8_t *)base)[slot * bytes + i] = frame_byte(i);

  puts("ready");
  fflush(stdout);
  uint64_t due = arrayshm_now();
  for (;;) {
    int32_t slot = arrayshm_loan(writer);
    if (slot >= 0) {
      if (arrayshm_commit(writer, (uint32_t)slot, NULL, NULL) != ARRAYSHM_OK) return fail("commit");
    } else if (slot != ARRAYSHM_DROPPED) {
      return fail("loan");
    }
    due += pause;
    const struct timespec until = {.tv_sec = (time_t)(due / 1000000000), .tv_nsec = (long)(due % 1000000000)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    struct pollfd input = {.fd = 0, .events = POLLIN};
    if (poll(&input, 1, 0) > 0) break;
  }
  arrayshm_memory_release(memory);
  arrayshm_writer_free(writer);
  return 0;
}
