#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Tells systemd about the state of the service, for example "READY=1" (sd_notify(3)); does nothing outside systemd.
void clinux_notify(const char *state);

/// Names the calling thread as ps(1) and gdb show it; the kernel keeps 15 bytes. pthread_setname_np is GNU-only and
/// so invisible to Swift.
void clinux_thread_name(const char *name);

/// Asks for SCHED_FIFO at `priority` (1...99) for the calling thread. Returns 0, or the errno that says why not: EPERM
/// without LimitRTPRIO= or CAP_SYS_NICE. SCHED_RESET_ON_FORK keeps children out of the real-time class, which also
/// satisfies rtkit's rule.
int clinux_request_fifo(int priority);

/// Asks for a nice value for the calling thread alone (on Linux each thread has its own). Returns 0 or the errno that
/// says why not: EACCES without LimitNICE= or CAP_SYS_NICE.
int clinux_request_nice(int value);

/// CLOCK_MONOTONIC in nanoseconds.
uint64_t clinux_monotonic_ns(void);

/// A non-blocking, close-on-exec eventfd(2) with count 0, or -errno.
int clinux_eventfd(void);

/// Adds 1 to an eventfd: wakes its poller. Never blocks; safe from any thread and from signal handlers.
void clinux_eventfd_signal(int fd);

/// Waits until the eventfd is signalled, at most `milliseconds` (negative: for ever), and takes its count back to 0.
void clinux_eventfd_wait(int fd, int milliseconds);

/// Takes the eventfd's count back to 0.
void clinux_eventfd_drain(int fd);

/// Lets all threads share `count` heaps: glibc's default of eight per processor keeps a free list in each (mallopt(3)).
/// To be called before the first thread.
void clinux_limit_heaps(int count);

/// Gives back what was needed once: free memory of the heaps, and the mapping of what is constant in the files of the
/// program and its libraries, of which a start touches many times more than the work does (the Swift runtime looks through
/// every type for a conformance). The pages stay in the page cache; one that is needed again costs a minor fault
/// (madvise(2), MADV_DONTNEED).
void clinux_release_startup_memory(void);

/// Bytes of a message slot.
#define CLINUX_MESSAGE_SIZE 256

/// A buffer of this thread for the last message of a C library that would otherwise print it: slot 0 is libasound's,
/// slot 1 FFmpeg's. Their callbacks are static functions in module headers, which Swift emits, but whose variables it
/// does not: so the storage is compiled here.
char *clinux_message_slot(int slot);

/// An extended attribute ("user.NAME") of a file into a buffer: its length, or -errno (ENOTSUP where the file system has
/// none). sys/xattr.h is in no module that Swift sees.
long clinux_get_attribute(int fd, const char *name, void *buffer, size_t size);

/// Sets an extended attribute: 0 or -errno.
int clinux_set_attribute(int fd, const char *name, const void *bytes, size_t count);

/// A running child and this process's ends of its pipes. All descriptors are close-on-exec.
struct clinux_child {
    pid_t pid;
    /// Readable when the child has ended; see pidfd_open(2).
    int pidfd;
    /// The child sees the end of its input when this is closed, which the kernel does if nobody else can.
    int input;
    /// Non-blocking.
    int output, errors;
};

/// Starts a program, looked up in PATH if it has no slash, with pipes for its input, output and errors. It leads a process
/// group of its own, inherits no other descriptor, and has all signals unblocked and at their defaults. `arguments` is as
/// for execvp(3). Returns 0 or the errno that says why not, and then leaves nothing behind.
///
/// Blocks until the child's exec(3). The caller reaps the child by waitpid(2). Compiled here because pipe2, pidfd_open and
/// posix_spawn_file_actions_addclosefrom_np are GNU-only.
int clinux_spawn(char *const *arguments, struct clinux_child *child);
