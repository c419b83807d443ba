/* A C program that takes a command from pages: `double`, with a number n. The records are described in docs/commands.md.
 *
 *   cc take_commands.c -I Sources/ArrayShmC/include -L .build/release -larrayshm -Wl,-rpath,$PWD/.build/release -o take_commands
 *   ./take_commands calculator       then open http://127.0.0.1:5000/streams/ and call it
 *
 * A real program reads the JSON with a library; this one only looks for the number after "n":.
 */
#include <arrayshm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RING = 4096, TEXT = 480 };

static const char descr[] =
    "[('call', '<u8'), ('to', '<u8'), ('deadline', '<u8'), ('part', '<u2'), ('parts', '<u2'), ('length', '<u4'), ('text', '|S480')]";
static const char declaration[] =
    "{\"commands\": [{\"name\": \"double\", \"help\": \"Twice n.\", \"args\": [{\"name\": \"n\", \"type\": \"float\"}], \"returns\": \"float\", \"timeout_ms\": 10000}]}";

typedef struct {
  uint64_t call, to, deadline;
  uint16_t part, parts;
  uint32_t length;
  char text[TEXT];
} record;

static int fail(const char *doing) {
  fprintf(stderr, "%s: %s\n", doing, arrayshm_error_message());
  return 1;
}

/* A message of one record. */
static arrayshm_status say(arrayshm_writer *log, uint64_t call, uint64_t to, const char *text, uint64_t *sequence) {
  record message = {.call = call, .to = to, .part = 1, .parts = 1, .length = (uint32_t)strlen(text)};
  memcpy(message.text, text, message.length);
  return arrayshm_append(log, &message, 1, sequence);
}

/* What the page asked for, and the answer. */
static void answer(const record *call, char *reply) {
  char text[TEXT + 1] = {0};
  memcpy(text, call->text, call->length < TEXT ? call->length : TEXT);
  const char *number = strstr(text, "\"n\":");
  if (call->parts == 1 && strstr(text, "\"double\"") && number)
    snprintf(reply, TEXT, "{\"ok\": true, \"value\": %.17g}", 2 * strtod(number + 4, NULL));
  else
    snprintf(reply, TEXT, "{\"ok\": false, \"error\": {\"code\": \"failed\", \"message\": \"only double is known here\"}}");
}

int main(int argc, char **argv) {
  char name[128];
  snprintf(name, sizeof name, "webmon.producer.%s", argc > 1 ? argv[1] : "calculator");
  arrayshm_options options = {.kind = ARRAYSHM_LOG, .name = name, .descr = descr, .slots = RING};
  arrayshm_writer *log = arrayshm_create(&options);
  arrayshm_description own;
  if (!log || arrayshm_writer_describe(log, &own) != ARRAYSHM_OK) return fail("create");
  uint64_t newest, declared;
  if (say(log, 0, 0, declaration, &declared) != ARRAYSHM_OK) return fail("declare");
  newest = declared;

  uint64_t done = 0; /* generation of the last command log that was read to its end */
  for (;;) {
    arrayshm_reader *calls = arrayshm_open(NULL, "webmon.commands");
    arrayshm_description server;
    if (!calls || arrayshm_describe(calls, &server) != ARRAYSHM_OK || server.generation == done || strcmp(server.descr, descr) != 0) {
      if (calls) arrayshm_reader_free(calls);
      nanosleep(&(struct timespec){.tv_nsec = 100000000L}, NULL); /* no server yet */
      continue;
    }
    uint64_t after = 0;
    for (;;) {
      record call;
      uint64_t count, lost;
      if (arrayshm_since(calls, after, &call, 1, &count, &after, &lost) != ARRAYSHM_OK) return fail("read");
      if (count == 0) {
        if (arrayshm_wait(calls, after, -1) == ARRAYSHM_OK) continue;
        break; /* the server has ended: the next one has a log of its own */
      }
      if (call.to != own.generation || call.part != 1 || arrayshm_now() > call.deadline) continue;
      char reply[TEXT];
      answer(&call, reply);
      /* A server that comes later must find the declaration in the ring. */
      if (newest + 1 >= declared + RING) {
        if (say(log, 0, 0, declaration, &declared) != ARRAYSHM_OK) return fail("declare");
      }
      if (say(log, call.call, server.generation, reply, &newest) != ARRAYSHM_OK) return fail("reply");
    }
    done = server.generation;
    arrayshm_reader_free(calls);
  }
}
