/* tests/faults.c — a disk that fails on demand: stands before the C library's calls that change the disk.
 *
 * Loaded with LD_PRELOAD by tests/faults.py, and asleep until anjuan_faults_arm() names a folder. From then on every call of
 * this process that changes something below that folder is counted; the call of the wanted number, and with `lasting` every
 * later one, fails with the wanted error and changes nothing. It sees what Python, SQLCipher and any other native code do.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static char watched[PATH_MAX];
static size_t watched_length;
static atomic_int counted, struck;
static int wanted, wanted_error, lasts;
static char first_struck[PATH_MAX + 32];

/* From now on. `at` 0 counts and never fails. */
void anjuan_faults_arm(const char *folder, int at, int error, int lasting)
{
    watched_length = 0;
    counted = struck = 0;
    first_struck[0] = 0;
    wanted = at, wanted_error = error, lasts = lasting;
    strncpy(watched, folder, sizeof watched - 1);
    watched_length = strlen(watched);
}

void anjuan_faults_disarm(void) { watched_length = 0; }
int anjuan_faults_counted(void) { return counted; }
int anjuan_faults_struck(void) { return struck; }
const char *anjuan_faults_first(void) { return first_struck; }

static int below(const char *path)
{
    return watched_length && !strncmp(path, watched, watched_length) &&
           (path[watched_length] == 0 || path[watched_length] == '/');
}

static const char *of_descriptor(int descriptor, char *room)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, room, PATH_MAX - 1);
    room[length < 0 ? 0 : length] = 0;
    return room;
}

static const char *of_path(int folder, const char *path, char *room)
{
    if (!path || path[0] == '/' || folder == AT_FDCWD)
        return path ? path : "";
    char base[PATH_MAX];
    of_descriptor(folder, base);
    snprintf(room, PATH_MAX, "%.*s/%s", PATH_MAX / 2, base, path);
    return room;
}

/* Whether this call is to fail. A full disk still lets go: what only gives room back neither counts nor fails there. */
static int fails(const char *call, const char *path, int takes_room)
{
    if (!below(path) || (!takes_room && (wanted_error == ENOSPC || wanted_error == EDQUOT)))
        return 0;
    int number = ++counted;
    if (!wanted || !(number == wanted || (lasts && number > wanted)))
        return 0;
    if (!struck++)
        snprintf(first_struck, sizeof first_struck, "%s %s", call, strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
    errno = wanted_error;
    return 1;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define ON_DESCRIPTOR(name, takes_room, failed, parameters, arguments) \
    __typeof__(failed) name parameters \
    { \
        REAL(name); \
        char room[PATH_MAX]; \
        if (watched_length && fails(#name, of_descriptor(descriptor, room), takes_room)) return failed; \
        return real arguments; \
    }

ON_DESCRIPTOR(write, 1, (ssize_t)-1, (int descriptor, const void *data, size_t size), (descriptor, data, size))
ON_DESCRIPTOR(pwrite, 1, (ssize_t)-1, (int descriptor, const void *data, size_t size, off_t at), (descriptor, data, size, at))
ON_DESCRIPTOR(pwrite64, 1, (ssize_t)-1, (int descriptor, const void *data, size_t size, off64_t at), (descriptor, data, size, at))
ON_DESCRIPTOR(ftruncate, 0, (int)-1, (int descriptor, off_t size), (descriptor, size))
ON_DESCRIPTOR(ftruncate64, 0, (int)-1, (int descriptor, off64_t size), (descriptor, size))
ON_DESCRIPTOR(fallocate, 1, (int)-1, (int descriptor, int mode, off_t at, off_t size), (descriptor, mode, at, size))
ON_DESCRIPTOR(fallocate64, 1, (int)-1, (int descriptor, int mode, off64_t at, off64_t size), (descriptor, mode, at, size))
ON_DESCRIPTOR(posix_fallocate, 1, (int)wanted_error, (int descriptor, off_t at, off_t size), (descriptor, at, size))
ON_DESCRIPTOR(posix_fallocate64, 1, (int)wanted_error, (int descriptor, off64_t at, off64_t size), (descriptor, at, size))
ON_DESCRIPTOR(fsync, 1, (int)-1, (int descriptor), (descriptor))
ON_DESCRIPTOR(fdatasync, 1, (int)-1, (int descriptor), (descriptor))
ON_DESCRIPTOR(sendfile64, 1, (ssize_t)-1, (int descriptor, int from, off64_t *at, size_t size), (descriptor, from, at, size))
ON_DESCRIPTOR(sendfile, 1, (ssize_t)-1, (int descriptor, int from, off_t *at, size_t size), (descriptor, from, at, size))

ssize_t copy_file_range(int from, off64_t *from_at, int descriptor, off64_t *at, size_t size, unsigned flags)
{
    REAL(copy_file_range);
    char room[PATH_MAX];
    if (watched_length && fails("copy_file_range", of_descriptor(descriptor, room), 1)) return -1;
    return real(from, from_at, descriptor, at, size, flags);
}

#define ON_PATH(name, takes_room, folder, path, parameters, arguments) \
    int name parameters \
    { \
        REAL(name); \
        char room[PATH_MAX]; \
        if (watched_length && fails(#name, of_path(folder, path, room), takes_room)) return -1; \
        return real arguments; \
    }

/* A folder that is there already is said to be there on any disk. */
int mkdir(const char *path, mode_t mode)
{
    REAL(mkdir);
    if (watched_length && faccessat(AT_FDCWD, path, F_OK, 0) && fails("mkdir", path, 1)) return -1;
    return real(path, mode);
}

ON_PATH(rename, 1, AT_FDCWD, path, (const char *from, const char *path), (from, path))
ON_PATH(renameat, 1, folder, path, (int at, const char *from, int folder, const char *path), (at, from, folder, path))
ON_PATH(link, 1, AT_FDCWD, path, (const char *from, const char *path), (from, path))
ON_PATH(linkat, 1, folder, path, (int at, const char *from, int folder, const char *path, int flags), (at, from, folder, path, flags))
ON_PATH(symlink, 1, AT_FDCWD, path, (const char *from, const char *path), (from, path))
ON_PATH(symlinkat, 1, folder, path, (const char *from, int folder, const char *path), (from, folder, path))
ON_PATH(unlink, 0, AT_FDCWD, path, (const char *path), (path))
ON_PATH(unlinkat, 0, folder, path, (int folder, const char *path, int flags), (folder, path, flags))
ON_PATH(rmdir, 0, AT_FDCWD, path, (const char *path), (path))
ON_PATH(truncate, 0, AT_FDCWD, path, (const char *path, off_t size), (path, size))
ON_PATH(chmod, 0, AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))

/* Opening changes the disk when it makes a file; where nothing may be written, opening for writing fails as well. */
static int open_fails(const char *call, int folder, const char *path, int flags)
{
    char room[PATH_MAX];
    if (!watched_length || !(flags & (O_WRONLY | O_RDWR | O_CREAT)))
        return 0;
    const char *full = of_path(folder, path, room);
    int makes = (flags & O_CREAT) && faccessat(folder, path, F_OK, 0);
    return (makes || wanted_error == EROFS) && fails(call, full, 1);
}

#define MODE va_list rest; va_start(rest, flags); mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; va_end(rest)

#define OPENS(name) \
    int name(const char *path, int flags, ...) \
    { \
        REAL(name); \
        MODE; \
        int before = errno; \
        if (open_fails(#name, AT_FDCWD, path, flags)) return -1; \
        errno = before; \
        return real(path, flags, mode); \
    }
#define OPENS_AT(name) \
    int name(int folder, const char *path, int flags, ...) \
    { \
        REAL(name); \
        MODE; \
        int before = errno; \
        if (open_fails(#name, folder, path, flags)) return -1; \
        errno = before; \
        return real(folder, path, flags, mode); \
    }
OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)
