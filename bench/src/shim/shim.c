/*
 * A disk and a clock that fail on command, for a server that is started with this library preloaded.
 *
 * The disk: what is written to the database's files becomes durable only when the file is synced. TIDINGS_SHIM_DURABLE
 * names a folder that holds what a power cut would leave: at each sync, the ranges written since the last one are
 * copied there. A sync that fails makes nothing durable, and forgets what it should have written, as Linux does when
 * writing back fails: syncing once more would not help.
 *
 * The clock: CLOCK_REALTIME is moved by an offset.
 *
 * TIDINGS_SHIM_CONTROL names a file with three numbers: the clock's offset in milliseconds, whether syncing fails, and
 * how many milliseconds it takes. The bench changes them while the server runs.
 *
 * Deaths: each write to the database's files is counted in the file that TIDINGS_SHIM_WRITES names, and before the one
 * that TIDINGS_SHIM_DIE_AT says, the process is killed.
 *
 * What is simplified: making and removing a file is durable at once.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FDS 65536
#define NAME 256

struct range { off_t at; size_t length; };
struct file {
    int used;
    char name[NAME];
    struct range *ranges;
    size_t count, room;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* One entry per name, since a file may be open several times and is synced as a whole. */
static struct file files[16];
static signed char file_of[FDS];
static const char *folder;
static int control = -1;
static int counter = -1;
static long writes, die_at;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pread)(int, void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);
static int (*real_clock_gettime)(clockid_t, struct timespec *);

static void *named(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
    real_open = named("open");
    real_close = named("close");
    real_write = named("write");
    real_pwrite = named("pwrite64");
    real_pread = named("pread64");
    real_fsync = named("fsync");
    real_ftruncate = named("ftruncate64");
    real_unlink = named("unlink");
    real_clock_gettime = named("clock_gettime");
    folder = getenv("TIDINGS_SHIM_DURABLE");
    const char *path = getenv("TIDINGS_SHIM_CONTROL");
    if (path) control = real_open(path, O_RDONLY | O_CLOEXEC);
    path = getenv("TIDINGS_SHIM_WRITES");
    if (path) counter = real_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const char *at = getenv("TIDINGS_SHIM_DIE_AT");
    if (at) die_at = atol(at);
}

static void controls(long *clock_ms, long *fails, long *delay_ms) {
    char text[65];
    *clock_ms = *fails = *delay_ms = 0;
    if (control < 0) return;
    ssize_t length = real_pread(control, text, 64, 0);
    if (length <= 0) return;
    text[length] = 0;
    sscanf(text, "%ld %ld %ld", clock_ms, fails, delay_ms);
}

static int ends_with(const char *text, const char *end) {
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

/* The database's files by their last name; NULL for all others. */
static const char *ours(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    int is = ends_with(name, ".db") || ends_with(name, ".db-wal") || ends_with(name, ".db-journal");
    return is && strlen(name) < NAME ? name : NULL;
}

static struct file *of(int fd) {
    return fd >= 0 && fd < FDS && file_of[fd] ? &files[file_of[fd] - 1] : NULL;
}

static int durable(const char *name, int flags) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return real_open(path, flags | O_CLOEXEC, 0600);
}

static int opened(int fd, const char *path) {
    const char *name = folder && fd >= 0 && fd < FDS ? ours(path) : NULL;
    if (!name) return fd;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < 16; i++) {
        if (files[i].used && strcmp(files[i].name, name)) continue;
        if (!files[i].used) {
            files[i].used = 1;
            strcpy(files[i].name, name);
        }
        file_of[fd] = (signed char)(i + 1);
        int copy = durable(name, O_RDWR | O_CREAT);
        if (copy >= 0) real_close(copy);
        break;
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

static void about_to_write(int fd) {
    if (counter < 0 || !of(fd)) return;
    pthread_mutex_lock(&lock);
    char text[32];
    if (++writes == die_at) kill(getpid(), SIGKILL);
    int length = snprintf(text, sizeof text, "%20ld", writes);
    if (real_pwrite(counter, text, (size_t)length, 0) != length) abort();
    pthread_mutex_unlock(&lock);
}

static void wrote(int fd, off_t at, ssize_t length) {
    if (length <= 0) return;
    pthread_mutex_lock(&lock);
    struct file *file = of(fd);
    if (file) {
        if (file->count == file->room) {
            size_t room = file->room ? file->room * 2 : 1024;
            struct range *ranges = realloc(file->ranges, room * sizeof *ranges);
            if (!ranges) abort();
            file->ranges = ranges;
            file->room = room;
        }
        file->ranges[file->count++] = (struct range){at, (size_t)length};
    }
    pthread_mutex_unlock(&lock);
}

static void copy_range(int from, int to, struct range range) {
    char block[65536];
    while (range.length > 0) {
        size_t part = range.length < sizeof block ? range.length : sizeof block;
        ssize_t got = real_pread(from, block, part, range.at);
        /* Cut off since it was written. */
        if (got <= 0) return;
        if (real_pwrite(to, block, (size_t)got, range.at) != got) abort();
        range.at += got;
        range.length -= (size_t)got;
    }
}

static int synced(int fd) {
    long clock_ms, fails, delay_ms;
    if (!of(fd)) return real_fsync(fd);
    controls(&clock_ms, &fails, &delay_ms);
    if (delay_ms > 0) usleep((useconds_t)delay_ms * 1000);
    pthread_mutex_lock(&lock);
    struct file *file = of(fd);
    if (file) {
        if (!fails) {
            struct stat now;
            int copy = durable(file->name, O_RDWR | O_CREAT);
            if (copy < 0 || fstat(fd, &now)) abort();
            for (size_t i = 0; i < file->count; i++) copy_range(fd, copy, file->ranges[i]);
            if (real_ftruncate(copy, now.st_size)) abort();
            real_close(copy);
        }
        file->count = 0;
    }
    pthread_mutex_unlock(&lock);
    if (fails) {
        errno = EIO;
        return -1;
    }
    return 0;
}

#define OPEN(name)                                                        \
    int name(const char *path, int flags, ...) {                          \
        mode_t mode = 0;                                                  \
        if (flags & (O_CREAT | O_TMPFILE)) {                              \
            va_list rest;                                                 \
            va_start(rest, flags);                                        \
            mode = va_arg(rest, mode_t);                                  \
            va_end(rest);                                                 \
        }                                                                 \
        if (!real_open) begin();                                          \
        return opened(real_open(path, flags, mode), path);                \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    if (!real_close) begin();
    if (fd >= 0 && fd < FDS) file_of[fd] = 0;
    return real_close(fd);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (!real_write) begin();
    about_to_write(fd);
    off_t at = of(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t done = real_write(fd, bytes, length);
    if (of(fd)) wrote(fd, at, done);
    return done;
}

#define PWRITE(name)                                                          \
    ssize_t name(int fd, const void *bytes, size_t length, off_t at) {        \
        if (!real_pwrite) begin();                                            \
        about_to_write(fd);                                                   \
        ssize_t done = real_pwrite(fd, bytes, length, at);                    \
        if (of(fd)) wrote(fd, at, done);                                      \
        return done;                                                          \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

int fsync(int fd) {
    if (!real_fsync) begin();
    return synced(fd);
}

int fdatasync(int fd) {
    if (!real_fsync) begin();
    return synced(fd);
}

int unlink(const char *path) {
    if (!real_unlink) begin();
    int done = real_unlink(path);
    const char *name = folder && done == 0 ? ours(path) : NULL;
    if (name) {
        char copy[4096];
        snprintf(copy, sizeof copy, "%s/%s", folder, name);
        pthread_mutex_lock(&lock);
        real_unlink(copy);
        for (int i = 0; i < 16; i++)
            if (files[i].used && !strcmp(files[i].name, name)) files[i].count = 0;
        pthread_mutex_unlock(&lock);
    }
    return done;
}

int clock_gettime(clockid_t which, struct timespec *now) {
    if (!real_clock_gettime) begin();
    int done = real_clock_gettime(which, now);
    if (done == 0 && which == CLOCK_REALTIME && control >= 0) {
        long clock_ms, fails, delay_ms;
        controls(&clock_ms, &fails, &delay_ms);
        long long all = now->tv_sec * 1000000000LL + now->tv_nsec + clock_ms * 1000000LL;
        now->tv_sec = all / 1000000000LL;
        now->tv_nsec = all % 1000000000LL;
    }
    return done;
}
