/* arrayshm.h: numpy arrays in shared memory, from any language that can call C.
 *
 * A segment is one file with one numpy array: a ring of frames, a ring of log records, or an array that is edited in place.
 * It has one writer and any number of readers, in any processes of one user. docs/segment-format.md describes its bytes,
 * docs/direct-readers.md how Node, Electron and Deno read through this.
 *
 * Conventions
 *   - Functions that return `arrayshm_status` return ARRAYSHM_OK (0) or a negative code. Functions that return a pointer
 *     return NULL for an error. `arrayshm_error_message()` then says, in the calling thread, what was wrong, where, what
 *     was found and what would be right; `arrayshm_error_code()` gives the code.
 *   - Strings are UTF-8 and end in NUL. `directory` may be NULL: $WEBMON_DIR, else /dev/shm/webmon-<uid>.
 *   - Times are nanoseconds of CLOCK_MONOTONIC. Timeouts are nanoseconds; negative waits for ever, 0 only looks.
 *   - A handle may be used from several threads; calls on one writer are put in line, waiting calls on readers are not.
 *   - Memory that a function hands out stays mapped until the handle AND every `arrayshm_memory` taken from it is released.
 *   - After fork() the child's handles of the parent's writers refuse with ARRAYSHM_FORKED; readers open themselves anew.
 */
#ifndef ARRAYSHM_H
#define ARRAYSHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t arrayshm_status;

enum {
  ARRAYSHM_OK = 0,
  ARRAYSHM_TIMEOUT = -1,          /* nothing new within the time limit */
  ARRAYSHM_NONE = -2,             /* nothing is there yet, or no longer */
  ARRAYSHM_DROPPED = -3,          /* every slot is leased: the frame was dropped and counted */
  ARRAYSHM_BUSY = -4,             /* the name has a live writer, or an edit is already open */
  ARRAYSHM_NOT_FOUND = -5,        /* no such segment or directory */
  ARRAYSHM_INVALID = -6,          /* an argument is out of range or does not fit the segment */
  ARRAYSHM_DTYPE = -7,            /* the dtype cannot be shared, or its text cannot be read */
  ARRAYSHM_CORRUPT = -8,          /* the file is not a whole and valid segment */
  ARRAYSHM_NO_SPACE = -9,         /* the file system is full */
  ARRAYSHM_PERMISSION = -10,      /* the directory or file may not be read or written */
  ARRAYSHM_TOO_MANY_FILES = -11,  /* the process or the system is out of file descriptors */
  ARRAYSHM_CLOSED = -12,          /* the handle was closed, or the writer ended and everything was read */
  ARRAYSHM_SUPERSEDED = -13,      /* a newer generation of this name exists: open it again */
  ARRAYSHM_FORKED = -14,          /* the handle belongs to the parent process */
  ARRAYSHM_TORN = -15,            /* the data kept changing while it was copied */
  ARRAYSHM_SYSTEM = -16           /* another error of the operating system */
};

typedef enum { ARRAYSHM_FRAMES = 1, ARRAYSHM_LOG = 2, ARRAYSHM_ARRAY = 3 } arrayshm_kind;

enum {
  ARRAYSHM_FLAG_RECARRAY = 1, /* show records as numpy.recarray */
  ARRAYSHM_FLAG_PERSIST = 2,  /* keep the file after a clean close */
  /* Arrays: memory is taken as the payload is written, not at creation, so an array may be larger than memory. There is no
   * NO_SPACE then: on a full file system a write into the payload is a SIGBUS. What was never written reads as zeros; reading
   * it through arrayshm_reader_memory takes memory for it, arrayshm_copy_region does not. */
  ARRAYSHM_FLAG_SPARSE = 4
};

typedef enum {
  ARRAYSHM_LIVE = 1,        /* its writer holds it */
  ARRAYSHM_ENDED = 2,       /* its writer closed it */
  ARRAYSHM_REPLACED = 3,    /* a newer generation took its name */
  ARRAYSHM_GONE = 4         /* its writer died without closing it */
} arrayshm_state;

/* ---- The library ------------------------------------------------------------------------------------------------- */

const char *arrayshm_version(void);
/* Code and text of the calling thread's last error; the text stays valid until the thread's next failing call. */
arrayshm_status arrayshm_error_code(void);
const char *arrayshm_error_message(void);
/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t arrayshm_now(void);

/* ---- What a segment is ------------------------------------------------------------------------------------------- */

enum { ARRAYSHM_MAX_DIMENSIONS = 64 };

/* Constants of a segment. Pointers stay valid as long as the handle they came from. */
typedef struct {
  uint32_t kind;                 /* arrayshm_kind */
  uint32_t flags;
  uint64_t generation;
  const char *name;
  const char *path;
  const char *descr;             /* numpy's descr, the text in the .npy header */
  const char *metadata;          /* JSON object */
  uint32_t ndim;                 /* of one frame, of (records,), of the array: without the ring's axis for frames */
  uint32_t tile_ndim;
  uint64_t shape[ARRAYSHM_MAX_DIMENSIONS];
  uint64_t tile[ARRAYSHM_MAX_DIMENSIONS]; /* extent of a tile; arrays only */
  uint64_t itemsize;
  uint64_t slots;                /* frames in the ring, records in the log, 1 for an array */
  uint64_t stride;               /* bytes from slot to slot */
  uint64_t nbytes;               /* of the whole payload */
  uint64_t tiles;                /* number of tiles; arrays only */
  uint64_t created_monotonic_ns;
  uint64_t created_realtime_ns;
} arrayshm_description;

/* What changes while a segment lives. */
typedef struct {
  uint32_t state;                /* arrayshm_state */
  uint32_t readers;              /* subscribed readers, this handle's own not counted */
  uint64_t sequence;             /* number of the newest commit, 0 before the first */
  uint64_t heartbeat_ns;         /* time of the newest commit */
  uint64_t dropped;              /* frames dropped because every slot was leased */
  uint64_t writer_pid;
} arrayshm_status_info;

/* Where a frame belongs and when it was published. */
typedef struct {
  uint64_t sequence;
  uint64_t published_ns;
  uint64_t valid_bytes;          /* 0 when committing: the whole slot */
  uint32_t level, plane;
  uint32_t y, x, h, w;
  uint64_t user;                 /* the writer's own 64 bits */
} arrayshm_frame_info;

/* ---- Memory that outlives handles ---------------------------------------------------------------------------------- */

typedef struct arrayshm_memory arrayshm_memory; /* one share in a mapping, with the lease that may hang on it */
void arrayshm_memory_release(arrayshm_memory *memory);

/* ---- Writing -------------------------------------------------------------------------------------------------------- */

typedef struct arrayshm_writer arrayshm_writer;

typedef struct {
  uint32_t kind;                 /* arrayshm_kind */
  uint32_t flags;
  const char *directory;         /* NULL: the default */
  const char *name;              /* 1 to 120 of A-Z a-z 0-9 . _ -, not starting with a dot; "webmon." begins webmon's own (docs/commands.md) */
  const char *descr;             /* "'<u2'" or "[('a', '<f4'), ...]" */
  const char *metadata;          /* JSON object, NULL: {} */
  uint32_t ndim;                 /* of one frame, or of the array; a log has none: `slots` is its length */
  uint32_t overwrite_after;      /* frames: overwrite a leased slot after so many drops in a row; 0 = never */
  const uint64_t *shape;
  const uint64_t *tile;          /* arrays: ndim extents, or NULL: 256 along the last two axes, 1 along the others */
  uint64_t slots;                /* frames and logs */
  uint32_t resume;               /* not 0: go on with an equal segment whose writer is gone, if there is one; its flags and metadata stay */
  uint32_t reserved;
} arrayshm_options;

/* Creates a segment, or takes its name over from a writer that is gone. Memory is allocated and touched here.
 * (With ARRAYSHM_FLAG_SPARSE all but the payload.) A file of that name that is not a valid segment is never replaced (INVALID).
 * Errors: BUSY, INVALID, DTYPE, NO_SPACE, PERMISSION, NOT_FOUND, TOO_MANY_FILES, SYSTEM. */
arrayshm_writer *arrayshm_create(const arrayshm_options *options);
arrayshm_status arrayshm_writer_describe(arrayshm_writer *writer, arrayshm_description *out);
arrayshm_status arrayshm_writer_status(arrayshm_writer *writer, arrayshm_status_info *out);
/* The writable payload: `nbytes` bytes at *base. */
arrayshm_memory *arrayshm_writer_memory(arrayshm_writer *writer, void **base);
/* 1 while a reader asks for data, 0 if none does, or a negative code. */
int32_t arrayshm_wanted(arrayshm_writer *writer);

/* Frames. loan: the slot to fill (>= 0), DROPPED, or another negative code. commit makes it the newest frame and gives its
 * sequence number (`info` may be NULL; its sequence is ignored, and so is published_ns if 0). abandon gives the slot back. */
int32_t arrayshm_loan(arrayshm_writer *writer);
arrayshm_status arrayshm_commit(arrayshm_writer *writer, uint32_t slot, const arrayshm_frame_info *info, uint64_t *sequence);
arrayshm_status arrayshm_abandon(arrayshm_writer *writer, uint32_t slot);
/* loan, one copy of exactly `stride` bytes, commit. */
arrayshm_status arrayshm_put(arrayshm_writer *writer, const void *frame, size_t nbytes, const arrayshm_frame_info *info, uint64_t *sequence);

/* Logs. Appends `count` records of `itemsize` bytes; *sequence is the number of the last one. Records are made visible
 * in batches of at most the ring's length. */
arrayshm_status arrayshm_append(arrayshm_writer *writer, const void *records, uint64_t count, uint64_t *sequence);

/* Arrays. An edit marks the tiles that meet start[i] <= index < stop[i]; one edit is open at a time (else BUSY).
 * NULL for start and stop: everything. *version is the number under which readers see the change. */
arrayshm_status arrayshm_edit_begin(arrayshm_writer *writer, const uint64_t *start, const uint64_t *stop);
arrayshm_status arrayshm_edit_end(arrayshm_writer *writer, uint64_t *version);

/* Marks the segment as ended, removes its file unless it persists, lets its name go. Memory taken from it stays valid. */
arrayshm_status arrayshm_writer_close(arrayshm_writer *writer);
/* Closes if need be, and frees the handle. */
void arrayshm_writer_free(arrayshm_writer *writer);

/* ---- Reading -------------------------------------------------------------------------------------------------------- */

typedef struct arrayshm_reader arrayshm_reader;

/* Opens the newest generation of a name, validating everything. Errors: INVALID, NOT_FOUND, CORRUPT, DTYPE, PERMISSION, TOO_MANY_FILES, SYSTEM. */
arrayshm_reader *arrayshm_open(const char *directory, const char *name);
arrayshm_status arrayshm_describe(arrayshm_reader *reader, arrayshm_description *out);
arrayshm_status arrayshm_reader_status(arrayshm_reader *reader, arrayshm_status_info *out);
/* Number of the newest commit, 0 before the first (and for NULL): an atomic load, where arrayshm_reader_status asks the kernel. */
uint64_t arrayshm_sequence(arrayshm_reader *reader);
/* The read-only payload, without any promise: what a bare numpy.load would see. */
arrayshm_memory *arrayshm_reader_memory(arrayshm_reader *reader, const void **base);
/* Counts this reader among those that make `wanted` true, or not. */
arrayshm_status arrayshm_subscribe(arrayshm_reader *reader, bool wanted);

/* Frames, in place: the newest one, or the oldest one with a number over `after`. The frame stays as it is until `memory` is
 * released. *missed counts the frames after `after` that were overwritten before. Errors: NONE, CLOSED, SUPERSEDED, TORN (passed by again and again). */
arrayshm_memory *arrayshm_lease_latest(arrayshm_reader *reader, const void **frame, arrayshm_frame_info *info);
arrayshm_memory *arrayshm_lease_next(arrayshm_reader *reader, uint64_t after, const void **frame, arrayshm_frame_info *info, uint64_t *missed);
/* false if a writer with an overwrite bound has taken the slot back from under the lease. */
bool arrayshm_lease_intact(const arrayshm_memory *memory);
/* Slots on which this reader holds leases now. */
uint32_t arrayshm_leases(arrayshm_reader *reader);
/* Frames, copied and checked for tearing; `nbytes` is the stride. */
arrayshm_status arrayshm_copy_latest(arrayshm_reader *reader, void *frame, size_t nbytes, arrayshm_frame_info *info);
arrayshm_status arrayshm_copy_next(arrayshm_reader *reader, uint64_t after, void *frame, size_t nbytes, arrayshm_frame_info *info, uint64_t *missed);

/* Logs: copies the records with numbers over `after`, at most `capacity`, oldest first. *sequence is the number of the
 * last one copied (`after` if none, plus what was lost), *lost counts those overwritten before they could be read. */
arrayshm_status arrayshm_since(arrayshm_reader *reader, uint64_t after, void *records, uint64_t capacity, uint64_t *count, uint64_t *sequence, uint64_t *lost);

/* Arrays: flat numbers (C order of the tile grid) of the tiles changed after `version`. `tiles` has room for `capacity`; *count is
 * how many there are (it may be more: call again with room). *newest is the version to ask with next time. A tile in the middle of an edit counts as changed. */
arrayshm_status arrayshm_changed(arrayshm_reader *reader, uint64_t version, uint64_t *tiles, uint64_t capacity, uint64_t *count, uint64_t *newest);
/* Copies the box start <= index < stop in C order, checked for tearing against its tiles' versions. NULLs: everything. */
arrayshm_status arrayshm_copy_region(arrayshm_reader *reader, const uint64_t *start, const uint64_t *stop, void *data, size_t nbytes, uint64_t *version);

/* Waits until something newer than commit `after` is there. Errors: TIMEOUT, CLOSED, SUPERSEDED. Never holds a lock. */
arrayshm_status arrayshm_wait(arrayshm_reader *reader, uint64_t after, int64_t timeout_ns);
/* The same for many: ready[i] is set for each reader with something newer than after[i] (or with an end). Returns how many
 * are ready, 0 after the time limit, or a negative code. At most 127 readers; needs Linux 5.16. */
int32_t arrayshm_wait_many(arrayshm_reader *const *readers, const uint64_t *after, uint32_t count, bool *ready, int64_t timeout_ns);
void arrayshm_reader_free(arrayshm_reader *reader);

/* ---- The directory -------------------------------------------------------------------------------------------------- */

/* Names, each ended by a newline, then NUL. Returns the bytes needed (NUL included) or a negative code; writes only if they fit. A missing directory has no names. */
int64_t arrayshm_list(const char *directory, char *buffer, size_t capacity);
/* The directory's path, likewise. */
int64_t arrayshm_directory(const char *directory, char *buffer, size_t capacity);
/* Removes a segment whose writer is gone (BUSY otherwise). */
arrayshm_status arrayshm_remove(const char *directory, const char *name);
/* Removes what dead writers left, temporary files too; their file names go into `buffer` as in arrayshm_list. `dry_run`: only says. Readers keep what they mapped. */
int64_t arrayshm_collect_garbage(const char *directory, bool dry_run, char *buffer, size_t capacity);

typedef struct arrayshm_watcher arrayshm_watcher;
/* Reports names that appear (also: that get a new generation) and disappear. The first reports are those there already. */
arrayshm_watcher *arrayshm_watch(const char *directory);
/* One event: "+name" or "-name" in `buffer`, which has room for at least 122 bytes. TIMEOUT if there was none. */
arrayshm_status arrayshm_watch_next(arrayshm_watcher *watcher, char *buffer, size_t capacity, int64_t timeout_ns);
void arrayshm_watcher_free(arrayshm_watcher *watcher);

#ifdef __cplusplus
}
#endif
#endif
