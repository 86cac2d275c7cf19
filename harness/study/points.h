/* The points of a benchmark: models of the set that are routers' recorded answers, and routers that
 * say which model they chose. Both are kept in the assay until their intervals are made. */
#ifndef RA_STUDY_POINTS_H
#define RA_STUDY_POINTS_H

#include "measure/points.h"
#include "study/assay.h"
#include "study/study.h"

/* Adds a model of the set as a point of `out`, whose routers are measured. served: the served
 * models that count as strong calls (then their share is computed), else strong_calls and its
 * source are taken as given. */
RA_MUST_CHECK bool ra_assay_point(ra_assay *assay, const ra_study_point *point, const char *judge,
                                  ra_arena *arena, ra_benchmark_result *out, ra_error *err);

/* Asks a router that chooses for every item of the set and fills score. When it gave every item to
 * one of the models, or said neither, it is added to `out` as a point with the recorded grades of
 * what it chose; else *is_point is false. */
RA_MUST_CHECK bool ra_assay_choice(ra_assay *assay, const ra_contender *contender, uint64_t seed,
                                   double *score, ra_arena *arena, ra_benchmark_result *out,
                                   bool *is_point, ra_error *err);

/* Intervals of all points of `out`, and the shares of calls at which its routers reach their
 * scores. */
void ra_assay_finish_points(ra_assay *assay, const ra_resampling *how, ra_arena *arena,
                            ra_benchmark_result *out);

#endif
