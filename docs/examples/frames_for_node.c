/* Frames of a stream in Node, without a server and without a copy: a Node-API addon on arrayshm.h. frames_for_node.mjs is its other half.
 *
 *   cc -shared -fPIC frames_for_node.c -I NODE/include/node -I Sources/ArrayShmC/include -L .build/release -larrayshm \
 *     -Wl,-rpath,$PWD/.build/release -o frames_for_node.node       (NODE: where Node is installed, or an unpacked nodejs.org archive)
 *
 *   open(directory, name)          {stream, descr, shape, stride, payload}: payload is the whole ring as one ArrayBuffer, on the mapping
 *   wait(stream, after, seconds)   a promise, away from the main thread: true once something newer than commit `after` is there. It cannot be
 *                                  called off, and Node does not end before it has: many short ones are better than a long one
 *   lease(stream, after)           {lease, offset, sequence, published} of the newest frame, which stays as it is; null if it is not newer
 *   copy(stream, into)             {sequence, published}: the newest frame, copied into an ArrayBuffer of `stride` bytes
 *   giveBack(lease)
 *   close(stream)                  asks for data no longer, so that the writer may see that nobody is watching
 *
 * Without V8's right to external memory, as in Electron, there is no payload (null) and `copy` is the way: one copy.
 */
#include <arrayshm.h>
#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>

/* Node-API's own errors mean that a caller gave a wrong argument. */
#define TRY(call) \
  if ((call) != napi_ok) return napi_throw_type_error(env, NULL, #call), NULL

/* Freed by V8, together with the value that it belongs to. */
typedef struct {
  arrayshm_reader *reader;
  const uint8_t *base;
  bool closed;
} stream;

typedef struct {
  stream *stream;
  napi_ref kept; /* the stream's value, while a thread waits with it */
  uint64_t after;
  int64_t timeout;
  arrayshm_status status;
  char message[512];
  napi_deferred promise;
  napi_async_work work;
} waiting;

static void free_stream(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  arrayshm_reader_free(((stream *)data)->reader);
  free(data);
}

static void release(napi_env env, void *data, void *memory) {
  (void)env, (void)data;
  arrayshm_memory_release(memory);
}

/* What V8 holds of a lease; its memory is NULL once it was given back. */
static void free_lease(napi_env env, void *lease, void *hint) {
  (void)env, (void)hint;
  if (*(arrayshm_memory **)lease) arrayshm_memory_release(*(arrayshm_memory **)lease);
  free(lease);
}

static napi_value throw_last(napi_env env) {
  napi_throw_error(env, NULL, arrayshm_error_message());
  return NULL;
}

static napi_value set_number(napi_env env, napi_value object, const char *name, double number) {
  napi_value value;
  TRY(napi_create_double(env, number, &value));
  TRY(napi_set_named_property(env, object, name, value));
  return object;
}

static napi_value set_info(napi_env env, napi_value object, const arrayshm_frame_info *info) {
  napi_value published;
  TRY(napi_create_bigint_uint64(env, info->published_ns, &published));
  TRY(napi_set_named_property(env, object, "published", published));
  return set_number(env, object, "sequence", (double)info->sequence);
}

static napi_value open_stream(napi_env env, napi_callback_info call) {
  napi_value arguments[2], result, value, shape;
  size_t count = 2;
  char directory[4096], name[128];
  napi_valuetype type;
  TRY(napi_get_cb_info(env, call, &count, arguments, NULL, NULL));
  TRY(napi_typeof(env, arguments[0], &type));
  if (type == napi_string) TRY(napi_get_value_string_utf8(env, arguments[0], directory, sizeof directory, NULL));
  TRY(napi_get_value_string_utf8(env, arguments[1], name, sizeof name, NULL));

  arrayshm_reader *reader = arrayshm_open(type == napi_string ? directory : NULL, name);
  arrayshm_description about;
  const void *base;
  if (!reader) return throw_last(env);
  arrayshm_memory *memory = arrayshm_reader_memory(reader, &base);
  if (!memory || arrayshm_describe(reader, &about) != ARRAYSHM_OK || arrayshm_subscribe(reader, true) != ARRAYSHM_OK) {
    throw_last(env);
    if (memory) arrayshm_memory_release(memory);
    arrayshm_reader_free(reader);
    return NULL;
  }

  stream *opened = malloc(sizeof *opened);
  *opened = (stream){.reader = reader, .base = base};
  TRY(napi_create_object(env, &result));
  TRY(napi_create_external(env, opened, free_stream, NULL, &value));
  TRY(napi_set_named_property(env, result, "stream", value));
  if (napi_create_external_arraybuffer(env, (void *)base, about.nbytes, release, memory, &value) != napi_ok) {
    arrayshm_memory_release(memory);
    TRY(napi_get_null(env, &value));
  }
  TRY(napi_set_named_property(env, result, "payload", value));
  TRY(napi_create_string_utf8(env, about.descr, NAPI_AUTO_LENGTH, &value));
  TRY(napi_set_named_property(env, result, "descr", value));
  TRY(napi_create_array(env, &shape));
  for (uint32_t i = 0; i < about.ndim; i++) {
    TRY(napi_create_double(env, (double)about.shape[i], &value));
    TRY(napi_set_element(env, shape, i, value));
  }
  TRY(napi_set_named_property(env, result, "shape", shape));
  return set_number(env, result, "stride", (double)about.stride);
}

/* The stream and, if asked for, the number after it. */
static stream *taken(napi_env env, napi_callback_info call, napi_value *arguments, size_t count, uint64_t *after) {
  stream *stream;
  int64_t number = 0;
  TRY(napi_get_cb_info(env, call, &count, arguments, NULL, NULL));
  TRY(napi_get_value_external(env, arguments[0], (void **)&stream));
  if (after) {
    TRY(napi_get_value_int64(env, arguments[1], &number));
    *after = (uint64_t)number;
  }
  if (stream->closed) return napi_throw_error(env, NULL, "this stream is closed"), NULL;
  return stream;
}

static napi_value lease_frame(napi_env env, napi_callback_info call) {
  napi_value arguments[2], result, value;
  uint64_t after;
  stream *from = taken(env, call, arguments, 2, &after);
  if (!from) return NULL;
  arrayshm_frame_info info;
  const void *frame;
  arrayshm_memory *memory = arrayshm_lease_latest(from->reader, &frame, &info);
  if (!memory && arrayshm_error_code() != ARRAYSHM_NONE) return throw_last(env);
  if (!memory || info.sequence <= after) {
    if (memory) arrayshm_memory_release(memory);
    TRY(napi_get_null(env, &value));
    return value;
  }
  arrayshm_memory **lease = malloc(sizeof *lease);
  *lease = memory;
  TRY(napi_create_external(env, lease, free_lease, NULL, &value));
  TRY(napi_create_object(env, &result));
  TRY(napi_set_named_property(env, result, "lease", value));
  set_number(env, result, "offset", (double)((const uint8_t *)frame - from->base));
  return set_info(env, result, &info);
}

static napi_value give_back(napi_env env, napi_callback_info call) {
  napi_value argument;
  size_t count = 1;
  arrayshm_memory **lease;
  TRY(napi_get_cb_info(env, call, &count, &argument, NULL, NULL));
  TRY(napi_get_value_external(env, argument, (void **)&lease));
  if (*lease) arrayshm_memory_release(*lease);
  *lease = NULL;
  return NULL;
}

static napi_value copy_frame(napi_env env, napi_callback_info call) {
  napi_value arguments[2], result;
  void *into;
  size_t size;
  arrayshm_frame_info info;
  stream *from = taken(env, call, arguments, 2, NULL);
  if (!from) return NULL;
  TRY(napi_get_arraybuffer_info(env, arguments[1], &into, &size));
  if (arrayshm_copy_latest(from->reader, into, size, &info) != ARRAYSHM_OK) return throw_last(env);
  TRY(napi_create_object(env, &result));
  return set_info(env, result, &info);
}

static napi_value close_stream(napi_env env, napi_callback_info call) {
  napi_value argument;
  stream *closing = taken(env, call, &argument, 1, NULL);
  if (!closing) return NULL;
  closing->closed = true;
  arrayshm_subscribe(closing->reader, false);
  return NULL;
}

/* ---- Waiting, in a thread of Node's pool */

static void wait_aside(napi_env env, void *data) {
  (void)env;
  waiting *wait = data;
  wait->status = arrayshm_wait(wait->stream->reader, wait->after, wait->timeout);
  /* The message is this thread's. */
  if (wait->status < 0) snprintf(wait->message, sizeof wait->message, "%s", arrayshm_error_message());
}

static void tell(napi_env env, napi_status status, void *data) {
  waiting *wait = data;
  napi_value value, text;
  if (status == napi_ok && (wait->status == ARRAYSHM_OK || wait->status == ARRAYSHM_TIMEOUT)) {
    napi_get_boolean(env, wait->status == ARRAYSHM_OK, &value);
    napi_resolve_deferred(env, wait->promise, value);
  } else {
    napi_create_string_utf8(env, wait->message, NAPI_AUTO_LENGTH, &text);
    napi_create_error(env, NULL, text, &value);
    napi_reject_deferred(env, wait->promise, value);
  }
  napi_delete_async_work(env, wait->work);
  napi_delete_reference(env, wait->kept);
  free(wait);
}

static napi_value wait_newer(napi_env env, napi_callback_info call) {
  napi_value arguments[3], promise, name;
  uint64_t after;
  double seconds;
  stream *from = taken(env, call, arguments, 3, &after);
  if (!from) return NULL;
  TRY(napi_get_value_double(env, arguments[2], &seconds));
  waiting *wait = calloc(1, sizeof *wait);
  *wait = (waiting){.stream = from, .after = after, .timeout = (int64_t)(seconds * 1e9)};
  TRY(napi_create_reference(env, arguments[0], 1, &wait->kept));
  TRY(napi_create_promise(env, &wait->promise, &promise));
  TRY(napi_create_string_utf8(env, "webmon wait", NAPI_AUTO_LENGTH, &name));
  TRY(napi_create_async_work(env, NULL, name, wait_aside, tell, wait, &wait->work));
  TRY(napi_queue_async_work(env, wait->work));
  return promise;
}

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    napi_callback function;
  } functions[] = {{"open", open_stream}, {"wait", wait_newer}, {"lease", lease_frame}, {"giveBack", give_back}, {"copy", copy_frame}, {"close", close_stream}};
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    TRY(napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function));
    TRY(napi_set_named_property(env, exports, functions[i].name, function));
  }
  return exports;
}
