/* zlib, and the macro of it that Swift cannot import. */
#ifndef WEBMON_ZLIB_SHIMS_H
#define WEBMON_ZLIB_SHIMS_H

#include <zlib.h>

/* Compresses all of `source` in the zlib format. `*length` is the room at `target`, and then what was used.
 * Z_BUF_ERROR if the room does not suffice. */
static inline int webmon_deflate(const void *source, unsigned long count, void *target, unsigned long *length, int level) {
  return compress2((Bytef *)target, length, (const Bytef *)source, count, level);
}

#endif
