/* Forks while threads are in the middle of writing and reading: every child must find its locks open, refuse its parent's
 * writers, and be able to use segments of its own with several threads. Ends with "forked N times". */
#include <arrayshm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORKS = 40, WORDS = 1 << 16 };

static arrayshm_writer *frames, *records;
static arrayshm_reader *reader;
static atomic_bool stop;

static arrayshm_writer *create(uint32_t kind, const char *name) {
  const uint64_t shape[] = {WORDS};
  arrayshm_options options = {.kind = kind, .name = name, .descr = "'<u8'", .ndim = kind == ARRAYSHM_FRAMES, .shape = shape, .slots = 4};
  return arrayshm_create(&options);
}

static void *put_frames(void *writer) {
  uint64_t *frame = calloc(WORDS, 8);
  while (!stop) arrayshm_put(writer, frame, WORDS * 8, NULL, NULL);
  free(frame);
  return NULL;
}

static void *append_records(void *writer) {
  uint64_t batch[64] = {0};
  while (!stop) arrayshm_append(writer, batch, 64, NULL);
  return NULL;
}

static void *read_frames(void *unused) {
  (void)unused;
  while (!stop) {
    const void *frame;
    arrayshm_frame_info info;
    arrayshm_memory_release(arrayshm_lease_latest(reader, &frame, &info));
    arrayshm_subscribe(reader, true);
    arrayshm_subscribe(reader, false);
  }
  return NULL;
}

static int be_child(int number) {
  uint64_t record = 0;
  alarm(20); /* a hang is a failure */
  if (arrayshm_append(records, &record, 1, NULL) != ARRAYSHM_FORKED) return 2;
  if (arrayshm_loan(frames) != ARRAYSHM_FORKED || arrayshm_wanted(frames) != ARRAYSHM_FORKED) return 3;
  const void *frame;
  arrayshm_frame_info info;
  arrayshm_memory *lease = arrayshm_lease_latest(reader, &frame, &info);
  if (!lease) return 4;
  arrayshm_memory_release(lease);

  /* A writer of its own, used by two threads at once. */
  char name[32];
  snprintf(name, sizeof name, "child%d", number);
  arrayshm_writer *own = create(ARRAYSHM_LOG, name);
  if (!own) return 5;
  stop = false;
  pthread_t threads[2];
  for (int i = 0; i < 2; i++)
    if (pthread_create(&threads[i], NULL, append_records, own)) return 6;
  usleep(20000);
  stop = true;
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  arrayshm_writer_free(own);
  arrayshm_writer_free(frames);
  return 0;
}

int main(void) {
  frames = create(ARRAYSHM_FRAMES, "frames");
  records = create(ARRAYSHM_LOG, "records");
  uint64_t *first = calloc(WORDS, 8);
  if (!frames || !records || arrayshm_put(frames, first, WORDS * 8, NULL, NULL) != ARRAYSHM_OK) return 1;
  reader = arrayshm_open(NULL, "frames");
  if (!reader) return 1;
  pthread_t threads[6];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, put_frames, frames);
  for (int i = 2; i < 4; i++) pthread_create(&threads[i], NULL, append_records, records);
  for (int i = 4; i < 6; i++) pthread_create(&threads[i], NULL, read_frames, NULL);
  for (int number = 0; number < FORKS; number++) {
    pid_t child = fork();
    if (child == 0) _exit(be_child(number));
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) {
      fprintf(stderr, "child %d ended with status %x\n", number, (unsigned)status);
      return 1;
    }
  }
  stop = true;
  for (int i = 0; i < 6; i++) pthread_join(threads[i], NULL);
  free(first);
  arrayshm_reader_free(reader);
  arrayshm_writer_free(frames);
  arrayshm_writer_free(records);
  printf("forked %d times\n", FORKS);
  return 0;
}
