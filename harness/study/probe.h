/* One router measured in a fresh process: a block of measure/overhead.h.
 *
 *     ra_probe probe = {.router = "mf:model.safetensors", .threads = 1, ...};
 *     ra_overhead_block block;
 *     if (!ra_probe_run(&probe, &block, err)) ...
 *
 * The process is this program again, as `routeassay overhead --probe`. It may use `threads` cores
 * and no others from its first instruction on, so that any router, a program of another language
 * among them, has as many cores as it is said to have. It reads one JSON object on its standard
 * input, {"router","config","seed","block_s","batch","first","prompts":[{"id","text"}]}, and writes
 * one to its standard output: a block, or {"error":{"code","file","line","message","hint"}}.
 */
#ifndef RA_STUDY_PROBE_H
#define RA_STUDY_PROBE_H

#include "measure/overhead.h"
#include "routers/router.h"

typedef struct ra_probe {
    const char *router;    /* "KIND[:ARGUMENT]" */
    const ra_json *config; /* or NULL */
    uint64_t seed;
    int threads;
    double block_s; /* of asking one at a time, and again of asking in batches */
    size_t batch;   /* prompts; at most `count` */
    size_t first;   /* prompt that is asked first; the others follow in a ring */
    const ra_prompt *prompts;
    size_t count;
} ra_probe;

/* Starts the process and waits for its block. */
RA_MUST_CHECK bool ra_probe_run(const ra_probe *probe, ra_overhead_block *out, ra_error *err);

/* What that process does. False only if there is nobody to tell. */
RA_MUST_CHECK bool ra_probe_serve(ra_error *err);

/* Measures in this process. */
RA_MUST_CHECK bool ra_probe_measure(const ra_probe *probe, ra_overhead_block *out, ra_error *err);

#endif
