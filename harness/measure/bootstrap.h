/* The plain bootstrap, for statistics that are none of a router's (those: measure/resample.h), and
 * the rank correlation that it is used for.
 *
 * A unit is what is drawn with replacement; a statistic is a function of the units drawn. */
#ifndef RA_MEASURE_BOOTSTRAP_H
#define RA_MEASURE_BOOTSTRAP_H

#include "measure/results.h"

#include <stddef.h>
#include <stdint.h>

/* Of units drawn[0 .. count-1]; NaN where it is not defined. Any thread may call. */
typedef double ra_statistic(const void *context, const size_t *drawn, size_t count);

/* The statistic of all units and its 95 % percentile interval; no interval with 0 replicates. The
 * same for any number of threads. */
ra_estimate ra_bootstrap(ra_statistic *statistic, const void *context, size_t units,
                         size_t replicates, uint64_t seed);

/* Spearman's correlation: Pearson's of the ranks, equal values sharing the mean rank. NaN when one
 * side does not vary. */
double ra_spearman(const double *x, const double *y, size_t count);

#endif
