/* Publishes frames at intended times, each with the time at which it was due and its number, and touches no more of them.
 *
 *   stamped_producer DIRECTORY NAME BYTES SLOTS NANOSECONDS
 *
 * The slots hold the pattern of frame_pattern.h behind the stamp. Prints "ready", publishes every NANOSECONDS, and ends when standard input
 * does; then prints JSON: published, dropped (every slot was leased), CPU seconds.
 */
#define _GNU_SOURCE
#include <arrayshm.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include "frame_pattern.h"

/* The wish to end is looked for so often at least. */
static const uint64_t look_ns = 10000000;

static int fail(const char *doing) {
  fprintf(stderr, "stamped_producer: %s: %s\n", doing, arrayshm_error_message());
  return 1;
}

static double cpu_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "usage: stamped_producer DIRECTORY NAME BYTES SLOTS NANOSECONDS\n");
    return 64;
  }
  const uint64_t bytes = strtoull(argv[3], NULL, 10), slots = strtoull(argv[4], NULL, 10), period = strtoull(argv[5], NULL, 10);
  if (bytes < sizeof(frame_stamp)) {
    fprintf(stderr, "stamped_producer: a frame has at least %zu bytes\n", sizeof(frame_stamp));
    return 64;
  }
  arrayshm_options options = {.kind = ARRAYSHM_FRAMES, .directory = argv[1], .name = argv[2], .descr = "'|u1'", .ndim = 1, .shape = &bytes, .slots = slots};
  arrayshm_writer *writer = arrayshm_create(&options);
  if (!writer) return fail("create");
  void *base;
  arrayshm_memory *memory = arrayshm_writer_memory(writer, &base);
  arrayshm_description segment;
  if (!memory || arrayshm_writer_describe(writer, &segment) != ARRAYSHM_OK) return fail("map");
  for (uint64_t slot = 0; slot < slots; slot++)
    for (uint64_t i = 0; i < bytes; i++) ((uint8_t *)base)[slot * segment.stride + i] = frame_byte(i);

  puts("ready");
  fflush(stdout);
  /* Sleeps are else up to 50 us too long. */
  prctl(PR_SET_TIMERSLACK, 1UL);
  const double before = cpu_seconds();
  uint64_t published = 0, dropped = 0, due = arrayshm_now(), looked = due;
  for (;;) {
    due += period;
    for (uint64_t now = arrayshm_now(); now < due || now >= looked + look_ns; now = arrayshm_now()) {
      /* The sleep ends with standard input, too. */
      const uint64_t left = now < due ? due - now : 0;
      const struct timespec time = {.tv_sec = (time_t)(left / 1000000000), .tv_nsec = (long)(left % 1000000000)};
      struct pollfd input = {.fd = 0, .events = POLLIN};
      looked = now;
      if (ppoll(&input, 1, &time, NULL) > 0) goto ended;
    }
    const int32_t slot = arrayshm_loan(writer);
    if (slot == ARRAYSHM_DROPPED) {
      dropped++;
      continue;
    }
    if (slot < 0) return fail("loan");
    const frame_stamp stamp = {due, ++published};
    memcpy((uint8_t *)base + (uint64_t)slot * segment.stride, &stamp, sizeof stamp);
    if (arrayshm_commit(writer, (uint32_t)slot, NULL, NULL) != ARRAYSHM_OK) return fail("commit");
  }
ended:
  printf("{\"published\": %llu, \"dropped\": %llu, \"cpu_seconds\": %.6f}\n", (unsigned long long)published, (unsigned long long)dropped,
         cpu_seconds() - before);
  arrayshm_memory_release(memory);
  arrayshm_writer_free(writer);
  return 0;
}
