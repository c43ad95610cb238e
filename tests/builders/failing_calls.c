/* Calls of the C library that fail with a chosen error number, for files whose path ends in a chosen
   text. failing_calls.py compiles and preloads it, and calls `fail_calls`. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char call_name[16], ending[512];
static int number, skip, times;

/* From now on, calls fail as "call:number:skip:times:ending" states: `times` of them, after `skip`;
   none does if the text is empty. A call is open, read, write, lock or rename. */
void fail_calls(const char *text)
{
    call_name[0] = 0;
    sscanf(text, "%15[^:]:%d:%d:%d:%511[^\n]", call_name, &number, &skip, &times, ending);
}

static int fails(const char *name, const char *path)
{
    size_t length = strlen(path), wanted = strlen(ending);
    if (strcmp(name, call_name) || length < wanted || strcmp(path + length - wanted, ending))
        return 0;
    if (skip-- > 0 || times-- <= 0) return 0;
    errno = number;
    return 1;
}

static int fails_of_open(const char *name, int descriptor)
{
    char link[64], path[4096];
    if (strcmp(name, call_name)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return fails(name, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                                                                        \
    int name(const char *path, int flags, ...)                                            \
    {                                                                                     \
        va_list rest;                                                                     \
        va_start(rest, flags);                                                            \
        mode_t mode = va_arg(rest, mode_t);                                               \
        va_end(rest);                                                                     \
        return fails("open", path) ? -1 : REAL(name)(path, flags, mode);                  \
    }
OPEN(open)
OPEN(open64)

#define OPEN_AT(name)                                                                     \
    int name(int folder, const char *path, int flags, ...)                                \
    {                                                                                     \
        va_list rest;                                                                     \
        va_start(rest, flags);                                                            \
        mode_t mode = va_arg(rest, mode_t);                                               \
        va_end(rest);                                                                     \
        return fails("open", path) ? -1 : REAL(name)(folder, path, flags, mode);          \
    }
OPEN_AT(openat)
OPEN_AT(openat64)

FILE *fopen(const char *path, const char *mode)
{
    return fails("open", path) ? NULL : REAL(fopen)(path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
    return fails("open", path) ? NULL : REAL(fopen64)(path, mode);
}

#define MOVE(name, kind, bytes, ...)                                                      \
    {                                                                                     \
        return fails_of_open(kind, file) ? -1 : REAL(name)(file, bytes, size, ##__VA_ARGS__); \
    }
ssize_t read(int file, void *into, size_t size) MOVE(read, "read", into)
ssize_t pread(int file, void *into, size_t size, off_t at) MOVE(pread, "read", into, at)
ssize_t pread64(int file, void *into, size_t size, off64_t at) MOVE(pread64, "read", into, at)
ssize_t write(int file, const void *from, size_t size) MOVE(write, "write", from)
ssize_t pwrite(int file, const void *from, size_t size, off_t at) MOVE(pwrite, "write", from, at)
ssize_t pwrite64(int file, const void *from, size_t size, off64_t at)
    MOVE(pwrite64, "write", from, at)

int flock(int file, int operation)
{
    return fails_of_open("lock", file) ? -1 : REAL(flock)(file, operation);
}

int rename(const char *from, const char *to)
{
    return fails("rename", to) ? -1 : REAL(rename)(from, to);
}
