/* The threshold that keeps a quality or a budget, and what it will really give.
 *
 * A mean over chosen outputs (the score of the outputs, the dollars of the requests) changes as the
 * threshold falls. The threshold for a goal is chosen on a sample:
 *
 *   at least   the highest threshold at which the mean reaches the goal (a share of the strong
 *              model's score)
 *   at most    the lowest threshold down to which the mean never passes the goal (a budget)
 *
 * What was chosen because it looked good on a sample is less good elsewhere. So each replicate
 * chooses a threshold anew, on items drawn with replacement, and sees what its choice gives on the
 * sample itself; those differences say how far the sample's own figures may be off (basic
 * bootstrap: the interval is the figure less the quantiles of the differences).
 *
 *     ra_threshold_goal goal = {.kind = RA_AT_LEAST, .value = 0.95, ...};
 *     ra_threshold_choice choice;
 *     ra_threshold_choose(&goal, score, n, &how, &choice);
 */
#ifndef RA_MEASURE_THRESHOLD_H
#define RA_MEASURE_THRESHOLD_H

#include "measure/resample.h"
#include "measure/walk.h"

typedef struct ra_threshold_goal {
    enum { RA_AT_LEAST, RA_AT_MOST } kind;
    bool relative; /* to the mean of the strong model */
    double value;
    ra_sums sums; /* indexed like the scores */
} ra_threshold_goal;

typedef struct ra_threshold_choice {
    bool possible;     /* false: no threshold reaches the goal; the rest is not set */
    double threshold;  /* above 1 when nothing goes to the strong model */
    ra_estimate share; /* of strong calls: here, and the range for all prompts */
    ra_estimate value; /* the mean, relative if the goal is */
    size_t tied;       /* scores that equal the threshold */
    size_t failed;     /* replicates in which no threshold reached the goal */
} ra_threshold_choice;

void ra_threshold_choose(const ra_threshold_goal *goal, const double *score, size_t count,
                         const ra_resampling *how, ra_threshold_choice *out);

/* What a given threshold gives on a sample: its value (goal->value is not read) with the interval
 * of replicates, the threshold being fixed. */
ra_estimate ra_threshold_value(const ra_threshold_goal *goal, const double *score, size_t count,
                               double threshold, const ra_resampling *how);

#endif
