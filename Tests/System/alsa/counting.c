// For LD_PRELOAD: counts what the thread that is named by COUNTED_THREAD allocates, frees and locks, and how often it waits or wakes in a
// futex, where a Mutex of Swift ends that somebody else holds, into the file of COUNTED_FILE: four 64-bit numbers.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

enum { ALLOCATED, FREED, LOCKED, WAITED, KINDS };

static uint64_t unused[KINDS], *counts = unused;
static const char *wanted = "";
static __thread int isCounted __attribute__((tls_model("initial-exec")));
static int (*lock)(pthread_mutex_t *);
static int (*name)(pthread_t, const char *);

static void count(int kind) {
    if (isCounted) __atomic_add_fetch(&counts[kind], 1, __ATOMIC_RELAXED);
}

__attribute__((constructor)) static void begin(void) {
    lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
    name = dlsym(RTLD_NEXT, "pthread_setname_np");
    const char *path = getenv("COUNTED_FILE"), *thread = getenv("COUNTED_THREAD");
    if (!path || !thread) return;
    wanted = thread;
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, sizeof unused)) return;
    void *shared = mmap(NULL, sizeof unused, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared != MAP_FAILED) counts = shared;
    // The programs that the daemon starts are not counted.
    unsetenv("LD_PRELOAD");
}

// By this Swift's Mutex waits and wakes.
long syscall(long number, ...) {
    va_list list;
    va_start(list, number);
    long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long), d = va_arg(list, long),
         e = va_arg(list, long), f = va_arg(list, long);
    va_end(list);
    if (number == SYS_futex) count(WAITED);
    static long (*forward)(long, ...);
    if (!forward) forward = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    return forward(number, a, b, c, d, e, f);
}

int pthread_setname_np(pthread_t thread, const char *text) {
    if (thread == pthread_self()) isCounted = !strcmp(text, wanted);
    return name ? name(thread, text) : 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
    count(LOCKED);
    // Before the constructor ran there is one thread.
    return lock ? lock(mutex) : 0;
}

void *malloc(size_t size) {
    count(ALLOCATED);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count(ALLOCATED);
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    count(ALLOCATED);
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count(ALLOCATED);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    count(ALLOCATED);
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : 12;
}

void free(void *memory) {
    count(FREED);
    __libc_free(memory);
}
