/* A study file ("routeassay.study/1") describes an experiment:
 *
 *   {"schema","name","title","seed":1,
 *    "replicates":10000,"level":0.95,"interval":"percentile","by_category":false,
 *                                          of the bootstrap (0 = no intervals)
 *    "sources":"../sources.json",          public files, for "fetch"
 *    "prices":"../prices.json",
 *    "claims":["../claims/routellm.json"],                   held against the results
 *    "benchmarks":[{"name":"gsm8k",
 *        "fetch":"routellm","import":{"format":"routellm","inputs":["OWNER/REPO/COMMIT"]},
 *      or "recordings":"../recordings",
 *        "strong":"MODEL","weak":"MODEL",
 *        "graders":["recorded","numeric"],                   the first gives the main tables
 *        "judge":"gpt-4",
 *        "points":[{"name","model","strong_calls":0.5,"source":"..."} or
 * {...,"strong_served":[]}]}],
 *    "preferences":[{"name":"judged","path","fetch":"alpaca_eval","weight":1}],   data/battles.h
 *    "routers":[{"name","router":"KIND[:ARGUMENT]","benchmarks":["gsm8k"],"config":{}},
 *               {"name","router":"KIND","benchmarks":[...],"train":{             trained here
 *        "data":["judged"],                                         names of preferences
 *        "gold":["{benchmark}"],     benchmarks whose grades are labels: the measured one is then
 *                                    cross-validated
 *        "labels":[100,500,1500],    gold labels of each, at most; several make a learning curve,
 *                                    and the last is the router itself; absent = all there are
 *        "gold_weight":1,"folds":5,"embedder":"ngrams","settings":{}}}]}
 *
 *    "overhead":{"benchmark":"gsm8k",       what routers cost to run, measured (study/overhead.h)
 *        "routers":["mf"],                  absent = all that can serve
 *        "threads":[1,2],"prompts":256,"batch":256,"block_s":0.5,"time_limit_s":120,
 *        "half_width":0.05,"usd_per_hour":0.39,"embedding":"MODEL","published":"FILE"}}
 *
 * Paths are relative to the study file; what has a "fetch" to the downloads. A field that is
 * not known is an error, so that a misspelt one cannot be ignored.
 */
#ifndef RA_STUDY_STUDY_H
#define RA_STUDY_STUDY_H

#include "data/json.h"
#include "study/assay.h"
#include "study/overhead.h"

typedef struct ra_study_point {
    const char *name, *model, *source;
    double strong_calls; /* NaN = unknown */
    const char **served;
    size_t served_count;
} ra_study_point;

typedef struct ra_study_benchmark {
    const char *name;
    const char *fetch;  /* name of the source, NULL = none */
    const char *format; /* of the import, NULL = none */
    const char **inputs;
    size_t input_count;
    const char *recordings; /* NULL when imported */
    const char *strong, *weak, *judge;
    const char **graders; /* at least one; NULL entry = the default */
    size_t grader_count;
    ra_study_point *points;
    size_t point_count;
} ra_study_benchmark;

typedef struct ra_study_data {
    const char *name, *path, *fetch; /* fetch: name of the source, NULL = the study's own file */
    double weight;
} ra_study_data;

typedef struct ra_study_training {
    const ra_study_data **data;
    size_t data_count;
    const char **gold; /* benchmarks; RA_STUDY_MEASURED = the one that is measured */
    size_t gold_count;
    uint64_t *labels;   /* rising; the last is the router's, the others are steps of its curve */
    size_t label_count; /* 0 = all there are */
    double gold_weight;
    uint64_t folds;
    const char *embedder; /* NULL = the kind's default */
    const ra_json *settings;
} ra_study_training;

#define RA_STUDY_MEASURED "{benchmark}"

typedef struct ra_study_router {
    ra_contender contender;
    const char **benchmarks; /* NULL = all */
    size_t benchmark_count;
    const ra_study_training *train; /* NULL = nothing to learn */
} ra_study_router;

typedef struct ra_study_overhead {
    const char *benchmark;
    const char **routers;
    size_t router_count;
    ra_overhead_request request; /* its numbers, price and published table; the run adds the rest */
} ra_study_overhead;

typedef struct ra_study {
    const char *path, *folder;
    const char *name, *title;
    uint64_t seed;
    ra_resampling resampling;     /* with the same seed */
    const char *sources, *prices; /* paths, NULL = none */
    const char **claims;          /* paths */
    size_t claim_count;
    ra_study_benchmark *benchmarks;
    size_t benchmark_count;
    ra_study_data *preferences;
    size_t preference_count;
    ra_study_router *routers;
    size_t router_count;
    const ra_study_overhead *overhead; /* NULL = not asked for */
    ra_json *doc;                      /* configurations of routers point into it */
    ra_arena arena;
} ra_study;

RA_MUST_CHECK bool ra_study_read(ra_study *study, const char *path, ra_error *err);
void ra_study_release(ra_study *study);

typedef struct ra_run_options {
    const char *out;    /* folder for everything that is made */
    const char *mirror; /* of public files, NULL = the network */
    int threads;        /* 0 = all cores */
} ra_run_options;

/* Runs all stages, says on stderr which were skipped, leaves OUT/results.json, OUT/figures and
 * OUT/report. */
RA_MUST_CHECK bool ra_study_run(const ra_study *study, const ra_run_options *options,
                                ra_error *err);

#endif
