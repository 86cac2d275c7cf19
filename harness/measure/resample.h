/* Paired bootstrap over the measured items: how far every figure of a benchmark could be off.
 *
 * The unit that is drawn is the item (an MT Bench question with both its turns), so a replicate is
 * a set of n items drawn from the n with replacement; one set of replicates serves both models and
 * all routers, so differences are paired. Replicate b depends on (seed, b) alone: the same bytes on
 * any number of threads and on every machine. A replicate in which the strong model is not better
 * than the weak one has no gap to recover and no figures of routers: those are counted, left out
 * of the routers' intervals, and reported. Many of them mean that the intervals hold only given
 * that there is a gap.
 *
 *     ra_resampling how = RA_RESAMPLING_DEFAULT;
 *     ra_replicates all;
 *     ra_resample(&arena, &outcomes, scores, routers, &how, &all);
 *     const double *apgr = ra_replicates_of(&all, router, RA_FIGURE_APGR);
 */
#ifndef RA_MEASURE_RESAMPLE_H
#define RA_MEASURE_RESAMPLE_H

#include "measure/interval.h"
#include "measure/replicate.h"

typedef struct ra_resampling {
    size_t replicates; /* 0 = no intervals */
    double level;      /* 0.95 */
    ra_interval_method method;
    uint64_t seed;
    int threads;              /* 0 = all cores */
    bool by_category;         /* asks whoever knows the categories to make them strata */
    const size_t *stratum_of; /* of each measured item, e.g. its category; NULL = no strata */
    size_t strata;
    ra_lanes_path path; /* the results are the same; for tests */
} ra_resampling;

#define RA_RESAMPLING_DEFAULT                                                  \
    {                                                                          \
        .replicates = 10000, .level = 0.95, .method = RA_PERCENTILE, .seed = 1 \
    }

enum { RA_REPLICATES_MOST = 10000000 };

/* Takes the method's name (NULL leaves it) and checks the others; what comes from a command line or
 * a file is refused with that code and subject. */
RA_MUST_CHECK bool ra_resampling_check(ra_resampling *how, const char *method, ra_code code,
                                       const char *subject, ra_error *err);

typedef struct ra_replicates {
    size_t count, routers;
    size_t without_gap;
    double *strong, *weak; /* count: mean scores */
    double *figure;        /* NaN without a gap; see ra_replicates_of */
} ra_replicates;

/* The values of a figure (RA_FIGURE_...) of a router, one a replicate. */
double *ra_replicates_of(const ra_replicates *all, size_t router, int figure);

/* score[router] is indexed like the outcomes. In the arena. */
void ra_resample(ra_arena *arena, const ra_outcomes *outcomes, const double *const *score,
                 size_t routers, const ra_resampling *how, ra_replicates *out);

/* The same figures with one item left out, in turn; the last entry leaves out none. Where figures
 * cannot be had in lanes (measure/replicate.h) and there are over 2000 items, 1000 groups of items
 * are left out in turn: that serves the acceleration of BCa as well. */
void ra_jackknife(ra_arena *arena, const ra_outcomes *outcomes, const double *const *score,
                  size_t routers, const ra_resampling *how, ra_replicates *out);

/* Fills lo and hi of everything in `out` that has them, out->intervals, and what takes replicates:
 * the comparisons, ranks and chance. out->routers are in the order of score, with their values
 * filled. Savings follow from CPT, so their intervals are those of CPT, converted; AIQ's rest on
 * the first 512 replicates. In the arena. */
void ra_resample_benchmark(ra_arena *arena, const ra_outcomes *outcomes, const double *const *score,
                           const ra_resampling *how, ra_benchmark_result *out);

#endif
