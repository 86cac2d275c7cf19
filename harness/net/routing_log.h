/* The routing log: which model each prompt reached, as a replay server saw it.
 *
 * JSONL, appended, a line a request that named a model, in the order of the answers:
 *
 *   {"n":1,"item":"gsm8k/12","turn":1,"asked":"strong","model":"gpt-4-1106-preview",
 *    "role":"strong","endpoint":"chat","found":"exact"}
 *
 * `n` counts lines of the file. `item` is null when the prompt was not found ("found":"unknown",
 * "ambiguous") or the model has no answer to it ("unknown model", with the item if that is known);
 * `model` and `role` are null likewise. "also":[...] lists items of the same text, which cannot be
 * told apart. No time stamps, unless asked for ("unix_ms").
 *
 * A line is written before the request is answered.
 */
#ifndef RA_NET_ROUTING_LOG_H
#define RA_NET_ROUTING_LOG_H

#include "base/text.h"
#include "net/replay.h"

#include <pthread.h>

typedef struct ra_routing_log {
    int file; /* -1 = none is kept */
    const char *path;
    uint64_t lines;
    bool with_time;
    pthread_mutex_t lock;
} ra_routing_log;

/* Opens for appending; counts on after the lines that are there. path NULL = none is kept. */
RA_MUST_CHECK bool ra_routing_log_open(ra_routing_log *log, const char *path, bool with_time,
                                       ra_error *err);
/* Any thread. */
RA_MUST_CHECK bool ra_routing_log_add(ra_routing_log *log, const ra_routed *routed, ra_error *err);
RA_MUST_CHECK bool ra_routing_log_close(ra_routing_log *log, ra_error *err);

#endif
