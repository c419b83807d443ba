/* Publishes 16-bit frames from a C program, and does the work only while somebody watches.
 *
 *   cc publish_frames.c -I Sources/ArrayShmC/include -L .build/release -larrayshm -Wl,-rpath,$PWD/.build/release -o publish_frames
 *   ./publish_frames camera 300       then open http://127.0.0.1:5000/viewer/?stream=camera
 */
#include <arrayshm.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { HEIGHT = 512, WIDTH = 512 };

static int fail(const char *doing) {
  fprintf(stderr, "%s: %s\n", doing, arrayshm_error_message());
  return 1;
}

/* A ramp that moves by one grey level a frame. */
static void draw(uint16_t *frame, uint64_t number) {
  for (uint32_t y = 0; y < HEIGHT; y++)
    for (uint32_t x = 0; x < WIDTH; x++) frame[y * WIDTH + x] = (uint16_t)(y * 64 + x + number);
}

int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "camera";
  long frames = argc > 2 ? strtol(argv[2], NULL, 10) : 300;

  const uint64_t shape[] = {HEIGHT, WIDTH};
  arrayshm_options options = {
      .kind = ARRAYSHM_FRAMES,
      .name = name,
      .descr = "'<u2'",
      .ndim = 2,
      .shape = shape,
      .slots = 4,
      .metadata = "{\"axes\": [\"y\", \"x\"], \"contrast_limits\": [0, 33279]}",
  };
  arrayshm_writer *writer = arrayshm_create(&options);
  if (!writer) return fail("create");

  void *base;
  arrayshm_memory *memory = arrayshm_writer_memory(writer, &base);
  if (!memory) return fail("map");

  for (long number = 0; number < frames; number++) {
    /* Fill a slot in place: no copy. All slots leased is no error: that frame is dropped, and counted. */
    int32_t slot = arrayshm_loan(writer);
    if (slot >= 0) {
      draw((uint16_t *)((char *)base + (size_t)slot * HEIGHT * WIDTH * sizeof(uint16_t)), (uint64_t)number);
      if (arrayshm_commit(writer, (uint32_t)slot, NULL, NULL) != ARRAYSHM_OK) return fail("commit");
    } else if (slot != ARRAYSHM_DROPPED) {
      return fail("loan");
    }
    /* 30 frames a second for somebody, 2 for nobody. */
    long nanoseconds = arrayshm_wanted(writer) == 1 ? 33333333L : 500000000L;
    nanosleep(&(struct timespec){.tv_nsec = nanoseconds}, NULL);
  }

  arrayshm_memory_release(memory);
  arrayshm_writer_free(writer); /* ends the stream and removes its file */
  return 0;
}
