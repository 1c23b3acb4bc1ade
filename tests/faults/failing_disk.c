/* A disk that fails once, preloaded into the program (LD_PRELOAD), DuckDB's own calls included.

   FAILING_DISK_HOME   only paths below this folder count
   FAILING_DISK_FAULT  "<call> <k> <errno> <pattern>": the k-th such call on a path (below the folder) that matches the
                       shell pattern fails with that error number; 0 for a write that takes only half
   FAILING_DISK_LOG    each call is written here as "<call> <path>"
   The calls: open, write, fsync, rename, unlink, truncate, allocate, mkdir. The environment is read at each call, for the
   program is forked from a process in which it is not yet set. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum verdict { PASS, FAIL, HALF };

static int matched;
static char last_fault[300]; /* another fault is counted anew */
static int log_descriptor = -1;
static pid_t log_owner;

static void note(const char *call, const char *below) {
    const char *log = getenv("FAILING_DISK_LOG");
    char line[PATH_MAX + 32];
    if (!log) return;
    if (log_descriptor < 0 || log_owner != getpid()) {
        log_descriptor = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        log_owner = getpid();
    }
    int length = snprintf(line, sizeof line, "%s %s\n", call, below);
    syscall(SYS_write, log_descriptor, line, (size_t)length);
}

static enum verdict judge(const char *call, const char *path) {
    const char *home = getenv("FAILING_DISK_HOME"), *fault;
    char wanted[16], pattern[256];
    int number, error;
    size_t length;
    if (!home || !path || strncmp(path, home, length = strlen(home)) || path[length] != '/') return PASS;
    note(call, path + length + 1);
    fault = getenv("FAILING_DISK_FAULT");
    if (fault && strncmp(fault, last_fault, sizeof last_fault - 1)) {
        strncpy(last_fault, fault, sizeof last_fault - 1);
        matched = 0;
    }
    if (!fault || sscanf(fault, "%15s %d %d %255s", wanted, &number, &error, pattern) != 4) return PASS;
    if (strcmp(wanted, call) || fnmatch(pattern, path + length + 1, 0)) return PASS;
    if (__sync_add_and_fetch(&matched, 1) != number) return PASS;
    note("FAULT", path + length + 1);
    if (!error) return HALF;
    errno = error;
    return FAIL;
}

static enum verdict judge_descriptor(const char *call, int descriptor) {
    char link[64], path[PATH_MAX];
    ssize_t length;
    if (!getenv("FAILING_DISK_HOME")) return PASS;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    if ((length = readlink(link, path, sizeof path - 1)) < 0) return PASS;
    path[length] = 0;
    return judge(call, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define HALF_OF(n) ((n) > 1 ? (n) / 2 : (n))

#define OPEN(name)                                                                      \
    int name(const char *path, int flags, ...) {                                       \
        va_list rest;                                                                   \
        va_start(rest, flags);                                                          \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;       \
        va_end(rest);                                                                   \
        return judge("open", path) == PASS ? REAL(name)(path, flags, mode) : -1;        \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                    \
    int name(int folder, const char *path, int flags, ...) {                           \
        va_list rest;                                                                   \
        va_start(rest, flags);                                                          \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;       \
        va_end(rest);                                                                   \
        return judge("open", path) == PASS ? REAL(name)(folder, path, flags, mode) : -1; \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int descriptor, const void *bytes, size_t n) {
    enum verdict verdict = judge_descriptor("write", descriptor);
    return verdict == FAIL ? -1 : REAL(write)(descriptor, bytes, verdict == HALF ? HALF_OF(n) : n);
}

#define PWRITE(name, offset_type)                                                       \
    ssize_t name(int descriptor, const void *bytes, size_t n, offset_type at) {        \
        enum verdict verdict = judge_descriptor("write", descriptor);                   \
        return verdict == FAIL ? -1 : REAL(name)(descriptor, bytes, verdict == HALF ? HALF_OF(n) : n, at); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int descriptor, const struct iovec *parts, int n) {
    return judge_descriptor("write", descriptor) == PASS ? REAL(writev)(descriptor, parts, n) : -1;
}

#define PWRITEV(name, offset_type)                                                      \
    ssize_t name(int descriptor, const struct iovec *parts, int n, offset_type at) {   \
        return judge_descriptor("write", descriptor) == PASS ? REAL(name)(descriptor, parts, n, at) : -1; \
    }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

#define SENDFILE(name, offset_type)                                                     \
    ssize_t name(int target, int source, offset_type *at, size_t n) {                  \
        enum verdict verdict = judge_descriptor("write", target);                       \
        return verdict == FAIL ? -1 : REAL(name)(target, source, at, verdict == HALF ? HALF_OF(n) : n); \
    }
ssize_t sendfile(int, int, off_t *, size_t);
ssize_t sendfile64(int, int, off64_t *, size_t);
SENDFILE(sendfile, off_t)
SENDFILE(sendfile64, off64_t)

ssize_t copy_file_range(int source, off64_t *from, int target, off64_t *to, size_t n, unsigned flags) {
    return judge_descriptor("write", target) == PASS ? REAL(copy_file_range)(source, from, target, to, n, flags) : -1;
}

int fsync(int descriptor) { return judge_descriptor("fsync", descriptor) == PASS ? REAL(fsync)(descriptor) : -1; }

int fdatasync(int descriptor) {
    return judge_descriptor("fsync", descriptor) == PASS ? REAL(fdatasync)(descriptor) : -1;
}

int rename(const char *from, const char *to) { return judge("rename", to) == PASS ? REAL(rename)(from, to) : -1; }

int renameat(int folder, const char *from, int other, const char *to) {
    return judge("rename", to) == PASS ? REAL(renameat)(folder, from, other, to) : -1;
}

int unlink(const char *path) { return judge("unlink", path) == PASS ? REAL(unlink)(path) : -1; }

int remove(const char *path) { return judge("unlink", path) == PASS ? REAL(remove)(path) : -1; }

int unlinkat(int folder, const char *path, int flags) {
    return judge("unlink", path) == PASS ? REAL(unlinkat)(folder, path, flags) : -1;
}

int ftruncate(int descriptor, off_t length) {
    return judge_descriptor("truncate", descriptor) == PASS ? REAL(ftruncate)(descriptor, length) : -1;
}

int ftruncate64(int descriptor, off64_t length) {
    return judge_descriptor("truncate", descriptor) == PASS ? REAL(ftruncate64)(descriptor, length) : -1;
}

#define ALLOCATE(name, offset_type) /* this one returns its error */                    \
    int name(int descriptor, offset_type at, offset_type n) {                           \
        return judge_descriptor("allocate", descriptor) == PASS ? REAL(name)(descriptor, at, n) : errno; \
    }
ALLOCATE(posix_fallocate, off_t)
ALLOCATE(posix_fallocate64, off64_t)

int mkdir(const char *path, mode_t mode) { return judge("mkdir", path) == PASS ? REAL(mkdir)(path, mode) : -1; }
