#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/xattr.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

void clinux_notify(const char *state) { sd_notify(0, state); }

void clinux_thread_name(const char *name) {
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = 0;
    pthread_setname_np(pthread_self(), cut);
}

int clinux_request_fifo(int priority) {
    struct sched_param parameters = {.sched_priority = priority};
    return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) == 0 ? 0 : errno;
}

int clinux_request_nice(int value) { return setpriority(PRIO_PROCESS, (id_t)gettid(), value) == 0 ? 0 : errno; }

uint64_t clinux_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int clinux_eventfd(void) {
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

void clinux_eventfd_signal(int fd) {
    uint64_t one = 1;
    // A full counter (EAGAIN) already means "signalled"; nothing else can fail on a valid descriptor.
    while (write(fd, &one, sizeof one) < 0 && errno == EINTR) {}
}

void clinux_eventfd_drain(int fd) {
    uint64_t count;
    while (read(fd, &count, sizeof count) < 0 && errno == EINTR) {}
}

void clinux_eventfd_wait(int fd, int milliseconds) {
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    if (poll(&entry, 1, milliseconds) > 0) clinux_eventfd_drain(fd);
}

void clinux_limit_heaps(int count) { mallopt(M_ARENA_MAX, count); }

char *clinux_message_slot(int slot) {
    static _Thread_local char slots[2][CLINUX_MESSAGE_SIZE];
    return slots[slot & 1];
}

long clinux_get_attribute(int fd, const char *name, void *buffer, size_t size) {
    ssize_t count = fgetxattr(fd, name, buffer, size);
    return count < 0 ? -errno : count;
}

int clinux_set_attribute(int fd, const char *name, const void *bytes, size_t count) {
    return fsetxattr(fd, name, bytes, count, 0) < 0 ? -errno : 0;
}
