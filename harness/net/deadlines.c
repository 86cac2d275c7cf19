#include "net/deadlines.h"

#include "base/memory.h"
#include "base/progress.h"

#include <math.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Connections are resumed without the lock: the library takes one of its own. Asleep, a connection
 * cannot end, so it is still there. */
static struct MHD_Connection *take_due(ra_deadlines *d, double now)
{
    for (ra_client *c = d->clients; c; c = c->next)
        if (c->wake_s <= now || (d->ending && isfinite(c->wake_s))) {
            c->wake_s = INFINITY;
            return c->connection;
        }
    return NULL;
}

static void shut_late(ra_deadlines *d, double now)
{
    d->next_s = INFINITY;
    for (ra_client *c = d->clients; c; c = c->next) {
        if (c->deadline_s <= now) {
            c->deadline_s = INFINITY;
            shutdown(c->socket, SHUT_RDWR);
        }
        d->next_s = fmin(d->next_s, fmin(c->deadline_s, c->wake_s));
    }
}

static void wait_for_next(ra_deadlines *d)
{
    if (isinf(d->next_s)) {
        pthread_cond_wait(&d->sooner, &d->lock);
        return;
    }
    /* ra_now_s is the monotonic clock, and so is the condition's */
    struct timespec until = {(time_t)d->next_s, (long)((d->next_s - floor(d->next_s)) * 1e9)};
    pthread_cond_timedwait(&d->sooner, &d->lock, &until);
}

static void *run(void *context)
{
    ra_deadlines *d = context;
    pthread_mutex_lock(&d->lock);
    for (;;) {
        double now = ra_now_s();
        struct MHD_Connection *due;
        while ((due = take_due(d, now))) {
            pthread_mutex_unlock(&d->lock);
            MHD_resume_connection(due);
            pthread_mutex_lock(&d->lock);
        }
        if (d->ending)
            break;
        shut_late(d, now);
        if (d->next_s > now)
            wait_for_next(d);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

bool ra_deadlines_start(ra_deadlines *d, ra_error *err)
{
    *d = (ra_deadlines){.next_s = INFINITY};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->sooner, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int failed = pthread_create(&d->thread, NULL, run, d);
    return failed == 0 ||
           ra_failf(err, RA_ERR_INTERNAL, NULL, 0, "cannot start a thread: error %d", failed);
}

/* With the lock held. */
static void sooner(ra_deadlines *d, double at_s)
{
    if (at_s < d->next_s) {
        d->next_s = at_s;
        pthread_cond_signal(&d->sooner);
    }
}

ra_client *ra_deadlines_add(ra_deadlines *d, struct MHD_Connection *connection, int socket,
                            double seconds)
{
    ra_client *c = ra_alloc(1, sizeof *c);
    *c = (ra_client){connection, socket, ra_now_s() + seconds, INFINITY, NULL, NULL};
    pthread_mutex_lock(&d->lock);
    c->next = d->clients;
    if (c->next)
        c->next->previous = c;
    d->clients = c;
    sooner(d, c->deadline_s);
    pthread_mutex_unlock(&d->lock);
    return c;
}

void ra_deadlines_remove(ra_deadlines *d, ra_client *client)
{
    pthread_mutex_lock(&d->lock);
    *(client->previous ? &client->previous->next : &d->clients) = client->next;
    if (client->next)
        client->next->previous = client->previous;
    pthread_mutex_unlock(&d->lock);
    free(client);
}

void ra_deadlines_set(ra_deadlines *d, ra_client *client, double seconds)
{
    pthread_mutex_lock(&d->lock);
    client->deadline_s = ra_now_s() + seconds;
    sooner(d, client->deadline_s);
    pthread_mutex_unlock(&d->lock);
}

void ra_deadlines_sleep(ra_deadlines *d, ra_client *client, double seconds)
{
    struct MHD_Connection *connection = client->connection;
    MHD_suspend_connection(connection);
    pthread_mutex_lock(&d->lock);
    bool ending = d->ending;
    if (!ending) {
        client->wake_s = ra_now_s() + seconds;
        sooner(d, client->wake_s);
    }
    pthread_mutex_unlock(&d->lock);
    if (ending)
        MHD_resume_connection(connection);
}

void ra_deadlines_stop(ra_deadlines *d)
{
    pthread_mutex_lock(&d->lock);
    d->ending = true;
    pthread_cond_signal(&d->sooner);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
}
