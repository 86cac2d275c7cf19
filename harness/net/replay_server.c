#include "net/replay_server.h"

#include "base/limits.h"
#include "base/parallel.h"
#include "net/deadlines.h"
#include "net/routing_log.h"

#include <arpa/inet.h>
#include <math.h>
#include <microhttpd.h>
#include <netdb.h>
#include <openssl/crypto.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    MOST_THREADS = 4,
    SPARE_FILES = 64,   /* descriptors that are no connection's */
    MOST_ENDING_S = 10, /* that answers may still take after a signal */
};

typedef struct server {
    const ra_replay *replay;
    const ra_replay_options *options;
    struct MHD_Daemon *daemon;
    ra_deadlines deadlines;
    ra_routing_log log;
    atomic_size_t receiving; /* bytes of bodies in memory */
    atomic_size_t busy;      /* requests that have arrived and are not yet answered */
} server;

/* One request, from its headers to its answer. */
typedef struct exchange {
    ra_buf body;
    bool stranger, too_large, no_room, answered;
    ra_replay_reply reply;
} exchange;

static ra_client *client_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* --- answers --- */

static enum MHD_Result send_reply(server *s, struct MHD_Connection *connection,
                                  const ra_replay_reply *reply)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        reply->body.length, reply->body.text, MHD_RESPMEM_MUST_COPY);
    const char *const headers[][2] = {
        {MHD_HTTP_HEADER_CONTENT_TYPE, reply->type},
        {MHD_HTTP_HEADER_ALLOW, reply->allow},
        {"x-routeassay-output", reply->output},
        {"x-routeassay-usage", reply->usage},
        {MHD_HTTP_HEADER_WWW_AUTHENTICATE, reply->status == 401 ? "Bearer" : NULL}};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (headers[i][1])
            MHD_add_response_header(response, headers[i][0], headers[i][1]);
    enum MHD_Result queued = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    ra_deadlines_set(&s->deadlines, client_of(connection), RA_MAX_SEND_S);
    return queued;
}

/* Compares in a time that does not depend on where the two differ. */
static bool allowed(const server *s, struct MHD_Connection *connection, const char *path)
{
    const char *token = s->options->token;
    if (!token || strcmp(path, "/health") == 0)
        return true;
    const char *given =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    static const char scheme[] = "Bearer ";
    if (!given || strncasecmp(given, scheme, strlen(scheme)) != 0)
        return false;
    given += strlen(scheme);
    return strlen(given) == strlen(token) && CRYPTO_memcmp(given, token, strlen(token)) == 0;
}

/* --- one request --- */

/* What is refused is still received, and dropped: a client that is answered before it has sent all
 * often does not see the answer. */
static void receive(server *s, exchange *e, const char *bytes, size_t length)
{
    e->too_large = e->too_large || e->body.length + length > RA_MAX_REQUEST;
    e->no_room = e->no_room || atomic_load(&s->receiving) + length > RA_MAX_REQUESTS;
    if (e->stranger || e->too_large || e->no_room)
        return;
    ra_buf_add(&e->body, bytes, length);
    atomic_fetch_add(&s->receiving, length);
}

static void make_reply(server *s, exchange *e, const char *path, const char *method)
{
    ra_replay_call call = {method, path, e->body.text ? e->body.text : "", e->body.length};
    e->answered = true;
    e->reply.latency_ms = NAN;
    if (e->stranger) {
        ra_replay_refuse(&e->reply, 401, "wrong_token", "this server asks for a bearer token");
        return;
    }
    if (e->too_large) {
        ra_replay_refuse(&e->reply, 413, "too_large", "the request's body is too large");
        return;
    }
    if (e->no_room) {
        ra_replay_refuse(&e->reply, 503, "busy", "too many bytes of requests at once");
        return;
    }
    ra_replay_answer(s->replay, &call, &e->reply);
    ra_error err = {0};
    if (e->reply.routed.endpoint && !ra_routing_log_add(&s->log, &e->reply.routed, &err)) {
        ra_replay_refuse(&e->reply, 500, "log_failed", "the routing log cannot be written");
        ra_error_print(&err, "replay-server", stderr);
    }
}

static double latency_s(const server *s, const ra_replay_reply *reply)
{
    bool own = s->options->recorded_latency && !isnan(reply->latency_ms);
    return reply->output ? (own ? reply->latency_ms : s->options->latency_ms) / 1e3 : 0;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *bytes,
                              size_t *length, void **state)
{
    (void)version;
    server *s = context;
    exchange *e = *state;
    if (!e) {
        *state = e = ra_alloc(1, sizeof *e);
        e->stranger = !allowed(s, connection, path);
        return MHD_YES;
    }
    if (*length > 0) {
        receive(s, e, bytes, *length);
        *length = 0;
        return MHD_YES;
    }
    if (e->answered) /* awake again */
        return send_reply(s, connection, &e->reply);
    ra_client *client = client_of(connection);
    ra_deadlines_set(&s->deadlines, client, (double)INFINITY);
    atomic_fetch_add(&s->busy, 1);
    make_reply(s, e, path, method);
    double wait = latency_s(s, &e->reply);
    if (wait > 0) {
        ra_deadlines_sleep(&s->deadlines, client, wait);
        return MHD_YES;
    }
    return send_reply(s, connection, &e->reply);
}

static void completed(void *context, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode code)
{
    (void)code;
    server *s = context;
    exchange *e = *state;
    if (!e)
        return;
    ra_deadlines_set(&s->deadlines, client_of(connection), s->options->receive_s);
    atomic_fetch_sub(&s->receiving, e->body.length);
    if (e->answered)
        atomic_fetch_sub(&s->busy, 1);
    ra_buf_release(&e->body);
    ra_replay_reply_release(&e->reply);
    free(e);
    *state = NULL;
}

static void connected(void *context, struct MHD_Connection *connection, void **socket_context,
                      enum MHD_ConnectionNotificationCode code)
{
    server *s = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        ra_deadlines_remove(&s->deadlines, *socket_context);
        return;
    }
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    *socket_context = ra_deadlines_add(&s->deadlines, connection, fd, s->options->receive_s);
}

static void quiet(void *context, const char *format, va_list values)
{
    (void)context, (void)format, (void)values; /* what clients did wrong is their news */
}

/* --- the server --- */

/* Makes room for descriptors; returns how many connections there is room for. */
static unsigned room(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return SPARE_FILES;
    rlim_t wanted = RA_MAX_CONNECTIONS + SPARE_FILES;
    if (files.rlim_cur < wanted) {
        files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
        if (setrlimit(RLIMIT_NOFILE, &files) != 0 || getrlimit(RLIMIT_NOFILE, &files) != 0)
            return SPARE_FILES;
    }
    return files.rlim_cur >= wanted                   ? RA_MAX_CONNECTIONS
           : files.rlim_cur > (rlim_t)2 * SPARE_FILES ? (unsigned)files.rlim_cur - SPARE_FILES
                                                      : SPARE_FILES;
}

static bool resolve(const ra_replay_options *options, struct addrinfo **out, ra_error *err)
{
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)options->port);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    if (getaddrinfo(options->address, port, &hints, out) == 0)
        return true;
    ra_failf(err, RA_ERR_USAGE, NULL, 0, "--bind: an IP address expected, found '%s'",
             options->address);
    return ra_hintf(err, "as in --bind 127.0.0.1 or --bind ::1");
}

static bool start(server *s, ra_error *err)
{
    struct addrinfo *address;
    if (!resolve(s->options, &address, err))
        return false;
    unsigned threads = (unsigned)ra_parallel_cores();
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_ERROR_LOG;
    s->daemon = MHD_start_daemon(
        flags | (address->ai_family == AF_INET6 ? MHD_USE_IPv6 : 0), s->options->port, NULL, NULL,
        handle, s, MHD_OPTION_EXTERNAL_LOGGER, quiet, NULL, MHD_OPTION_SOCK_ADDR, address->ai_addr,
        MHD_OPTION_NOTIFY_COMPLETED, completed, s, MHD_OPTION_NOTIFY_CONNECTION, connected, s,
        MHD_OPTION_THREAD_POOL_SIZE, threads < MOST_THREADS ? threads + 1 : MOST_THREADS,
        MHD_OPTION_CONNECTION_LIMIT, room(), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)RA_MAX_REQUEST_HEADER, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024U, MHD_OPTION_END);
    freeaddrinfo(address);
    return s->daemon || ra_fail_errno(err, s->options->address, "listen");
}

static void announce(server *s, void (*ready)(const char *url))
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
    char url[128];
    bool six = strchr(s->options->address, ':') != NULL;
    snprintf(url, sizeof url, "http://%s%s%s:%u/v1", six ? "[" : "", s->options->address,
             six ? "]" : "", (unsigned)info->port);
    ready(url);
}

/* Accepts no more, wakes who sleeps, and lets answers leave. */
static void stop(server *s)
{
    MHD_socket listening = MHD_quiesce_daemon(s->daemon);
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
    ra_deadlines_stop(&s->deadlines);
    for (int i = 0; i < MOST_ENDING_S * 100 && atomic_load(&s->busy) > 0; i++)
        usleep(10000);
    MHD_stop_daemon(s->daemon);
}

/* A handler, as libraries have threads of their own that do not block what we block. */
static sem_t ended;

static void on_signal(int number)
{
    (void)number;
    sem_post(&ended);
}

static void catch_signals(void)
{
    sem_init(&ended, 0, 0);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool ra_replay_serve(const ra_replay *replay, const ra_replay_options *options,
                     void (*ready)(const char *url), ra_error *err)
{
    server s = {.replay = replay, .options = options};
    catch_signals();
    bool ok = ra_routing_log_open(&s.log, options->log, options->log_time, err);
    if (ok && (ok = ra_deadlines_start(&s.deadlines, err))) {
        ok = start(&s, err);
        if (ok) {
            announce(&s, ready);
            while (sem_wait(&ended) != 0)
                ; /* interrupted */
            stop(&s);
        } else {
            ra_deadlines_stop(&s.deadlines);
        }
    }
    return ra_routing_log_close(&s.log, err) && ok;
}
