/* Memory of the limits: shared and touched, as that of a segment is. */
#ifndef WEBMON_LIMIT_MEMORY_H
#define WEBMON_LIMIT_MEMORY_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Pages that this process alone has, of the kind that processes can share. NULL, and errno, if there are not so many. */
static inline void *limit_memory(size_t bytes) {
  void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return base == MAP_FAILED ? NULL : base;
}

/* A file without a name, of so many bytes; it goes with its last descriptor. Or a negative errno. */
static inline int limit_file(size_t bytes) {
  const int file = (int)syscall(SYS_memfd_create, "webmon-bench", 1u /* MFD_CLOEXEC */);
  if (file < 0) return -errno;
  if (ftruncate(file, (off_t)bytes) < 0) {
    const int error = errno;
    close(file);
    return -error;
  }
  return file;
}

/* All of such a file, touched. NULL, and errno, if that cannot be. */
static inline void *limit_map(int file, size_t bytes) {
  void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
  return base == MAP_FAILED ? NULL : base;
}

static inline uint64_t limit_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Has this thread woken when it asked to be, not within the usual 50 us after. */
static inline void limit_wake_in_time(void) { prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul); }

static inline void limit_sleep_until(uint64_t due) {
  const struct timespec until = {.tv_sec = (time_t)(due / 1000000000u), .tv_nsec = (long)(due % 1000000000u)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {}
}

/* Sleeps until shortly before a time, and looks at the clock for the rest: what is due is done when it is due. */
static inline void limit_wait_until(uint64_t due) {
  enum { AWAKE = 150000 };
  if (limit_now() + AWAKE < due) limit_sleep_until(due - AWAKE);
  while (limit_now() < due) {}
}

/* CPU time of a process so far, all its threads, in nanoseconds; 0 if there is no such process. */
static inline uint64_t limit_cpu(pid_t process) {
  clockid_t clock;
  struct timespec time;
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

#endif
