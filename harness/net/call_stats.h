/* What stored calls came to, per purpose and requested model. */
#ifndef RA_NET_CALL_STATS_H
#define RA_NET_CALL_STATS_H

#include "net/store.h"

typedef struct ra_call_group {
    const char *purpose, *model; /* "-" where no model was named */
    size_t calls;
    double prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens; /* sums */
    double usd;      /* of those whose price is known */
    size_t unpriced; /* the others */
    /* milliseconds, linear between order statistics; NaN = none known */
    double p50_ms, p90_ms, p99_ms;
    /* private */
    double *latencies;
    size_t latency_count, latency_capacity;
} ra_call_group;

/* Groups in the order of purpose and model; in the arena. */
RA_MUST_CHECK bool ra_call_stats(ra_store *store, ra_arena *arena, ra_call_group **groups,
                                 size_t *count, ra_error *err);

#endif
