/* Frames that tell their number on every page: harness/numbered_frames.py in C. */
#ifndef NUMBERED_FRAMES_H
#define NUMBERED_FRAMES_H

#include <stddef.h>
#include <stdint.h>

enum { MARK_STEP = 504 };
#define WARM_UP UINT32_C(0)
#define AFTER UINT32_C(0xF0000000)

static inline uint64_t mark_place(size_t mark) { return ((mark + 1) * UINT64_C(2654435761)) & UINT32_MAX; }

static inline void number_frame(uint64_t *frame, size_t words, uint32_t number) {
  for (size_t mark = 0; mark * MARK_STEP < words; mark++) frame[mark * MARK_STEP] = mark_place(mark) | (uint64_t)number << 32;
}

enum { FRAME_WHOLE = 0, FRAME_TORN = 1, FRAME_WRONG = 2 };

/* Reads every mark; what is wrong is found afterwards, as in Python. */
static inline int check_frame(const uint64_t *frame, size_t words, uint32_t *number) {
  const uint64_t first = frame[0] ^ mark_place(0);
  uint64_t different = 0;
  for (size_t mark = 0; mark * MARK_STEP < words; mark++) different |= (frame[mark * MARK_STEP] ^ mark_place(mark)) ^ first;
  *number = (uint32_t)(first >> 32);
  if ((uint32_t)first || (uint32_t)different) return FRAME_WRONG;
  return different ? FRAME_TORN : FRAME_WHOLE;
}

#endif
