/* Calls every function of arrayshm.h, right and wrong, in a directory of its own ($WEBMON_DIR). */
#include <arrayshm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition)                                                                                    \
  do {                                                                                                      \
    if (!(condition)) {                                                                                     \
      printf("line %d: %s is false; last error %d: %s\n", __LINE__, #condition, arrayshm_error_code(),      \
             arrayshm_error_message());                                                                     \
      exit(1);                                                                                              \
    }                                                                                                       \
  } while (0)

static const uint64_t shape[] = {4, 8};

static arrayshm_options options(uint32_t kind, const char *name) {
  return (arrayshm_options){.kind = kind, .name = name, .descr = "'<u4'", .ndim = kind == ARRAYSHM_LOG ? 0 : 2, .shape = shape, .slots = 4};
}

static void check_frames(void) {
  arrayshm_options o = options(ARRAYSHM_FRAMES, "frames");
  o.metadata = "{\"a\": 1}";
  o.flags = ARRAYSHM_FLAG_RECARRAY;
  arrayshm_writer *writer = arrayshm_create(&o);
  CHECK(writer);
  CHECK(!arrayshm_create(&o) && arrayshm_error_code() == ARRAYSHM_BUSY && strstr(arrayshm_error_message(), "frames"));

  arrayshm_description d;
  CHECK(arrayshm_writer_describe(writer, &d) == ARRAYSHM_OK);
  CHECK(d.kind == ARRAYSHM_FRAMES && d.ndim == 2 && d.shape[0] == 4 && d.shape[1] == 8 && d.slots == 4);
  CHECK(d.itemsize == 4 && d.stride == 128 && d.nbytes == 512 && d.flags == ARRAYSHM_FLAG_RECARRAY);
  CHECK(!strcmp(d.name, "frames") && !strcmp(d.descr, "'<u4'") && !strcmp(d.metadata, "{\"a\": 1}") && strstr(d.path, "/frames.npy"));

  arrayshm_reader *reader = arrayshm_open(NULL, "frames");
  CHECK(reader);
  const void *frame;
  arrayshm_frame_info info;
  uint64_t missed, sequence;
  CHECK(!arrayshm_lease_latest(reader, &frame, &info) && arrayshm_error_code() == ARRAYSHM_NONE);
  CHECK(arrayshm_wait(reader, 0, 0) == ARRAYSHM_TIMEOUT);
  CHECK(arrayshm_wanted(writer) == 0);
  CHECK(arrayshm_subscribe(reader, true) == ARRAYSHM_OK && arrayshm_wanted(writer) == 1);
  CHECK(arrayshm_subscribe(reader, false) == ARRAYSHM_OK && arrayshm_wanted(writer) == 0);

  uint32_t pixels[32];
  for (uint32_t i = 0; i < 32; i++) pixels[i] = i;
  CHECK(arrayshm_put(writer, pixels, 127, NULL, NULL) == ARRAYSHM_INVALID);
  CHECK(arrayshm_put(writer, NULL, 128, NULL, NULL) == ARRAYSHM_INVALID);
  uint64_t before = arrayshm_now();
  CHECK(arrayshm_put(writer, pixels, 128, NULL, &sequence) == ARRAYSHM_OK && sequence == 1);
  CHECK(arrayshm_wait(reader, 0, -1) == ARRAYSHM_OK);

  arrayshm_memory *lease = arrayshm_lease_latest(reader, &frame, &info);
  CHECK(lease && !memcmp(frame, pixels, 128) && info.sequence == 1 && info.valid_bytes == 128);
  CHECK(info.published_ns >= before && info.published_ns <= arrayshm_now());
  CHECK(arrayshm_lease_intact(lease) && arrayshm_leases(reader) == 1);
  CHECK(arrayshm_sequence(reader) == info.sequence && arrayshm_sequence(NULL) == 0);

  void *base;
  arrayshm_memory *memory = arrayshm_writer_memory(writer, &base);
  CHECK(memory);
  int32_t slot = arrayshm_loan(writer);
  CHECK(slot >= 0);
  ((uint32_t *)base)[slot * 32] = 4711;
  CHECK(arrayshm_commit(writer, 99, NULL, NULL) == ARRAYSHM_INVALID);
  arrayshm_frame_info where = {.level = 1, .plane = 2, .y = 3, .x = 4, .h = 5, .w = 6, .user = 7, .valid_bytes = 64, .published_ns = 8};
  CHECK(arrayshm_commit(writer, (uint32_t)slot, &where, &sequence) == ARRAYSHM_OK && sequence == 2);
  arrayshm_memory *next = arrayshm_lease_next(reader, 1, &frame, &info, &missed);
  CHECK(next && *(const uint32_t *)frame == 4711 && missed == 0 && info.sequence == 2);
  CHECK(info.level == 1 && info.plane == 2 && info.y == 3 && info.x == 4 && info.h == 5 && info.w == 6 && info.user == 7);
  CHECK(info.valid_bytes == 64 && info.published_ns == 8);
  CHECK(!arrayshm_lease_next(reader, 2, &frame, &info, &missed) && arrayshm_error_code() == ARRAYSHM_NONE);
  slot = arrayshm_loan(writer);
  CHECK(arrayshm_abandon(writer, (uint32_t)slot) == ARRAYSHM_OK && arrayshm_abandon(writer, (uint32_t)slot) == ARRAYSHM_INVALID);

  uint32_t copy[32];
  CHECK(arrayshm_copy_latest(reader, copy, 128, &info) == ARRAYSHM_OK && copy[0] == 4711);
  CHECK(arrayshm_copy_latest(reader, copy, 4, &info) == ARRAYSHM_INVALID);
  CHECK(arrayshm_copy_next(reader, 0, copy, 128, &info, &missed) == ARRAYSHM_OK && !memcmp(copy, pixels, 128) && missed == 0);

  arrayshm_status_info status;
  CHECK(arrayshm_reader_status(reader, &status) == ARRAYSHM_OK && status.state == ARRAYSHM_LIVE && status.sequence == 2);
  CHECK(status.writer_pid == (uint64_t)getpid());
  CHECK(arrayshm_writer_status(writer, &status) == ARRAYSHM_OK && status.dropped == 0);

  /* Memory outlives its handles. */
  CHECK(arrayshm_writer_close(writer) == ARRAYSHM_OK && arrayshm_writer_close(writer) == ARRAYSHM_OK);
  CHECK(arrayshm_put(writer, pixels, 128, NULL, NULL) == ARRAYSHM_CLOSED && arrayshm_wanted(writer) == ARRAYSHM_CLOSED);
  arrayshm_writer_free(writer);
  CHECK(arrayshm_wait(reader, 2, -1) == ARRAYSHM_CLOSED);
  CHECK(arrayshm_reader_status(reader, &status) == ARRAYSHM_OK && status.state == ARRAYSHM_ENDED);
  arrayshm_reader_free(reader);
  ((uint32_t *)base)[0] = 1;
  CHECK(*(const uint32_t *)frame == 4711);
  arrayshm_memory_release(next);
  arrayshm_memory_release(lease);
  arrayshm_memory_release(memory);
  CHECK(!arrayshm_open(NULL, "frames") && arrayshm_error_code() == ARRAYSHM_NOT_FOUND);
}

static void check_log(void) {
  arrayshm_options o = options(ARRAYSHM_LOG, "log");
  arrayshm_writer *writer = arrayshm_create(&o);
  arrayshm_reader *reader = arrayshm_open(NULL, "log");
  CHECK(writer && reader);
  uint32_t records[] = {1, 2, 3, 4, 5, 6};
  uint64_t sequence, count, lost;
  CHECK(arrayshm_append(writer, records, 6, &sequence) == ARRAYSHM_OK && sequence == 6);
  uint32_t out[10];
  CHECK(arrayshm_since(reader, 0, out, 10, &count, &sequence, &lost) == ARRAYSHM_OK);
  CHECK(count == 4 && sequence == 6 && lost == 2 && out[0] == 3 && out[3] == 6);
  CHECK(arrayshm_since(reader, 6, out, 10, &count, &sequence, &lost) == ARRAYSHM_OK && count == 0 && sequence == 6 && lost == 0);
  CHECK(arrayshm_append(writer, NULL, 0, &sequence) == ARRAYSHM_OK && sequence == 6);
  CHECK(arrayshm_append(writer, NULL, 1, &sequence) == ARRAYSHM_INVALID);
  CHECK(arrayshm_append(writer, records, UINT64_MAX, &sequence) == ARRAYSHM_INVALID);
  CHECK(arrayshm_loan(writer) == ARRAYSHM_INVALID && arrayshm_edit_begin(writer, NULL, NULL) == ARRAYSHM_INVALID);
  arrayshm_reader_free(reader);
  arrayshm_writer_free(writer);
}

static void check_array(void) {
  arrayshm_options o = options(ARRAYSHM_ARRAY, "array");
  const uint64_t tile[] = {2, 4};
  o.tile = tile;
  o.flags = ARRAYSHM_FLAG_PERSIST;
  arrayshm_writer *writer = arrayshm_create(&o);
  arrayshm_reader *reader = arrayshm_open(NULL, "array");
  CHECK(writer && reader);
  arrayshm_description d;
  CHECK(arrayshm_describe(reader, &d) == ARRAYSHM_OK && d.tiles == 4 && d.tile_ndim == 2 && d.tile[1] == 4 && d.slots == 1);
  void *base;
  const void *seen;
  arrayshm_memory *memory = arrayshm_writer_memory(writer, &base), *mapped = arrayshm_reader_memory(reader, &seen);
  const uint64_t start[] = {3, 4}, stop[] = {4, 8}, beyond[] = {5, 8};
  CHECK(arrayshm_edit_begin(writer, start, beyond) == ARRAYSHM_INVALID);
  CHECK(arrayshm_edit_begin(writer, start, stop) == ARRAYSHM_OK);
  CHECK(arrayshm_edit_begin(writer, NULL, NULL) == ARRAYSHM_BUSY);
  ((uint32_t *)base)[3 * 8 + 7] = 99;
  uint64_t version, tiles[4], count, newest;
  CHECK(arrayshm_edit_end(writer, &version) == ARRAYSHM_OK && version == 1);
  CHECK(arrayshm_edit_end(writer, &version) == ARRAYSHM_INVALID);
  CHECK(arrayshm_changed(reader, 0, tiles, 4, &count, &newest) == ARRAYSHM_OK && count == 1 && tiles[0] == 3 && newest == 1);
  CHECK(arrayshm_changed(reader, 0, NULL, 0, &count, &newest) == ARRAYSHM_OK && count == 1);
  CHECK(arrayshm_changed(reader, 1, tiles, 4, &count, &newest) == ARRAYSHM_OK && count == 0);
  uint32_t region[4];
  CHECK(arrayshm_copy_region(reader, start, stop, region, sizeof region, &version) == ARRAYSHM_OK && region[3] == 99 && version == 1);
  CHECK(arrayshm_copy_region(reader, start, stop, region, 3, &version) == ARRAYSHM_INVALID);
  CHECK(((const uint32_t *)seen)[31] == 99);
  arrayshm_writer_free(writer);

  /* Persistent: still there, and to be gone on with. */
  o.resume = 1;
  writer = arrayshm_create(&o);
  CHECK(writer && arrayshm_edit_begin(writer, NULL, NULL) == ARRAYSHM_OK && arrayshm_edit_end(writer, &version) == ARRAYSHM_OK && version == 2);
  CHECK(arrayshm_remove(NULL, "array") == ARRAYSHM_BUSY);
  arrayshm_writer_free(writer);
  CHECK(arrayshm_remove(NULL, "array") == ARRAYSHM_OK && arrayshm_remove(NULL, "array") == ARRAYSHM_NOT_FOUND);
  arrayshm_memory_release(memory);
  arrayshm_memory_release(mapped);
  arrayshm_reader_free(reader);
}

static void check_sparse(void) {
  const uint64_t large[] = {1 << 20, 1 << 20};
  arrayshm_options o = options(ARRAYSHM_FRAMES, "sparse");
  o.flags = ARRAYSHM_FLAG_SPARSE;
  CHECK(!arrayshm_create(&o) && arrayshm_error_code() == ARRAYSHM_INVALID && strstr(arrayshm_error_message(), "sparse"));
  o.kind = ARRAYSHM_ARRAY;
  o.descr = "'|u1'";
  o.shape = large; /* 1 TiB */
  arrayshm_writer *writer = arrayshm_create(&o);
  arrayshm_reader *reader = arrayshm_open(NULL, "sparse");
  CHECK(writer && reader);
  arrayshm_description d;
  struct stat before, after;
  CHECK(arrayshm_describe(reader, &d) == ARRAYSHM_OK && d.flags == ARRAYSHM_FLAG_SPARSE && d.nbytes == (uint64_t)1 << 40);
  void *base;
  arrayshm_memory *memory = arrayshm_writer_memory(writer, &base);
  const uint64_t start[] = {1 << 19, 7}, stop[] = {(1 << 19) + 1, 8}, from[] = {(1 << 19) - 500, 0}, to[] = {(1 << 19) + 500, 1000};
  CHECK(memory && arrayshm_edit_begin(writer, start, stop) == ARRAYSHM_OK);
  ((uint8_t *)base)[((size_t)1 << 39) + 7] = 5;
  CHECK(arrayshm_edit_end(writer, NULL) == ARRAYSHM_OK);
  CHECK(!stat(d.path, &before) && before.st_size > (off_t)1 << 40 && before.st_blocks * 512 < 256 << 20);
  uint8_t *region = malloc(1000 * 1000);
  CHECK(region && arrayshm_copy_region(reader, from, to, region, 1000 * 1000, NULL) == ARRAYSHM_OK);
  for (size_t i = 0; i < 1000 * 1000; i++) CHECK(region[i] == (i == 500 * 1000 + 7 ? 5 : 0));
  CHECK(!stat(d.path, &after) && after.st_blocks == before.st_blocks);
  free(region);
  arrayshm_memory_release(memory);
  arrayshm_reader_free(reader);
  arrayshm_writer_free(writer);
}

static void check_refusals(void) {
  CHECK(!arrayshm_create(NULL) && arrayshm_error_code() == ARRAYSHM_INVALID);
  arrayshm_options o = options(7, "x");
  CHECK(!arrayshm_create(&o) && arrayshm_error_code() == ARRAYSHM_INVALID);
  o = options(ARRAYSHM_FRAMES, "../x");
  CHECK(!arrayshm_create(&o) && arrayshm_error_code() == ARRAYSHM_INVALID);
  o = options(ARRAYSHM_FRAMES, NULL);
  CHECK(!arrayshm_create(&o) && arrayshm_error_code() == ARRAYSHM_INVALID);
  o = options(ARRAYSHM_FRAMES, "x");
  o.descr = "'|O'";
  CHECK(!arrayshm_create(&o) && arrayshm_error_code() == ARRAYSHM_DTYPE);
  o = options(ARRAYSHM_FRAMES, "x");
  o.ndim = 65;
  CHECK(!arrayshm_create(&o) && arrayshm_error_code() == ARRAYSHM_INVALID);
  o = options(ARRAYSHM_FRAMES, "x");
  o.slots = UINT64_MAX;
  CHECK(!arrayshm_create(&o) && arrayshm_error_code() == ARRAYSHM_INVALID);
  CHECK(arrayshm_wait(NULL, 0, 0) == ARRAYSHM_INVALID && arrayshm_loan(NULL) == ARRAYSHM_INVALID);
  CHECK(!arrayshm_open("/nowhere/at/all", "x") && arrayshm_error_code() == ARRAYSHM_NOT_FOUND);
  arrayshm_writer_free(NULL);
  arrayshm_reader_free(NULL);
  arrayshm_memory_release(NULL);
  arrayshm_watcher_free(NULL);
}

static void check_directory(void) {
  char text[1024];
  CHECK(arrayshm_directory(NULL, text, sizeof text) > 0 && !strcmp(text, getenv("WEBMON_DIR")));
  CHECK(arrayshm_list(NULL, text, sizeof text) == 1 && !*text);
  arrayshm_watcher *watcher = arrayshm_watch(NULL);
  CHECK(watcher && arrayshm_watch_next(watcher, text, sizeof text, 0) == ARRAYSHM_TIMEOUT);
  arrayshm_options a = options(ARRAYSHM_LOG, "a"), b = options(ARRAYSHM_FRAMES, "b");
  arrayshm_writer *one = arrayshm_create(&a), *two = arrayshm_create(&b);
  CHECK(one && two);
  CHECK(arrayshm_list(NULL, NULL, 0) == 5 && arrayshm_list(NULL, text, sizeof text) == 5 && !strcmp(text, "a\nb\n"));
  CHECK(arrayshm_watch_next(watcher, text, 10, -1) == ARRAYSHM_INVALID);
  CHECK(arrayshm_watch_next(watcher, text, sizeof text, -1) == ARRAYSHM_OK && !strcmp(text, "+a"));
  CHECK(arrayshm_watch_next(watcher, text, sizeof text, -1) == ARRAYSHM_OK && !strcmp(text, "+b"));

  arrayshm_reader *readers[] = {arrayshm_open(NULL, "a"), arrayshm_open(NULL, "b")};
  uint64_t after[] = {0, 0};
  bool ready[2];
  CHECK(arrayshm_wait_many(readers, after, 2, ready, 0) == 0 && !ready[0] && !ready[1]);
  uint32_t record = 1;
  CHECK(arrayshm_append(one, &record, 1, NULL) == ARRAYSHM_OK);
  CHECK(arrayshm_wait_many(readers, after, 2, ready, -1) == 1 && ready[0] && !ready[1]);
  CHECK(arrayshm_wait_many(NULL, after, 2, ready, 0) == ARRAYSHM_INVALID);

  /* A child that is forked owns nothing of its parent's, and its end takes nothing away. */
  pid_t child = fork();
  if (child == 0) {
    bool right = arrayshm_append(one, &record, 1, NULL) == ARRAYSHM_FORKED && arrayshm_wait(readers[0], 0, 0) == ARRAYSHM_OK;
    arrayshm_status_info status;
    right = right && arrayshm_reader_status(readers[0], &status) == ARRAYSHM_OK && status.state == ARRAYSHM_LIVE;
    arrayshm_writer_free(one);
    _exit(right ? 0 : 1);
  }
  int result;
  CHECK(waitpid(child, &result, 0) == child && result == 0);
  CHECK(arrayshm_append(one, &record, 1, NULL) == ARRAYSHM_OK);

  /* A writer that dies leaves a segment behind, for gc to find. */
  child = fork();
  if (child == 0) {
    arrayshm_options left = options(ARRAYSHM_LOG, "left");
    arrayshm_writer *writer = arrayshm_create(&left);
    _exit(writer ? 0 : 1);
  }
  CHECK(waitpid(child, &result, 0) == child && result == 0);
  CHECK(arrayshm_collect_garbage(NULL, true, text, sizeof text) == 10 && !strcmp(text, "left.npy\n"));
  CHECK(arrayshm_collect_garbage(NULL, false, text, sizeof text) == 10 && !strcmp(text, "left.npy\n"));
  CHECK(arrayshm_collect_garbage(NULL, false, text, sizeof text) == 1);
  arrayshm_reader_free(readers[0]);
  arrayshm_reader_free(readers[1]);
  arrayshm_writer_free(one);
  arrayshm_writer_free(two);
  arrayshm_watcher_free(watcher);
}

static void *fail_elsewhere(void *unused) {
  (void)unused;
  return arrayshm_open(NULL, "") == NULL && arrayshm_error_code() == ARRAYSHM_INVALID ? (void *)1 : NULL;
}

/* The last error belongs to its thread. */
static void check_threads(void) {
  CHECK(!arrayshm_open(NULL, "missing") && arrayshm_error_code() == ARRAYSHM_NOT_FOUND);
  pthread_t thread;
  void *right;
  CHECK(!pthread_create(&thread, NULL, fail_elsewhere, NULL) && !pthread_join(thread, &right) && right);
  CHECK(arrayshm_error_code() == ARRAYSHM_NOT_FOUND && strstr(arrayshm_error_message(), "missing"));
}

int main(void) {
  CHECK(strlen(arrayshm_version()) > 0);
  check_frames();
  check_log();
  check_array();
  check_sparse();
  check_refusals();
  check_directory();
  check_threads();
  puts("every call checked");
  return 0;
}
