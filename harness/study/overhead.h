/* Measures what routers cost to run: blocks of measure/overhead.h, each in a fresh process
 * (study/probe.h), all routers and numbers of threads and the harness in turn, each block beginning
 * with another of them, until every interval is narrow enough or the time is up.
 *
 *     ra_overhead_request r = RA_OVERHEAD_DEFAULT;
 *     r.assay = ...; r.contenders = ...;
 *     ra_overhead overhead;
 *     if (!ra_overhead_measure(&r, &overhead, err)) return false;
 *     ra_overhead_release(&overhead);
 */
#ifndef RA_STUDY_OVERHEAD_H
#define RA_STUDY_OVERHEAD_H

#include "measure/overhead.h"
#include "study/assay.h"

/* Routers whose cost cannot be measured here. Of those that ask a server, ra_overhead_measure reads
 * it from the store of calls. */
#define RA_OVERHEAD_NONE \
    (RA_ROUTER_REPLAYS | RA_ROUTER_KNOWS_GRADES | RA_ROUTER_CHOOSES | RA_ROUTER_CALLS)

typedef struct ra_overhead_request {
    ra_assay_request assay;
    const ra_contender *contenders; /* those of RA_OVERHEAD_NONE that ask no server are refused */
    size_t count;
    const uint64_t *threads; /* numbers of cores; NULL = 1, and all there are */
    size_t thread_count;
    uint64_t prompts, batch; /* prompts are drawn from the kept items of the benchmark */
    uint64_t seed;
    double block_s, time_limit_s, half_width, level, usd_per_hour;
    const char *prices;    /* file, NULL = no money but the machine's */
    const char *embedding; /* model of the price file; NULL = the only one that it lists */
    const char *published; /* table to compare with, NULL = none */
} ra_overhead_request;

/* $0.39 an hour is what the RouteLLM paper's machine without a graphics card cost. */
#define RA_OVERHEAD_DEFAULT                                                           \
    {                                                                                 \
        .prompts = 256, .batch = 256, .seed = 1, .block_s = 0.5, .time_limit_s = 120, \
        .half_width = 0.05, .level = 0.95, .usd_per_hour = 0.39                       \
    }

RA_MUST_CHECK bool ra_overhead_measure(const ra_overhead_request *request, ra_overhead *out,
                                       ra_error *err);

#endif
