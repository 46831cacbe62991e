/* N phones that only listen, and how far apart they hear of one event.
 *
 * listeners PORT N SECONDS [BYTES]: connects N WebSockets of Socket.IO to 127.0.0.1, joins the room "playlists" and
 * listens; with BYTES the connections are bare and every BYTES are one event. Events come five times a second. Prints
 * "ready" when all are connected and have heard of something, and after SECONDS one line: rounds, deliveries, and p50,
 * p99 and the maximum of the time between the first and the last phone of a round, in milliseconds. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PERIOD 0.2
/* Frames at least this long are events; what else the server says is shorter. */
#define EVENT 180

struct phone {
    int socket;
    long skip;              /* of the frame that is being read */
    unsigned char head[4];
    int head_bytes;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static int say(int socket, const char *text)
{
    unsigned char frame[131] = { 0x81, 0x80 | strlen(text) };   /* the mask is zero */
    memcpy(frame + 6, text, strlen(text));
    return send(socket, frame, 6 + strlen(text), MSG_NOSIGNAL) > 0;
}

static int shake_hands(int socket)
{
    static const char request[] = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: bXVzaWNib3hiZW5jaCEhIQ==\r\n\r\n";
    char end[4] = "";
    if (send(socket, request, sizeof request - 1, MSG_NOSIGNAL) < 0) return 0;
    while (memcmp(end, "\r\n\r\n", 4)) {
        memmove(end, end + 1, 3);
        if (recv(socket, end + 3, 1, 0) != 1) return 0;
    }
    return say(socket, "40") && say(socket, "42[\"join:playlists\",{}]");
}

/* How many events are in these bytes. */
static int events(struct phone *phone, const unsigned char *bytes, long count, long bare)
{
    int heard = 0;
    while (count > 0) {
        if (phone->skip > 0) {
            long part = phone->skip < count ? phone->skip : count;
            phone->skip -= part, bytes += part, count -= part;
        } else if (bare) {
            phone->skip = bare;
            heard++;
        } else {
            phone->head[phone->head_bytes++] = *bytes++, count--;
            if (phone->head_bytes < 2 || (phone->head[1] == 126 && phone->head_bytes < 4)) continue;
            phone->skip = phone->head[1] == 126 ? phone->head[2] << 8 | phone->head[3] : phone->head[1];
            phone->head_bytes = 0;
            if (phone->skip >= EVENT) heard++;
            if (phone->skip == 1) say(phone->socket, "3");      /* Engine.IO's ping */
        }
    }
    return heard;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int count, char **words)
{
    if (count < 4) return 64;
    int n = atoi(words[2]), seconds = atoi(words[3]);
    long bare = count > 4 ? atol(words[4]) : 0, deliveries = 0;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(atoi(words[1])),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct phone *phones = calloc(n, sizeof *phones);
    int poll = epoll_create1(0), rounds = seconds / PERIOD;
    double *first = calloc(rounds, sizeof *first), *last = calloc(rounds, sizeof *last);
    for (int i = 0; i < n; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &phones[i] };
        phones[i].socket = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(phones[i].socket, (struct sockaddr *)&address, sizeof address)) return 1;
        if (!bare && !shake_hands(phones[i].socket)) return 1;
        fcntl(phones[i].socket, F_SETFL, O_NONBLOCK);
        epoll_ctl(poll, EPOLL_CTL_ADD, phones[i].socket, &event);
    }
    /* Rounds are counted from a silence between two of them, so that none is cut in two. */
    double begin = 0, heard_at = now();
    static unsigned char bytes[65536];
    while (!begin || now() < begin + seconds) {
        struct epoll_event ready[256];
        int some = epoll_wait(poll, ready, 256, 20);
        for (int i = 0; i < some; i++) {
            struct phone *phone = ready[i].data.ptr;
            long length = recv(phone->socket, bytes, sizeof bytes, 0);
            if (length <= 0) return 2;
            int heard = events(phone, bytes, length, bare);
            double time = now();
            if (!heard) continue;
            if (!begin && time - heard_at > PERIOD / 4 && deliveries > 4 * n) {
                begin = time - PERIOD / 8;
                deliveries = 0;
                puts("ready");
                fflush(stdout);
            }
            heard_at = time;
            deliveries += heard;
            int round = (time - begin) / PERIOD;
            if (!begin || round >= rounds) continue;
            if (!first[round]) first[round] = time;
            last[round] = time;
        }
    }
    int whole = 0;
    for (int i = 0; i < rounds; i++)
        if (first[i]) first[whole++] = (last[i] - first[i]) * 1e3;
    if (!whole) return 3;
    qsort(first, whole, sizeof *first, ascending);
    printf("%d %ld %.2f %.2f %.2f\n", whole, deliveries, first[whole / 2], first[(int)(whole * 0.99)], first[whole - 1]);
    return 0;
}
