/* Thresholds for a wanted share of strong calls, and what share they will really give.
 *
 * A router sends a prompt to the strong model when its score is not below the threshold. The
 * threshold for a share s is RouteLLM's (calibrate_threshold.py): the 1-s quantile of the scores of
 * a sample, linear between order statistics, as pandas has it.
 *
 * The intervals are exact, whatever the scores' distribution. With r of n sampled scores at or
 * above the threshold, the share of all prompts that will be lies between the bounds of Clopper and
 * Pearson (Biometrika 1934); ties only make them wider than needed. On m further prompts it lies
 * between quantiles of the beta-binomial distributions with (r, n-r+1) and (r+1, n-r): a threshold
 * between two order statistics of the sample splits what follows as those statistics do. */
#ifndef RA_MEASURE_SHARE_H
#define RA_MEASURE_SHARE_H

#include "measure/results.h"

/* numpy.quantile, method "linear", to the last bit. order: indices by falling score (ra_order). */
double ra_score_quantile(const double *score, const size_t *order, size_t count, double q);

/* pandas.Series.quantile(q=1-share). */
double ra_share_threshold(const double *score, const size_t *order, size_t count, double share);

/* How many scores are at or above the threshold, and how many of those equal it. */
size_t ra_share_reached(const double *score, size_t count, double threshold, size_t *tied);

/* Of the share of all prompts. */
ra_range ra_share_interval(size_t reached, size_t count, double level);
/* Of the share of `more` further prompts. */
ra_range ra_share_prediction(size_t reached, size_t count, size_t more, double level);
/* Of the threshold that gives the share on all prompts: order statistics. An end is NaN when the
 * sample is too small to have it. */
ra_range ra_share_threshold_interval(const double *score, const size_t *order, size_t count,
                                     double share, double level);

/* Regularised incomplete beta function I_x(a, b), a and b above 0: the probability that a beta
 * variable is at most x, and that a binomial one (a + b - 1 trials, a whole) is at least a. */
double ra_beta_below(double x, double a, double b);

#endif
