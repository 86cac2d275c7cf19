/* The HTTP side of a replay server: libmicrohttpd, limits, times, the routing log.
 *
 * Threads of the library's pool answer; net/deadlines.h adds one thread. Limits (base/limits.h):
 * bytes of a body (413), of all bodies together (503) and of headers (431), connections (further
 * ones wait to be accepted), and the time a request may take to arrive and an answer to leave (the
 * connection is closed). */
#ifndef RA_NET_REPLAY_SERVER_H
#define RA_NET_REPLAY_SERVER_H

#include "net/replay.h"

#include <stdint.h>

typedef struct ra_replay_options {
    const char *address; /* numeric, IPv4 or IPv6 */
    uint16_t port;       /* 0 = any that is free */
    const char *token;   /* asked for as bearer token, but for /health; NULL = none */
    bool recorded_latency;
    double latency_ms; /* of answers to prompts whose own is not recorded or not wanted */
    double receive_s;  /* a request must have arrived */
    const char *log;   /* net/routing_log.h; NULL = none */
    bool log_time;
} ra_replay_options;

/* Serves until SIGTERM or SIGINT, then answers what has arrived and returns; both signals stay
 * caught, so that a second one does not cut the end short. `ready` is called once
 * with the base URL ("http://127.0.0.1:8080/v1") when connections are accepted. */
RA_MUST_CHECK bool ra_replay_serve(const ra_replay *replay, const ra_replay_options *options,
                                   void (*ready)(const char *url), ra_error *err);

#endif
