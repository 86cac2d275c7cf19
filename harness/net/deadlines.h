/* What must happen to connections at a time: one thread that wakes at the next of them.
 *
 * The HTTP library notices idle connections, but not one that sends a byte a second for ever, and
 * it cannot wait before it answers. Each connection has one deadline, after which its socket is
 * shut down, and may be asleep, until it is woken and answers.
 */
#ifndef RA_NET_DEADLINES_H
#define RA_NET_DEADLINES_H

#include "base/error.h"

#include <pthread.h>

struct MHD_Connection;

typedef struct ra_client {
    struct MHD_Connection *connection;
    int socket;
    double deadline_s, wake_s; /* of ra_now_s(); INFINITY = none */
    struct ra_client *next, *previous;
} ra_client;

typedef struct ra_deadlines {
    pthread_mutex_t lock;
    pthread_cond_t sooner; /* something must happen before next_s */
    pthread_t thread;
    ra_client *clients;
    double next_s;
    bool ending;
} ra_deadlines;

RA_MUST_CHECK bool ra_deadlines_start(ra_deadlines *d, ra_error *err);
/* Adds a connection that must have sent its first request in `seconds`. */
ra_client *ra_deadlines_add(ra_deadlines *d, struct MHD_Connection *connection, int socket,
                            double seconds);
/* Frees the client. */
void ra_deadlines_remove(ra_deadlines *d, ra_client *client);
/* Moves the deadline to `seconds` from now; INFINITY = none. */
void ra_deadlines_set(ra_deadlines *d, ra_client *client, double seconds);
/* Suspends the connection (from its handler) for `seconds`. */
void ra_deadlines_sleep(ra_deadlines *d, ra_client *client, double seconds);
/* Wakes who sleeps, nobody sleeps any more, and ends the thread. Clients stay until removed. */
void ra_deadlines_stop(ra_deadlines *d);

#endif
