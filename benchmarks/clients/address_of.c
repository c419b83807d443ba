/* Where the bytes of a typed array lie, for Node: addressOf(array) as a BigInt. A benchmark compares it with the mapping. */
#include <node_api.h>
#include <stdint.h>

static napi_value address_of(napi_env env, napi_callback_info call) {
  napi_value array, result;
  size_t count = 1;
  void *data;
  if (napi_get_cb_info(env, call, &count, &array, NULL, NULL) != napi_ok ||
      napi_get_typedarray_info(env, array, NULL, NULL, &data, NULL, NULL) != napi_ok ||
      napi_create_bigint_uint64(env, (uint64_t)(uintptr_t)data, &result) != napi_ok) {
    napi_throw_type_error(env, NULL, "addressOf: no typed array");
    return NULL;
  }
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "addressOf", NAPI_AUTO_LENGTH, address_of, NULL, &function) != napi_ok ||
      napi_set_named_property(env, exports, "addressOf", function) != napi_ok)
    return NULL;
  return exports;
}
