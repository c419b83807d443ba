/* What the frames of `webmon bench` hold: each word follows from its place, and one word a page also from the frame's number, so that a
 * frame which is shifted, old, or put together from two is found out.
 *
 *   word 0            the frame's number
 *   word 1            when it was due, CLOCK_MONOTONIC nanoseconds
 *   every 4096 bytes  a mark of place and number, and so the last word
 *   all others        a mark of the place alone
 */
#ifndef WEBMON_STAMPED_FRAME_H
#define WEBMON_STAMPED_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Frames are at least STAMP_LEAST bytes, and a multiple of eight. */
enum { STAMP_STEP = 4096, STAMP_LEAST = 64, STAMP_RIGHT = -1 };

static inline uint64_t stamp_mark(uint64_t number, uint64_t offset) {
  uint64_t mark = number * 0x9e3779b97f4a7c15u ^ (offset + 1) * 0xbf58476d1ce4e5b9u;
  mark ^= mark >> 31;
  mark *= 0x94d049bb133111ebu;
  return mark ^ mark >> 29;
}

static inline uint64_t stamp_word(const void *frame, uint64_t offset) {
  uint64_t word;
  memcpy(&word, (const uint8_t *)frame + offset, 8);
  return word;
}

static inline void stamp_put(void *frame, uint64_t offset, uint64_t word) { memcpy((uint8_t *)frame + offset, &word, 8); }

/* What does not change from frame to frame. */
static inline void stamp_fill(void *frame, uint64_t bytes) {
  for (uint64_t offset = 0; offset < bytes; offset += 8) stamp_put(frame, offset, stamp_mark(0, offset));
}

/* What does: one word a page. */
static inline void stamp_frame(void *frame, uint64_t bytes, uint64_t number, uint64_t due) {
  for (uint64_t offset = STAMP_STEP; offset < bytes; offset += STAMP_STEP) stamp_put(frame, offset, stamp_mark(number, offset));
  stamp_put(frame, bytes - 8, stamp_mark(number, bytes - 8));
  stamp_put(frame, 0, number);
  stamp_put(frame, 8, due);
}

/* Whether every word that changes is that of the frame's own number; if not, where the first wrong one is. */
static inline int64_t stamp_check(const void *frame, uint64_t bytes) {
  const uint64_t number = stamp_word(frame, 0);
  for (uint64_t offset = STAMP_STEP; offset < bytes; offset += STAMP_STEP)
    if (stamp_word(frame, offset) != stamp_mark(number, offset)) return (int64_t)offset;
  return stamp_word(frame, bytes - 8) == stamp_mark(number, bytes - 8) ? STAMP_RIGHT : (int64_t)(bytes - 8);
}

/* The same for every word of the frame. */
static inline int64_t stamp_check_all(const void *frame, uint64_t bytes) {
  for (uint64_t offset = 16; offset < bytes - 8; offset += 8)
    if (offset % STAMP_STEP != 0 && stamp_word(frame, offset) != stamp_mark(0, offset)) return (int64_t)offset;
  return stamp_check(frame, bytes);
}

#endif
