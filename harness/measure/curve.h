/* The exact call-performance curve of a router, and the figures read off it.
 *
 * Definitions (arXiv 2406.18665v4, section 3, made exact): a router gives item i a score p_i; at
 * threshold a it goes to the strong model iff p_i >= a. c(a) = share of strong calls, r(a) = mean
 * score of the outputs chosen (over graded turns), PGR = (r - r_weak) / (r_strong - r_weak). Every
 * distinct score is a threshold; the curve runs from (0,0) to (1,1) and is linear between
 * breakpoints, which is what breaking ties at random gives in expectation.
 *
 *     ra_order(scores, n, order);
 *     if (!ra_curve_make(&arena, &outcomes, scores, order, n, &curve, err)) return false;
 *     double apgr = ra_curve_apgr(&curve);
 */
#ifndef RA_MEASURE_CURVE_H
#define RA_MEASURE_CURVE_H

#include "measure/outcomes.h"
#include "measure/results.h"

typedef struct ra_curve {
    double weak, strong; /* r at c = 0 and c = 1 */
    ra_point *points;    /* breakpoints in order of c, (0,0) and (1,1) among them */
    size_t count;
} ra_curve;

/* Indices 0 .. count-1 by falling score, equal scores by rising index. */
void ra_order(const double *score, size_t count, size_t *order);

/* The curve over the items order[0 .. count-1] of the outcomes (all, or one category's), which
 * must be by falling score; score is indexed like the outcomes. One pass. An error when the strong
 * model is not better than the weak one on them: there is no gap to recover. */
RA_MUST_CHECK bool ra_curve_make(ra_arena *arena, const ra_outcomes *outcomes, const double *score,
                                 const size_t *order, size_t count, ra_curve *out, ra_error *err);

/* Area under the curve by the trapezoid rule; 0.5 for a router that knows nothing. */
double ra_curve_apgr(const ra_curve *curve);
/* Smallest c at which the curve first reaches PGR `target` (in (0,1]). */
double ra_curve_cpt(const ra_curve *curve, double target);
/* Smallest c from which the curve never falls below `target` again. */
double ra_curve_cpt_sustained(const ra_curve *curve, double target);
/* PGR at a share of strong calls. */
double ra_curve_pgr(const ra_curve *curve, double c);

/* Drops the points that lie on the straight line between their neighbours, within rounding: the
 * same curve with fewer points. */
void ra_curve_merge(ra_curve *curve);

#endif
