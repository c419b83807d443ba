/* Reads frames in place, through the C interface: what a process that draws by itself would do.
 *
 *   direct DIRECTORY NAME SECONDS
 *
 * Takes the newest frame (limits/stamped_producer.c) again and again, waits if there is none, and compares a byte of every page and the
 * stamp: a wrong one ends it with an error. Prints "ready" once it reads, and after SECONDS, which begin WARM_UP after the first frame,
 * JSON: seconds, frames, published (meanwhile), bytes, cpu_seconds, outside (frames whose bytes do not lie in the segment's mapping: that
 * were copied), latencies_ns (since a frame was due, until its last page was read).
 */
#define _GNU_SOURCE
#include <arrayshm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../limits/frame_pattern.h"

enum { RANGES = 16, MOST_LATENCIES = 1 << 20 };
static const uint64_t warm_up_ns = 200000000;

static struct {
  uintptr_t from, to;
} ranges[RANGES];
static size_t mapped;
static uint64_t latencies[MOST_LATENCIES];

static void stop(const char *why) {
  fprintf(stderr, "direct: %s\n", why);
  exit(1);
}

/* Where the segment's file is mapped, as the kernel tells. */
static void find_mappings(const char *name) {
  char line[8192], end[160];
  snprintf(end, sizeof end, "/%s.npy\n", name);
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps && fgets(line, sizeof line, maps)) {
    const size_t length = strlen(line), wanted = strlen(end);
    if (length < wanted || strcmp(line + length - wanted, end) != 0 || mapped == RANGES) continue;
    ranges[mapped].from = strtoull(line, NULL, 16);
    ranges[mapped++].to = strtoull(strchr(line, '-') + 1, NULL, 16);
  }
  if (maps) fclose(maps);
  if (mapped == 0) stop("the segment is not mapped");
}

static int is_outside(const void *frame, size_t bytes) {
  for (size_t i = 0; i < mapped; i++)
    if ((uintptr_t)frame >= ranges[i].from && (uintptr_t)frame + bytes <= ranges[i].to) return 0;
  return 1;
}

static double cpu_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 4) stop("usage: direct DIRECTORY NAME SECONDS");
  const uint64_t length = (uint64_t)(strtod(argv[3], NULL) * 1e9);
  arrayshm_reader *reader = arrayshm_open(argv[1], argv[2]);
  arrayshm_description segment;
  if (!reader || arrayshm_describe(reader, &segment) != ARRAYSHM_OK || arrayshm_subscribe(reader, true) != ARRAYSHM_OK) stop(arrayshm_error_message());
  find_mappings(argv[2]);
  const size_t bytes = segment.stride;
  puts("ready");
  fflush(stdout);

  uint64_t last = 0, first = 0, frames = 0, outside = 0, begin = 0, now = 0;
  double cpu = 0;
  for (;;) {
    arrayshm_frame_info info;
    const void *frame;
    arrayshm_memory *memory = arrayshm_lease_latest(reader, &frame, &info);
    if (!memory && arrayshm_error_code() != ARRAYSHM_NONE) stop(arrayshm_error_message());
    if (!memory || info.sequence == last) {
      if (memory) arrayshm_memory_release(memory);
      if (arrayshm_wait(reader, last, -1) != ARRAYSHM_OK) stop(arrayshm_error_message());
      continue;
    }
    frame_stamp stamp;
    memcpy(&stamp, frame, sizeof stamp);
    if (stamp.number != info.sequence) stop("a frame has another number than its stamp");
    for (size_t at = FRAME_CHECK_STEP; at < bytes; at += FRAME_CHECK_STEP)
      if (((const uint8_t *)frame)[at] != frame_byte(at)) stop("a byte is wrong");
    if (bytes > sizeof stamp && ((const uint8_t *)frame)[bytes - 1] != frame_byte(bytes - 1)) stop("the last byte is wrong");
    now = arrayshm_now();
    last = info.sequence;
    outside += (uint64_t)is_outside(frame, bytes);
    arrayshm_memory_release(memory);
    if (begin == 0) begin = now + warm_up_ns;
    if (now < begin) continue;
    if (first == 0) {
      first = last;
      begin = now;
      cpu = cpu_seconds();
      continue;
    }
    if (frames < MOST_LATENCIES) latencies[frames] = now - stamp.due;
    frames++;
    if (now - begin >= length) break;
  }
  printf("{\"seconds\": %.9f, \"frames\": %llu, \"published\": %llu, \"bytes\": %llu, \"cpu_seconds\": %.6f, \"outside\": %llu, \"latencies_ns\": [",
         (double)(now - begin) / 1e9, (unsigned long long)frames, (unsigned long long)(last - first), (unsigned long long)(frames * bytes),
         cpu_seconds() - cpu, (unsigned long long)outside);
  for (uint64_t i = 0; i < frames && i < MOST_LATENCIES; i++) printf("%s%llu", i ? ", " : "", (unsigned long long)latencies[i]);
  puts("]}");
  arrayshm_reader_free(reader);
  return 0;
}
