/* One benchmark under one grader: recordings and grades in memory, routers run over it.
 *
 *     ra_assay a;
 *     if (!ra_assay_open(&a, &request, prices, err)) return false;
 *     if (!ra_assay_measure(&a, routers, n, &how, &arena, &result, err)) ...
 *     ra_assay_close(&a);
 */
#ifndef RA_STUDY_ASSAY_H
#define RA_STUDY_ASSAY_H

#include "benchmarks/benchmark.h"
#include "measure/measure.h"
#include "measure/prices.h"
#include "measure/resample.h"
#include "routers/router.h"

typedef struct ra_assay_request {
    const char *recordings; /* a set, or a folder of sets */
    const char *benchmark;
    const char *strong, *weak; /* NULL: the set has two models, the better one is strong */
    const char *grader;        /* NULL: the benchmark's default for this set */
    const char *judge;         /* NULL: the only one there is */
    const char *shown;         /* what inputs are called, instead of the set's folder; NULL = it */
} ra_assay_request;

typedef struct ra_assay {
    ra_set set;
    const ra_benchmark *benchmark;
    const ra_grader *grader;
    bool default_grader;
    const char *strong_model, *weak_model;
    ra_grade *strong, *weak; /* by slot */
    ra_outcomes outcomes;
    ra_categories categories;
    ra_item_usage usage;
    ra_money money;
    ra_result_input *inputs; /* files read */
    size_t input_count;
    /* of the result being made: scores of its routers by measured item, and its points' answers */
    const double *const *scores;
    const struct ra_point_items *points;
    ra_arena arena;
} ra_assay;

/* prices may be NULL: then no money is computed. */
RA_MUST_CHECK bool ra_assay_open(ra_assay *assay, const ra_assay_request *request,
                                 const ra_prices *prices, ra_error *err);
void ra_assay_close(ra_assay *assay);
/* Opens several, on `threads` threads (0 = all cores): all or none. */
RA_MUST_CHECK bool ra_assay_open_all(ra_assay *assays, const ra_assay_request *requests,
                                     size_t count, const ra_prices *prices, int threads,
                                     ra_error *err);

/* A router of a study. */
typedef struct ra_contender {
    const char *name;
    const char *router;    /* "KIND[:ARGUMENT]"; "{benchmark}" stands for the benchmark's name */
    const ra_json *config; /* may be NULL */
    const char *run;       /* what is opened instead of `router`, when paths differ; or NULL */
    const char *shown;     /* what the file in `run` is called among the inputs; NULL = its path */
    const char *model;     /* of a trained router whose scores `run` replays; NULL = its argument */
    bool allow_trained;    /* items that it was trained on are scored, and counted in the results */
    const char *cache;     /* folder for embeddings; NULL = none */
} ra_contender;

/* "NAME=KIND[:ARGUMENT]" or "KIND[:ARGUMENT]", whose name is the file's without folder and ending,
 * else the kind. In the arena. */
void ra_contender_parse(ra_arena *arena, const char *text, ra_contender *out);
/* What is opened for a benchmark: "KIND[:ARGUMENT]", in the arena. */
const char *ra_contender_spec(ra_arena *arena, const ra_contender *contender,
                              const char *benchmark);
/* The score file or plugin that the router reads for a benchmark, in the arena; NULL if none. What
 * an exec: program reads is not known. */
const char *ra_contender_file(ra_arena *arena, const ra_contender *contender,
                              const char *benchmark);
/* True for kinds whose argument is a file. */
bool ra_contender_reads_file(const char *router);
/* RA_ROUTER_... of the router's kind. */
unsigned ra_contender_flags(const ra_contender *contender);

/* Scores of all items of the set, indexed like set.items; NaN where a score file has none and the
 * item is not measured. Every measured item has one. */
RA_MUST_CHECK bool ra_assay_score(const ra_assay *assay, const ra_contender *contender,
                                  uint64_t seed, double *score, ra_error *err);

/* The same with what a router that chooses says of how it was learned, in the arena; NULL for
 * others. Of a router that chooses not every measured item need have a score. */
RA_MUST_CHECK bool ra_assay_ask(const ra_assay *assay, const ra_contender *contender, uint64_t seed,
                                double *score, ra_arena *arena, const char **how, ra_error *err);

/* The same to a CSV file `id,score` in the order of the items. */
RA_MUST_CHECK bool ra_assay_write_scores(const ra_assay *assay, const ra_contender *contender,
                                         uint64_t seed, const char *path, ra_error *err);

/* Measures every contender, with the seed and threads of `how`, and gives intervals as it says; its
 * strata are the categories with by_category, else none. Routers that choose become points, unless
 * they were asked at several settings: out->routers has the others, in their order. The result
 * lives in the arena; files that routers read are added to the assay's inputs. */
RA_MUST_CHECK bool ra_assay_measure(ra_assay *assay, const ra_contender *contenders, size_t count,
                                    const ra_resampling *how, ra_arena *arena,
                                    ra_benchmark_result *out, ra_error *err);
/* `how` with the categories as strata, if it asks for that. */
ra_resampling ra_assay_resampling(const ra_assay *assay, const ra_resampling *how);

#endif
