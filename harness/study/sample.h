/* Prompts with a router's scores, and grades and costs where they are known. */
#ifndef RA_STUDY_SAMPLE_H
#define RA_STUDY_SAMPLE_H

#include "measure/threshold.h"
#include "study/assay.h"

typedef struct ra_sample {
    const char *name;
    size_t count;
    double *score;
    ra_sums grades; /* graded turns; members are NULL without grades */
    ra_sums costs;  /* dollars per million, requests; members are NULL without prices */
} ra_sample;

/* A file of prompts: JSONL when its name ends so (each line with "prompt" or "turns", and "id" if
 * the router replays scores), else a prompt a line; blank lines are skipped. With prices (may be
 * NULL) both models are needed. In the arena. */
RA_MUST_CHECK bool ra_sample_prompts(ra_arena *arena, const char *path, const ra_prices *prices,
                                     const char *const models[RA_SIDES],
                                     const ra_contender *contender, uint64_t seed, ra_sample *out,
                                     ra_error *err);

/* The measured items of a benchmark. */
RA_MUST_CHECK bool ra_sample_benchmark(ra_arena *arena, const ra_assay_request *request,
                                       const ra_prices *prices, const ra_contender *contender,
                                       uint64_t seed, ra_sample *out, ra_error *err);

/* Moves a share of the items, drawn by the seed, to `aside`; at least one stays on each side. */
RA_MUST_CHECK bool ra_sample_split(ra_arena *arena, ra_sample *sample, double share, uint64_t seed,
                                   ra_sample *aside, ra_error *err);

#endif
