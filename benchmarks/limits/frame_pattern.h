/* What the frames of a benchmark hold: every byte follows from its place, so that any part of any frame can be checked. */
#ifndef FRAME_PATTERN_H
#define FRAME_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/* One byte in so many is checked: enough to see a shift, a hole or a wrong frame, and too few to be seen in the time. */
enum { FRAME_CHECK_STEP = 4096 };

static inline uint8_t frame_byte(size_t offset) { return (uint8_t)(offset * 7 + (offset >> 8) * 13 + (offset >> 16) * 31 + 5); }

/* What a frame begins with where frames differ: when it was due (CLOCK_MONOTONIC, nanoseconds), and its sequence number. */
typedef struct {
  uint64_t due;
  uint64_t number;
} frame_stamp;

#endif
