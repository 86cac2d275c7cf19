/* Calls through the store to a server in this machine that answers after 50 ms: the time against
 * the ideal (calls / concurrency x 50 ms), memory, and how long replaying takes.
 *
 *     bench_calls [CALLS [CONCURRENCY]]        5000 256
 *
 * The server is a child process: one thread, epoll, answers in the order of their due times. */
#include "base/file.h"
#include "base/progress.h"
#include "net/calls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DELAY_MS = 50, REPLAYED = 10000, MOST_FILES = 4096, REQUEST = 1 << 16 };

/* --- the server --- */

typedef struct connection {
    char *text;
    size_t have;
} connection;

typedef struct due {
    int file;
    double at_s;
} due;

static connection connections[MOST_FILES];
static due *queue; /* due times rise: every answer takes equally long */
static size_t queue_first, queue_end, queue_capacity;

static void answer(int file)
{
    static const char body[] =
        "{\"id\":\"x\",\"model\":\"judge-0613\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
        "\"assistant\",\"content\":\"The answer is right, and its steps can be followed. Rating: "
        "[[8]]\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":700,"
        "\"completion_tokens\":60}}";
    char text[1024];
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                     "\r\n%s",
                     sizeof body - 1, body);
    if (write(file, text, (size_t)n) != n)
        fprintf(stderr, "server: a short write\n");
}

/* Takes whole requests (headers, and as many bytes of body as they say) out of what was read. */
static void take_requests(int file)
{
    connection *c = &connections[file];
    for (;;) {
        c->text[c->have] = '\0';
        char *end = strstr(c->text, "\r\n\r\n"), *length = strcasestr(c->text, "content-length: ");
        if (!end || !length || length > end)
            return;
        uint64_t bytes;
        char digits[16] = "";
        snprintf(digits, sizeof digits, "%.*s", (int)strspn(length + 16, "0123456789"),
                 length + 16);
        if (!ra_parse_count(digits, REQUEST, &bytes))
            return;
        size_t whole = (size_t)(end + 4 - c->text) + bytes;
        if (c->have < whole)
            return;
        memmove(c->text, c->text + whole, c->have - whole);
        c->have -= whole;
        ra_grow(&queue, &queue_capacity, queue_end + 1, sizeof *queue);
        queue[queue_end++] = (due){file, ra_now_s() + DELAY_MS / 1000.0};
    }
}

static void read_some(int poll, int file)
{
    connection *c = &connections[file];
    if (!c->text)
        c->text = ra_alloc(REQUEST + 1, 1);
    ssize_t n = read(file, c->text + c->have, REQUEST - c->have);
    if (n <= 0) {
        epoll_ctl(poll, EPOLL_CTL_DEL, file, NULL);
        close(file);
        c->have = 0;
        return;
    }
    c->have += (size_t)n;
    take_requests(file);
}

static void accept_one(int poll, int listener)
{
    int file = accept(listener, NULL, NULL), one = 1;
    if (file < 0 || file >= MOST_FILES)
        return;
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = file}};
    epoll_ctl(poll, EPOLL_CTL_ADD, file, &event);
}

static void serve(int listener)
{
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = listener}}, events[256];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        double now = ra_now_s();
        while (queue_first < queue_end && queue[queue_first].at_s <= now)
            answer(queue[queue_first++].file);
        double wait_s = queue_first < queue_end ? queue[queue_first].at_s - now : 1;
        int n = epoll_wait(poll, events, 256, (int)ceil(1000 * wait_s));
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener)
                accept_one(poll, listener);
            else
                read_some(poll, events[i].data.fd);
        }
    }
}

static pid_t start_server(unsigned *port)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 ||
        listen(listener, 1024) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        return -1;
    *port = ntohs(address.sin_port);
    pid_t child = fork();
    if (child == 0)
        serve(listener);
    close(listener);
    return child;
}

/* --- the client --- */

static ra_call *make_list(ra_arena *arena, unsigned port, size_t count)
{
    ra_call *list = ra_arena_alloc(arena, count, sizeof *list);
    const char *url = ra_arena_printf(arena, "http://127.0.0.1:%u/v1/chat/completions", port);
    ra_sampling sampling = ra_sampling_default();
    sampling.temperature = 0;
    char filler[2800];
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    for (size_t i = 0; i < count; i++) {
        const ra_message message = {"user",
                                    ra_arena_printf(arena, "Rate answer %zu: %s", i, filler)};
        list[i] = (ra_call){.url = url,
                            .body = ra_openai_chat(arena, "judge", &message, 1, &sampling),
                            .purpose = "judge"};
    }
    return list;
}

/* Seconds it takes, or NaN. */
static double make_all(const char *path, ra_calls_mode mode, unsigned concurrency,
                       const ra_call *list, size_t count)
{
    ra_error err = {0};
    ra_arena arena = {0};
    ra_calls_options options = ra_calls_defaults();
    options.path = path;
    options.mode = mode;
    options.concurrency = concurrency;
    double start_s = ra_now_s();
    ra_calls *calls = ra_calls_open(&options, &err);
    ra_call_answer *answers = ra_alloc(count, sizeof *answers);
    bool ok = calls && ra_calls_make(calls, list, count, &arena, answers, &err);
    ra_calls_close(calls);
    double took_s = ra_now_s() - start_s;
    if (!ok)
        ra_error_print(&err, "bench_calls", stderr);
    free(answers);
    ra_arena_release(&arena);
    return ok ? took_s : (double)NAN;
}

/* What the machine's other work cannot change. */
static double cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double peak_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

int main(int argc, char **argv)
{
    uint64_t count = 5000, concurrency = 256;
    if ((argc > 1 && !ra_parse_count(argv[1], 1000000, &count)) ||
        (argc > 2 && !ra_parse_count(argv[2], 1024, &concurrency)))
        return RA_ERR_USAGE;
    unsigned port;
    pid_t server = start_server(&port);
    if (server < 0) {
        fprintf(stderr, "bench_calls: no server: %s\n", strerror(errno));
        return RA_ERR_INTERNAL;
    }
    char folder[] = "/tmp/bench_calls.XXXXXX";
    ra_arena arena = {0};
    ra_error err = {0};
    if (!mkdtemp(folder))
        return RA_ERR_INTERNAL;
    const char *path = ra_path_join(&arena, folder, "store");
    double ideal_s = ceil((double)count / (double)concurrency) * DELAY_MS / 1000;
    ra_call *list = make_list(&arena, port, count > REPLAYED ? count : REPLAYED);
    double before_s = cpu_s();
    double took_s = make_all(path, RA_CALLS_RECORD, (unsigned)concurrency, list, count);
    printf("record %zu calls of %d ms at concurrency %u: %.2f s, %.2f of the ideal %.2f s; peak "
           "%.0f MB, %.2f s of processor\n",
           (size_t)count, DELAY_MS, (unsigned)concurrency, took_s, took_s / ideal_s, ideal_s,
           peak_mb(), cpu_s() - before_s);
    took_s += make_all(path, RA_CALLS_RECORD, (unsigned)concurrency, list, REPLAYED);
    before_s = cpu_s();
    double replay_s = make_all(path, RA_CALLS_REPLAY, 1, list, REPLAYED);
    printf("replay %d stored calls: %.2f s; peak %.0f MB, %.2f s of processor\n", REPLAYED,
           replay_s, peak_mb(), cpu_s() - before_s);
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    ra_arena_release(&arena);
    return ra_folder_remove(folder, &err) && !isnan(took_s + replay_s) ? 0 : 1;
}
