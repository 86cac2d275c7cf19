/* Timings, and what may be said of them.
 *
 * A run times many requests in one process; its summary is a few quantiles. Runs are repeated in
 * fresh processes, and the figure that is reported is the mean of the runs with the interval in
 * which the mean of as many further runs falls in `level` of all cases:
 *
 *     mean +- t((1 + level) / 2, n - 1) * s * sqrt(1/n + 1/n)
 *
 * with s the standard deviation of the runs. That is sqrt(2) wider than the usual interval of a
 * mean, and answers what a reader of a benchmark asks: will I get this figure, too? Other work on
 * the machine multiplies times, so where all are above 0 this is done with their logarithms: the
 * figure is the geometric mean, and its interval stays above 0. A machine also has better and worse
 * minutes, so that runs which follow each other are alike: from nine runs on, the interval is
 * computed from the means of floor(sqrt(n)) groups of consecutive runs too, and the wider one is
 * taken.
 *
 * Nothing is left out. A timing counts as far out, by Tukey's rule, when it lies more than three
 * interquartile ranges below the lower or above the upper quartile (J. W. Tukey, "Exploratory Data
 * Analysis", 1977); how many do is told.
 */
#ifndef RA_MEASURE_TIMING_H
#define RA_MEASURE_TIMING_H

#include "measure/results.h"

#define RA_FAR_OUT_RULE \
    "more than 3 interquartile ranges below the lower or above the upper quartile"

typedef struct ra_timing {
    size_t count;
    size_t far_out;             /* how many, in either direction; they are not left out */
    double mean, p50, p90, p99; /* p90 needs 10 values and p99 needs 100, else NaN */
} ra_timing;

/* At least one value; they are reordered. */
void ra_timing_summarize(double *values, size_t count, ra_timing *out);

/* How many values are far out: 0 of fewer than four. They are reordered. */
size_t ra_far_out(double *values, size_t count);

/* Mean of the runs, in the order in which they were made, with the interval above; a single run has
 * no interval, and a NaN gives NaN. */
ra_estimate ra_timing_repeated(const double *runs, size_t count, double level);

/* Quantile of Student's t distribution, 0.5 <= p < 1, freedom >= 1. */
double ra_student_quantile(double p, size_t freedom);

#endif
