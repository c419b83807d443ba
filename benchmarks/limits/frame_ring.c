/* The limit of a hop between processes: a ring of frames in shared memory, with sequence words and a futex, and nothing else.
 *
 *   frame_ring producer|consumer DIRECTORY BYTES SLOTS
 *
 * harness/two_processes.py plans on standard input what is measured, and reads on standard output what came of it, as with harness/hand_over.py: the
 * loops of which these are in C.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "numbered_frames.h"

enum { PAGE = 4096, MOST_SLOTS = 64, IDLE_MS = 20, SPIN_NS = 300000, START_LINE = 256 };

/* The first page; the slots follow. `head` is the number of commits, and of the newest frame's slot. */
typedef struct {
  _Atomic uint32_t head;
  _Alignas(64) struct { _Alignas(64) _Atomic uint64_t sequence; } slots[MOST_SLOTS - 1];
} ring;

typedef struct {
  int64_t start, end, period;
  uint32_t first, after;
} plan;

static ring *shared;
static uint8_t *payload;
static size_t bytes, slots;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void wait_until(int64_t due) {
  const int64_t until = due - SPIN_NS;
  const struct timespec time = {.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};
  if (until > now())
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR) {}
  while (now() < due) {}
}

static uint64_t *slot_of(uint32_t commit) { return (uint64_t *)(payload + (commit % slots) * bytes); }

/* Copies a frame into the oldest slot. */
static void publish(const uint64_t *frame) {
  const uint32_t commit = atomic_load_explicit(&shared->head, memory_order_relaxed) + 1;
  _Atomic uint64_t *sequence = &shared->slots[commit % slots].sequence;
  atomic_store_explicit(sequence, 2 * (uint64_t)commit - 1, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);
  memcpy(slot_of(commit), frame, bytes);
  atomic_store_explicit(sequence, 2 * (uint64_t)commit, memory_order_release);
  atomic_store_explicit(&shared->head, commit, memory_order_release);
  syscall(SYS_futex, &shared->head, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* Waits for a commit after `seen`, and reads the newest that stayed as it was meanwhile: its state and number, and when it was read. */
static uint32_t take(uint32_t seen, int *state, uint32_t *number, int64_t *time) {
  for (;;) {
    const uint32_t head = atomic_load_explicit(&shared->head, memory_order_acquire);
    if (head == seen) {
      syscall(SYS_futex, &shared->head, FUTEX_WAIT, seen, NULL, NULL, 0);
      continue;
    }
    _Atomic uint64_t *sequence = &shared->slots[head % slots].sequence;
    if (atomic_load_explicit(sequence, memory_order_acquire) != 2 * (uint64_t)head) continue;
    *state = check_frame(slot_of(head), bytes / 8, number);
    *time = now();
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(sequence, memory_order_relaxed) == 2 * (uint64_t)head) return head;
  }
}

static void map(const char *directory, int create) {
  char path[4096];
  snprintf(path, sizeof path, "%s/ring", directory);
  const size_t size = PAGE + slots * bytes;
  const int file = open(path, create ? O_RDWR | O_CREAT | O_EXCL : O_RDWR, 0600);
  void *base = MAP_FAILED;
  if (file >= 0 && (!create || ftruncate(file, (off_t)size) == 0)) base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
  if (base == MAP_FAILED) {
    perror(path);
    exit(1);
  }
  shared = base;
  payload = (uint8_t *)base + PAGE;
}

static void say(const char *text) {
  puts(text);
  fflush(stdout);
}

static int heard(int milliseconds) {
  struct pollfd input = {.fd = 0, .events = POLLIN};
  return poll(&input, 1, milliseconds) > 0;
}

/* The next line; 0 if it says that this is the end. Unbuffered, so that `heard` is true to it. */
static int hear(char *line) {
  size_t length = 0;
  while (length < START_LINE - 1 && read(0, line + length, 1) == 1 && line[length] != '\n') length++;
  line[length] = 0;
  return length > 0 && strcmp(line, "null") != 0;
}

static plan planned(const char *line) {
  plan found;
  if (sscanf(line, "[%ld, %ld, %ld, %u, %u]", &found.start, &found.end, &found.period, &found.first, &found.after) != 5) {
    fprintf(stderr, "frame_ring: no plan: %s\n", line);
    exit(1);
  }
  return found;
}

static void produce(void) {
  uint64_t *frame = malloc(bytes);
  if (!frame) exit(1);
  memset(frame, 0x5A, bytes);
  uint32_t number = WARM_UP;
  char line[START_LINE];
  say("\"ready\"");
  for (;;) {
    if (heard(IDLE_MS)) {
      if (!hear(line)) break;
      const plan plan = planned(line);
      number = plan.first;
      if (plan.period) {
        const int64_t due = (plan.end - plan.start) / plan.period;
        for (int64_t index = 0; index < due;) {
          number_frame(frame, bytes / 8, plan.first + (uint32_t)index);
          wait_until(plan.start + index * plan.period);
          publish(frame);
          const int64_t newest = (now() - plan.start) / plan.period;
          index = newest > index ? newest : index + 1;
        }
      } else {
        for (wait_until(plan.start); now() < plan.end; publish(frame)) number_frame(frame, bytes / 8, number++);
      }
      number = plan.after;
    }
    number_frame(frame, bytes / 8, number);
    publish(frame);
  }
  free(frame);
}

/* Each frame that was due and came no later than this one, or was passed over for it, was waited for until now. */
static void waited(const plan *plan, uint32_t last, uint32_t number, int64_t time, int64_t *latencies) {
  for (uint32_t each = last + 1; each <= number; each++)
    latencies[each - plan->first] = time - plan->start - (int64_t)(each - plan->first) * plan->period;
}

static void tell(const plan *plan, uint64_t taken, uint64_t torn, uint32_t last, const int64_t *latencies) {
  printf("{\"taken\": %lu, \"torn\": %lu, \"passed\": %u, \"latencies\": [", taken, torn, last - plan->first + 1);
  const int64_t due = plan->period ? (plan->end - plan->start) / plan->period : 0;
  for (int64_t index = 0; index < due; index++) printf(index ? ", %ld" : "%ld", latencies[index]);
  say("]}");
}

static void consume(void) {
  uint32_t seen = 0, number, last = 0;
  uint64_t taken = 0, torn = 0;
  int64_t *latencies = NULL, time;
  int state, measuring = 0, first = 1;
  plan plan = {0};
  char line[START_LINE];
  for (;;) {
    seen = take(seen, &state, &number, &time);
    if (state == FRAME_WRONG) {
      fprintf(stderr, "frame_ring: a wrong byte in frame %u\n", number);
      exit(1);
    }
    if (state == FRAME_WHOLE && (number == WARM_UP || number >= AFTER)) {
      if (first) say("\"ready\"");
      first = 0;
      if (measuring && number == plan.after) {
        if (plan.period) waited(&plan, last, plan.first + (uint32_t)((plan.end - plan.start) / plan.period) - 1, time, latencies);
        tell(&plan, taken, torn, last, latencies);
        measuring = 0;
      } else if (!measuring && heard(0)) {
        if (!hear(line)) return;
        say("\"here\"");
        hear(line);
        plan = planned(line);
        if (plan.period) latencies = realloc(latencies, sizeof *latencies * (size_t)((plan.end - plan.start) / plan.period + 1));
        last = plan.first - 1;
        taken = torn = 0;
        measuring = 1;
      }
    } else if (measuring && (plan.period || time <= plan.end)) {
      if (state == FRAME_TORN) {
        torn++;
      } else if (number > last) {
        if (plan.period) waited(&plan, last, number, time, latencies);
        last = number;
        taken++;
      }
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: frame_ring producer|consumer DIRECTORY BYTES SLOTS\n");
    return 64;
  }
  const int producer = strcmp(argv[1], "producer") == 0;
  bytes = strtoull(argv[3], NULL, 10);
  slots = strtoull(argv[4], NULL, 10);
  if (bytes % 8 || slots < 2 || slots >= MOST_SLOTS) return 64;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  map(argv[2], producer);
  if (producer)
    produce();
  else
    consume();
  return 0;
}
