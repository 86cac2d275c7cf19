/* Routers that are points: their intervals, and where other routers reach the same score.
 *
 * Paired bootstrap with the replicates of measure/resample.h, the first RA_POINT_REPLICATES of
 * them: in each, the point's score, its share of strong calls and PGR, and for every router of the
 * benchmark the smallest share of strong calls at which its curve reaches the point's score. A
 * replicate in which it never does counts as more than every share: an upper end there is NaN. */
#ifndef RA_MEASURE_POINTS_H
#define RA_MEASURE_POINTS_H

#include "measure/resample.h"

enum { RA_POINT_REPLICATES = 2048 };

/* A point's answers, of each measured item. */
typedef struct ra_point_items {
    const double *sum, *turns; /* scores over graded turns; 0 and 0 = no answer or grade */
    const double *strong;      /* 1 = the strong model's, 0 = not; NaN = unknown */
} ra_point_items;

/* Fills range, calls_range, pgr and same of all points of `out`, in whose order items stand; score
 * is of its routers, indexed like the outcomes. In the arena. */
void ra_points_measure(ra_arena *arena, const ra_outcomes *outcomes, const double *const *score,
                       const ra_resampling *how, const ra_point_items *items,
                       ra_benchmark_result *out);

#endif
