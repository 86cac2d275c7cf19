/* RouteLLM's own way to APGR and CPT, so that published numbers can be compared like with like.
 *
 * 11 thresholds = the 0, 10, ... 100 % quantiles of the scores (linear between order statistics, as
 * pandas.qcut); `>=` for all but the last, `>` for the last. APGR by the trapezoid rule over those
 * points; CPT by numpy.interp of c against r at the target score, in order of c, whether r rises or
 * not. Source: lm-sys/RouteLLM at 0b64fda, routellm/evals/{benchmarks,evaluate}.py. It fails when
 * two quantiles coincide, as pandas.qcut does. */
#ifndef RA_MEASURE_ROUTELLM_H
#define RA_MEASURE_ROUTELLM_H

#include "measure/curve.h"

/* order as made by ra_order over all outcomes. */
void ra_routellm_measure(const ra_outcomes *outcomes, const double *score, const size_t *order,
                         const ra_curve *curve, ra_routellm_figures *out);

#endif
