/* One role of the stress test a process; test_stress.py starts, kills and counts them.
 *
 *   stress writer NAME SLOTS BYTES SECONDS     frames flat out
 *   stress lease|next|copy|copy-next NAME SECONDS   a reader of frames; checks every word of every frame
 *   stress logger NAME RECORDS SECONDS         records flat out, in batches of changing size
 *   stress since NAME SECONDS                  a reader of the log; checks every record and that none is lost silently
 *   stress editor NAME SIDE SECONDS            edits of random boxes of a square array, flat out
 *   stress region NAME SECONDS                 copies random boxes of it, and checks that each edit is seen whole
 *
 * Every word of a frame is made from the frame's number and the word's place, so a frame with words of two others is found out.
 * A role prints one line: its counts. It exits with 1 at the first wrong word. */
#include <arrayshm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t end;

static int running(void) { return arrayshm_now() < end; }

static int fail(const char *doing) {
  fprintf(stderr, "%s: %s (%d)\n", doing, arrayshm_error_message(), arrayshm_error_code());
  exit(2);
}

static int wrong(const char *role, uint64_t sequence, uint64_t place, uint64_t found, uint64_t right) {
  fprintf(stderr, "%s: commit %llu, word %llu is %llx, not %llx\n", role, (unsigned long long)sequence,
          (unsigned long long)place, (unsigned long long)found, (unsigned long long)right);
  exit(1);
}

/* splitmix64: no two frames share a word. */
static uint64_t word(uint64_t sequence, uint64_t place) {
  uint64_t z = sequence * 0x9E3779B97F4A7C15u + place;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  return z ^ (z >> 27);
}

static void check_frame(const char *role, const uint64_t *frame, size_t words, uint64_t sequence) {
  for (size_t i = 0; i < words; i++)
    if (frame[i] != word(sequence, i)) wrong(role, sequence, i, frame[i], word(sequence, i));
}

/* Waits until there is a writer, and opens its segment. NULL at the end of the time. */
static arrayshm_reader *open_reader(const char *name, arrayshm_description *description) {
  while (running()) {
    arrayshm_reader *reader = arrayshm_open(NULL, name);
    if (reader) {
      if (arrayshm_describe(reader, description) != ARRAYSHM_OK || arrayshm_subscribe(reader, true) != ARRAYSHM_OK) fail("open");
      return reader;
    }
    if (arrayshm_error_code() != ARRAYSHM_NOT_FOUND) fail("open");
    usleep(2000);
  }
  return NULL;
}

/* Its writer was killed or replaced: the loop opens the name again. */
static int ended(arrayshm_status code) { return code == ARRAYSHM_CLOSED || code == ARRAYSHM_SUPERSEDED; }

static int write_frames(const char *name, uint64_t slots, uint64_t bytes) {
  uint64_t words = bytes / 8, dropped = 0, sequence = 0;
  arrayshm_options options = {.kind = ARRAYSHM_FRAMES, .name = name, .descr = "'<u8'", .ndim = 1, .shape = &words, .slots = slots};
  arrayshm_writer *writer = arrayshm_create(&options);
  if (!writer) fail("create");
  void *base;
  arrayshm_memory *memory = arrayshm_writer_memory(writer, &base);
  puts("ready");
  fflush(stdout);
  while (running()) {
    int32_t slot = arrayshm_loan(writer);
    if (slot == ARRAYSHM_DROPPED) {
      dropped++;
      continue;
    }
    if (slot < 0) fail("loan");
    uint64_t *frame = (uint64_t *)((char *)base + (size_t)slot * bytes);
    for (uint64_t i = 0; i < words; i++) frame[i] = word(sequence + 1, i);
    if (arrayshm_commit(writer, (uint32_t)slot, NULL, &sequence) != ARRAYSHM_OK) fail("commit");
  }
  printf("{\"role\": \"writer\", \"frames\": %llu, \"dropped\": %llu}\n", (unsigned long long)sequence, (unsigned long long)dropped);
  arrayshm_memory_release(memory);
  arrayshm_writer_free(writer);
  return 0;
}

static int read_frames(const char *role, const char *name) {
  uint64_t checked = 0, missed_total = 0, generations = 0;
  int copies = !strcmp(role, "copy") || !strcmp(role, "copy-next"), every = !strcmp(role, "next") || !strcmp(role, "copy-next");
  arrayshm_description description;
  while (running()) {
    arrayshm_reader *reader = open_reader(name, &description);
    if (!reader) break;
    generations++;
    uint64_t after = 0, *buffer = malloc(description.stride);
    size_t words = description.stride / 8;
    while (running()) {
      arrayshm_status code = arrayshm_wait(reader, after, 100000000);
      if (ended(code)) break;
      if (code == ARRAYSHM_TIMEOUT) continue;
      if (code != ARRAYSHM_OK) fail("wait");
      arrayshm_frame_info info;
      uint64_t missed = 0;
      if (copies) {
        code = every ? arrayshm_copy_next(reader, after, buffer, description.stride, &info, &missed)
                     : arrayshm_copy_latest(reader, buffer, description.stride, &info);
        if (ended(code)) break;
        if (code != ARRAYSHM_OK) fail("copy");
        check_frame(role, buffer, words, info.sequence);
      } else {
        const void *frame;
        arrayshm_memory *lease = every ? arrayshm_lease_next(reader, after, &frame, &info, &missed) : arrayshm_lease_latest(reader, &frame, &info);
        if (!lease) {
          if (ended(arrayshm_error_code())) break;
          fail("lease");
        }
        check_frame(role, frame, words, info.sequence);
        /* And once more: it stays as it is under the lease. */
        check_frame(role, frame, words, info.sequence);
        arrayshm_memory_release(lease);
      }
      if (every && after > 0 && info.sequence != after + 1 + missed) {
        fprintf(stderr, "%s: after %llu came %llu with %llu missed\n", role, (unsigned long long)after,
                (unsigned long long)info.sequence, (unsigned long long)missed);
        return 1;
      }
      if (info.sequence <= after) wrong(role, info.sequence, 0, info.sequence, after + 1);
      after = info.sequence;
      missed_total += missed;
      checked++;
    }
    free(buffer);
    arrayshm_reader_free(reader);
  }
  printf("{\"role\": \"%s\", \"frames\": %llu, \"missed\": %llu, \"generations\": %llu}\n", role, (unsigned long long)checked,
         (unsigned long long)missed_total, (unsigned long long)generations);
  return 0;
}

enum { RECORD_WORDS = 4 };

static int write_log(const char *name, uint64_t ring) {
  arrayshm_options options = {.kind = ARRAYSHM_LOG, .name = name, .descr = "[('w', '<u8', (4,))]", .slots = ring};
  arrayshm_writer *writer = arrayshm_create(&options);
  if (!writer) fail("create");
  uint64_t sequence = 0, round = 0, *records = malloc(ring * RECORD_WORDS * 8);
  puts("ready");
  fflush(stdout);
  while (running()) {
    uint64_t count = 1 + round++ % ring;
    for (uint64_t r = 0; r < count; r++)
      for (int i = 0; i < RECORD_WORDS; i++) records[r * RECORD_WORDS + i] = word(sequence + r + 1, i);
    if (arrayshm_append(writer, records, count, &sequence) != ARRAYSHM_OK) fail("append");
  }
  printf("{\"role\": \"logger\", \"records\": %llu}\n", (unsigned long long)sequence);
  free(records);
  arrayshm_writer_free(writer);
  return 0;
}

static int read_log(const char *name) {
  uint64_t checked = 0, lost_total = 0, generations = 0;
  arrayshm_description description;
  while (running()) {
    arrayshm_reader *reader = open_reader(name, &description);
    if (!reader) break;
    generations++;
    uint64_t after = 0, *records = malloc(description.nbytes);
    while (running()) {
      arrayshm_status code = arrayshm_wait(reader, after, 100000000);
      if (ended(code)) break;
      if (code == ARRAYSHM_TIMEOUT) continue;
      uint64_t count, sequence, lost;
      if (code != ARRAYSHM_OK || arrayshm_since(reader, after, records, description.slots, &count, &sequence, &lost) != ARRAYSHM_OK) fail("since");
      if (sequence != after + lost + count) wrong("since", sequence, 0, after + lost + count, sequence);
      for (uint64_t r = 0; r < count; r++)
        for (int i = 0; i < RECORD_WORDS; i++) {
          uint64_t right = word(sequence - count + 1 + r, i);
          if (records[r * RECORD_WORDS + i] != right) wrong("since", sequence - count + 1 + r, i, records[r * RECORD_WORDS + i], right);
        }
      after = sequence;
      checked += count;
      lost_total += lost;
    }
    free(records);
    arrayshm_reader_free(reader);
  }
  printf("{\"role\": \"since\", \"records\": %llu, \"lost\": %llu, \"generations\": %llu}\n", (unsigned long long)checked,
         (unsigned long long)lost_total, (unsigned long long)generations);
  return 0;
}

/* Every edit writes its number all over one tile-aligned box, so that any box of a checked copy holds one number a tile. */
enum { TILE = 16 };

static int edit_array(const char *name, uint64_t side) {
  const uint64_t shape[] = {side, side}, tile[] = {TILE, TILE};
  arrayshm_options options = {.kind = ARRAYSHM_ARRAY, .name = name, .descr = "'<u8'", .ndim = 2, .shape = shape, .tile = tile};
  arrayshm_writer *writer = arrayshm_create(&options);
  if (!writer) fail("create");
  void *base;
  arrayshm_memory *memory = arrayshm_writer_memory(writer, &base);
  uint64_t *array = base, version = 0, tiles = side / TILE, round = 0;
  puts("ready");
  fflush(stdout);
  while (running()) {
    uint64_t start[2], stop[2];
    for (int axis = 0; axis < 2; axis++) {
      uint64_t first = word(round, axis) % tiles, count = 1 + word(round, axis + 2) % (tiles - first);
      start[axis] = first * TILE;
      stop[axis] = (first + count) * TILE;
    }
    if (arrayshm_edit_begin(writer, start, stop) != ARRAYSHM_OK) fail("begin");
    for (uint64_t y = start[0]; y < stop[0]; y++)
      for (uint64_t x = start[1]; x < stop[1]; x++) array[y * side + x] = version + 1;
    if (arrayshm_edit_end(writer, &version) != ARRAYSHM_OK) fail("end");
    round++;
    /* A reader needs pauses between edits of the same tiles. */
    usleep(300);
  }
  printf("{\"role\": \"editor\", \"edits\": %llu}\n", (unsigned long long)version);
  arrayshm_memory_release(memory);
  arrayshm_writer_free(writer);
  return 0;
}

static int read_array(const char *name) {
  uint64_t checked = 0, torn = 0, generations = 0, round = 0;
  arrayshm_description description;
  while (running()) {
    arrayshm_reader *reader = open_reader(name, &description);
    if (!reader) break;
    generations++;
    uint64_t side = description.shape[0], tiles = side / TILE, after = 0, *box = malloc(description.nbytes);
    while (running()) {
      arrayshm_status code = arrayshm_wait(reader, after, 100000000);
      if (ended(code)) break;
      if (code == ARRAYSHM_TIMEOUT) continue;
      uint64_t start[2], stop[2];
      for (int axis = 0; axis < 2; axis++) {
        uint64_t first = word(~round, axis) % tiles, count = 1 + word(~round, axis + 2) % (tiles - first);
        start[axis] = first * TILE;
        stop[axis] = (first + count) * TILE;
      }
      round++;
      uint64_t height = stop[0] - start[0], width = stop[1] - start[1], version;
      code = arrayshm_copy_region(reader, start, stop, box, height * width * 8, &version);
      if (code == ARRAYSHM_TORN) {
        torn++;
        continue;
      }
      if (code != ARRAYSHM_OK) fail("copy");
      /* A writer that was killed in the middle of an edit leaves it half done; that is no tearing. */
      arrayshm_status_info status;
      if (arrayshm_reader_status(reader, &status) != ARRAYSHM_OK) fail("status");
      if (status.state == ARRAYSHM_GONE) break;
      for (uint64_t y = 0; y < height; y++)
        for (uint64_t x = 0; x < width; x++) {
          uint64_t corner = box[y / TILE * TILE * width + x / TILE * TILE];
          if (box[y * width + x] != corner) wrong("region", version, y * width + x, box[y * width + x], corner);
        }
      after = version;
      checked++;
    }
    free(box);
    arrayshm_reader_free(reader);
  }
  printf("{\"role\": \"region\", \"boxes\": %llu, \"torn\": %llu, \"generations\": %llu}\n", (unsigned long long)checked,
         (unsigned long long)torn, (unsigned long long)generations);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 4) return 64;
  const char *role = argv[1], *name = argv[2];
  end = arrayshm_now() + (uint64_t)(strtod(argv[argc - 1], NULL) * 1e9);
  if (!strcmp(role, "writer")) return write_frames(name, strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10));
  if (!strcmp(role, "lease") || !strcmp(role, "next") || !strcmp(role, "copy") || !strcmp(role, "copy-next"))
    return read_frames(role, name);
  if (!strcmp(role, "logger")) return write_log(name, strtoull(argv[3], NULL, 10));
  if (!strcmp(role, "since")) return read_log(name);
  if (!strcmp(role, "editor")) return edit_array(name, strtoull(argv[3], NULL, 10));
  if (!strcmp(role, "region")) return read_array(name);
  return 64;
}
