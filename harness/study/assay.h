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
#include "study/contender.h"

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
/* Fails, naming the item, if a measured one has no score. */
RA_MUST_CHECK bool ra_assay_check_scores(const ra_assay *assay, const char *router,
                                         const double *score, ra_error *err);
/* Hashes a file that was read, unless one that is called the same is among the inputs already. */
RA_MUST_CHECK bool ra_assay_add_input(ra_assay *assay, const char *path, const char *shown,
                                      ra_error *err);
/* `how` with the categories as strata, if it asks for that. */
ra_resampling ra_assay_resampling(const ra_assay *assay, const ra_resampling *how);

#endif
