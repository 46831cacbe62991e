/* The least that telling N phones five times a second can cost: one thread, one send(2) per phone and turn.
 *
 * sendloop N BYTES SECONDS: listens on a port of 127.0.0.1, prints it, takes N connections, sends for SECONDS, and
 * prints the CPU time it used for sending in milliseconds. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double cpu_ms(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3
        + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

int main(int count, char **words)
{
    if (count != 4) return 64;
    int phones = atoi(words[1]), bytes = atoi(words[2]), seconds = atoi(words[3]);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1024)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    int *sockets = calloc(phones, sizeof *sockets);
    char *message = calloc(1, bytes);
    for (int i = 0; i < phones; i++) {
        sockets[i] = accept(listener, NULL, NULL);
        if (sockets[i] < 0) return 1;
    }
    double before = cpu_ms();
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (int turn = 0; turn < seconds * 5; turn++) {
        for (int i = 0; i < phones; i++)
            if (send(sockets[i], message, bytes, MSG_NOSIGNAL) < 0) return 1;
        next.tv_nsec += 200000000;
        if (next.tv_nsec >= 1000000000) { next.tv_nsec -= 1000000000; next.tv_sec++; }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    printf("%.1f\n", cpu_ms() - before);
    return 0;
}
