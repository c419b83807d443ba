/* libwebsockets as it comes: frames of a segment through lws_write, one call a message, its options untouched.
 *
 *   lws_write_server DIRECTORY NAME
 *
 * Prints its port. Each frame is copied first, because lws_write overwrites the bytes before those that it is given.
 */
#include <arrayshm.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_HEADER = 112 };

static const uint8_t *base;
static arrayshm_description segment;
static uint8_t *copy;
static uint64_t number;

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length) {
  (void)user, (void)in, (void)length;
  if (reason == LWS_CALLBACK_ESTABLISHED) lws_callback_on_writable(wsi);
  if (reason != LWS_CALLBACK_SERVER_WRITEABLE) return 0;
  memcpy(copy + LWS_PRE + MESSAGE_HEADER, base + number++ % segment.slots * segment.stride, segment.stride);
  if (lws_write(wsi, copy + LWS_PRE, MESSAGE_HEADER + segment.stride, LWS_WRITE_BINARY) < 0) return -1;
  lws_callback_on_writable(wsi);
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: lws_write_server DIRECTORY NAME\n");
    return 64;
  }
  arrayshm_reader *reader = arrayshm_open(argv[1], argv[2]);
  const void *memory;
  if (!reader || arrayshm_describe(reader, &segment) != ARRAYSHM_OK || !arrayshm_reader_memory(reader, &memory)) {
    fprintf(stderr, "lws_write_server: %s\n", arrayshm_error_message());
    return 1;
  }
  base = memory;
  copy = calloc(1, LWS_PRE + MESSAGE_HEADER + segment.stride);
  lws_set_log_level(LLL_ERR, NULL);
  struct lws_protocols protocols[] = {{.name = "webmon.v1", .callback = callback}, {0}};
  struct lws_context_creation_info info = {.port = 0, .iface = "127.0.0.1", .protocols = protocols, .options = LWS_SERVER_OPTION_DISABLE_IPV6};
  struct lws_context *context = lws_create_context(&info);
  if (!copy || !context) return 1;
  printf("%d\n", lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "default")));
  fflush(stdout);
  while (lws_service(context, 0) >= 0) {}
  return 0;
}
