/* What the stages of one run share. Only harness/study includes this. */
#ifndef RA_STUDY_RUN_H
#define RA_STUDY_RUN_H

#include "study/stage.h"
#include "study/study.h"

typedef struct ra_run {
    const ra_study *study;
    const ra_run_options *options;
    const char **sets;          /* folder of each benchmark's recording set */
    struct ra_ngram_memo *memo; /* of all prompts: each is counted once in a run */
    ra_arena arena;
} ra_run;

/* OUT/NAME */
const char *ra_run_path(ra_run *run, const char *name);
/* Below OUT: what was fetched. */
#define RA_DOWNLOADS "downloads"
/* Also below OUT: what routers cost to run. */
#define RA_OVERHEAD_FILE "overhead.json"

/* Steps of the learning curve before the router itself: 0 = none. */
size_t ra_run_steps(const ra_study_router *router);
/* The router as it runs on a benchmark: with the model that was trained for it. step: of its
 * learning curve, whose last, ra_run_steps(), is the router itself. */
ra_contender ra_run_contender(ra_run *run, size_t benchmark, const ra_study_router *router,
                              size_t step);

/* OUT/scores/BENCHMARK/ROUTER.csv, without OUT/ */
const char *ra_run_scores(ra_run *run, const char *benchmark, const ra_contender *contender);

bool ra_run_takes_part(const ra_study_router *router, const char *benchmark);
/* False for score files, which are read as they are, and for bounds, which need the grades of one
 * grader: both are left to measure. */
bool ra_run_needs_scoring(const ra_contender *contender);

/* The stages, in order. Each reads files and writes files. */
RA_MUST_CHECK bool ra_run_recordings(ra_run *run, ra_error *err); /* fetch, import; finds sets */
RA_MUST_CHECK bool ra_run_train(ra_run *run, ra_error *err);      /* models/ */
RA_MUST_CHECK bool ra_run_score(ra_run *run, ra_error *err);      /* scores/ */
RA_MUST_CHECK bool ra_run_measure(ra_run *run, ra_error *err);    /* results.json */
RA_MUST_CHECK bool ra_run_overhead(ra_run *run, ra_error *err);   /* overhead.json, if asked for */
RA_MUST_CHECK bool ra_run_output(ra_run *run, ra_error *err);     /* figures/, report/ */
RA_MUST_CHECK bool ra_run_verify(ra_run *run, ra_error *err);     /* verdicts/CLAIMS.json */

#endif
