#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/// Two ends of one pipe, -1 where there is none.
struct pipe {
    int read, write;
};

static void drop(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/// The same file under a number that is not one of the child's own 0 to 2, which a process without them would be given.
static int lift(int fd) {
    if (fd < 0 || fd > 2) return fd;
    int lifted = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    int error = errno;
    close(fd);
    errno = error;
    return lifted;
}

static int open_pipe(struct pipe *pipe) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return errno;
    pipe->read = lift(ends[0]);
    int error = errno;
    pipe->write = lift(ends[1]);
    if (pipe->write < 0) error = errno;
    return pipe->read < 0 || pipe->write < 0 ? error : 0;
}

static int start(char *const *arguments, int input, int output, int errors, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return error;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    error = posix_spawn_file_actions_adddup2(&actions, input, 0);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (!error) error = posix_spawn_file_actions_adddup2(&actions, errors, 2);
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (!error) error = posix_spawnp(pid, arguments[0], &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int clinux_spawn(char *const *arguments, struct clinux_child *child) {
    struct pipe input = {-1, -1}, output = {-1, -1}, errors = {-1, -1};
    int error = open_pipe(&input);
    if (!error) error = open_pipe(&output);
    if (!error) error = open_pipe(&errors);
    if (!error && fcntl(output.read, F_SETFL, O_NONBLOCK) < 0) error = errno;
    if (!error && fcntl(errors.read, F_SETFL, O_NONBLOCK) < 0) error = errno;
    if (!error) error = start(arguments, input.read, output.write, errors.write, &child->pid);
    if (!error) {
        child->pidfd = pidfd_open(child->pid, 0);
        if (child->pidfd < 0) {
            error = errno;
            kill(-child->pid, SIGKILL);
            while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) {}
        }
    }
    drop(&input.read);
    drop(&output.write);
    drop(&errors.write);
    if (error) {
        drop(&input.write);
        drop(&output.read);
        drop(&errors.read);
        return error;
    }
    child->input = input.write;
    child->output = output.read;
    child->errors = errors.read;
    return 0;
}
