#define PY_SSIZE_T_CLEAN
/* Before Python.h, which defines _GNU_SOURCE: with it glibc names a member of fd_set differently than in
 * Dispatch, and Swift refuses to load both. */
#include <sys/select.h>
#include <Python.h>
