/* Intervals from replicates.
 *
 * percentile   the quantiles (1-level)/2 and (1+level)/2 of the replicates
 * BCa          the same at levels moved by the bias z0 (share of replicates below the estimate,
 *              half of the equal ones) and the acceleration a (skewness of the jackknife values);
 *              Efron, "Better bootstrap confidence intervals", JASA 1987, equations 2.3 and 7.3
 *
 * docs/intervals.md says how often each covers the truth.
 */
#ifndef RA_MEASURE_INTERVAL_H
#define RA_MEASURE_INTERVAL_H

#include "measure/results.h"

typedef enum ra_interval_method { RA_PERCENTILE, RA_BCA } ra_interval_method;

/* "percentile", "bca"; NULL ends. */
extern const char *const ra_interval_names[];

/* Acceleration from jackknife values; NaNs are left out. */
double ra_acceleration(const double *left_out, size_t count);

/* `estimate` is the value on the data itself. values are reordered; NaNs are left out. Without a
 * usable replicate there is no interval: NaNs. */
ra_range ra_interval(ra_interval_method method, double level, double estimate, double acceleration,
                     double *values, size_t count);

/* Quantile of at least one value, linear between order statistics as numpy.quantile has it. The
 * values are reordered. */
double ra_quantile(double *values, size_t count, double p);

/* Quantile of the standard normal distribution. */
double ra_normal_quantile(double p);

#endif
