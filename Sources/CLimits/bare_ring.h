/* The limit of one process giving frames to another: a ring in shared memory, a memcpy, and a futex. Nothing keeps the writer off a slot
 * that is being read, nobody is counted, and nothing is checked but the frames. */
#ifndef WEBMON_BARE_RING_H
#define WEBMON_BARE_RING_H

#include <errno.h>
#include <linux/futex.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "limit_memory.h"
#include "stamped_frame.h"

enum { BARE_HEAD_BYTES = 4096 };

/* At the begin of the memory; the slots follow after BARE_HEAD_BYTES, each on pages of its own. */
struct bare_ring {
  uint32_t head;  /* frames so far: the futex */
  uint32_t slots;
  uint32_t last;  /* the number after which nothing comes; 0: not known yet */
  uint64_t bytes, stride;
};

static inline uint64_t bare_stride(uint64_t bytes) { return (bytes + BARE_HEAD_BYTES - 1) / BARE_HEAD_BYTES * BARE_HEAD_BYTES; }

static inline void bare_ring_make(struct bare_ring *ring, uint32_t slots, uint64_t bytes) {
  ring->slots = slots;
  ring->bytes = bytes;
  ring->stride = bare_stride(bytes);
  ring->last = 0;
  __atomic_store_n(&ring->head, 0, __ATOMIC_SEQ_CST);
}

static inline void *bare_slot(struct bare_ring *ring, uint32_t number) {
  return (uint8_t *)ring + BARE_HEAD_BYTES + number % ring->slots * ring->stride;
}

static inline uint32_t bare_head(struct bare_ring *ring) { return __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE); }

/* Copies a frame in, and wakes whoever waits. */
static inline void bare_put(struct bare_ring *ring, const void *frame) {
  const uint32_t number = ring->head + 1;
  memcpy(bare_slot(ring, number), frame, ring->bytes);
  __atomic_store_n(&ring->head, number, __ATOMIC_RELEASE);
  syscall(SYS_futex, &ring->head, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* The frame that is put next is the last. */
static inline void bare_announce_last(struct bare_ring *ring) { __atomic_store_n(&ring->last, ring->head + 1, __ATOMIC_RELEASE); }

/* The newest number, once it is another than `seen`. */
static inline uint32_t bare_wait(struct bare_ring *ring, uint32_t seen) {
  for (;;) {
    const uint32_t head = bare_head(ring);
    if (head != seen) return head;
    syscall(SYS_futex, &ring->head, FUTEX_WAIT, seen, NULL, NULL, 0);
  }
}

/* What one reader found. */
struct bare_report {
  uint64_t frames, missed, torn, first, last; /* first, last: when these frames were here */
  uint64_t *latencies, latencies_count, latencies_room;
};

/* Takes the newest frame again and again, until the last: in place, or into `copy`. The first `skip` numbers are not counted.
 * `seen` is the head from before anybody was told that this reader is ready: what is put at once is not missed. */
static inline void bare_read(struct bare_ring *ring, uint32_t seen, void *copy, uint32_t skip, struct bare_report *report) {
  const uint32_t counted = seen + skip;
  for (;;) {
    const uint32_t before = seen;
    seen = bare_wait(ring, seen);
    const void *frame = bare_slot(ring, seen);
    if (copy) frame = memcpy(copy, frame, ring->bytes);
    const int is_right = stamp_check(frame, ring->bytes) == STAMP_RIGHT;
    const uint64_t now = limit_now(), due = stamp_word(frame, 8);
    if (seen > counted) {
      if (report->frames++ == 0) report->first = now;
      else report->missed += seen - before - 1;
      report->torn += !is_right;
      report->last = now;
      if (report->latencies_count < report->latencies_room) report->latencies[report->latencies_count++] = now > due ? now - due : 0;
    }
    if (seen == __atomic_load_n(&ring->last, __ATOMIC_ACQUIRE)) return;
  }
}

/* Sends a frame there and waits for its answer, so many times: how long each took. Negative if an answer is wrong. */
static inline int bare_ping(struct bare_ring *there, struct bare_ring *back, void *frame, uint32_t times, uint64_t *latencies) {
  for (uint32_t i = 0; i < times; i++) {
    const uint32_t number = there->head + 1, seen = bare_head(back);
    stamp_frame(frame, there->bytes, number, 0);
    const uint64_t begin = limit_now();
    bare_put(there, frame);
    const uint32_t answer = bare_wait(back, seen);
    latencies[i] = limit_now() - begin;
    const void *got = bare_slot(back, answer);
    if (stamp_word(got, 0) != number || stamp_check(got, back->bytes) != STAMP_RIGHT) return -1;
  }
  return 0;
}

/* Sends back what comes after `seen`, for ever. */
static inline void bare_pong(struct bare_ring *there, struct bare_ring *back, uint32_t seen) {
  for (;;) {
    seen = bare_wait(there, seen);
    bare_put(back, bare_slot(there, seen));
  }
}

#endif
