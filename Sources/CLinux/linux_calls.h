/* Linux calls that Swift cannot import: `syscall` and `fcntl` are variadic, and glibc wraps neither futex nor futex_waitv.
 * Each returns 0 or a useful non-negative number, or a negative errno. */
#ifndef WEBMON_LINUX_CALLS_H
#define WEBMON_LINUX_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef F_OFD_GETLK /* glibc shows them only with _GNU_SOURCE */
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#endif

/* Shared (no FUTEX_PRIVATE_FLAG): the word lies in a file that several processes map. */
static inline int linux_futex_wait(const uint32_t *word, uint32_t expected, const struct timespec *relative) {
  return syscall(SYS_futex, word, FUTEX_WAIT, expected, relative, NULL, 0) == 0 ? 0 : -errno;
}

static inline int linux_futex_wake_all(const uint32_t *word) {
  long woken = syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
  return woken >= 0 ? (int)woken : -errno;
}

/* Waits on up to 128 words at once until an absolute CLOCK_MONOTONIC time. The index of a woken word. */
static inline int linux_futex_wait_many(const uint32_t *const *words, const uint32_t *expected, uint32_t count,
                                        const struct timespec *deadline) {
  struct futex_waitv waiters[FUTEX_WAITV_MAX];
  if (count > FUTEX_WAITV_MAX) return -EINVAL;
  for (uint32_t i = 0; i < count; i++) {
    waiters[i].val = expected[i];
    waiters[i].uaddr = (uint64_t)(uintptr_t)words[i];
    waiters[i].flags = FUTEX_32;
    waiters[i].__reserved = 0;
  }
  long index = syscall(SYS_futex_waitv, waiters, count, 0, deadline, CLOCK_MONOTONIC);
  return index >= 0 ? (int)index : -errno;
}

/* Sets or drops (type: F_RDLCK, F_WRLCK, F_UNLCK) an open-file-description lock on bytes of a file. Never waits. */
static inline int linux_set_lock(int fd, short type, int64_t start, int64_t length) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length, .l_pid = 0};
  return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : -errno;
}

/* Whether somebody else's lock stands in the way of an exclusive one on these bytes: 1, and where it starts, or 0. */
static inline int linux_find_lock(int fd, int64_t start, int64_t length, int64_t *found) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length, .l_pid = 0};
  if (fcntl(fd, F_OFD_GETLK, &lock) != 0) return -errno;
  if (lock.l_type == F_UNLCK) return 0;
  *found = lock.l_start;
  return 1;
}

#endif
