/* Sign-flip permutation test: could the sum of paired differences be this large by chance?
 *
 * Each item contributes y[i] to a router's APGR less 1/2:
 *
 *     y[i] = (d[i] - mean d) * (w[i] - 1/2) / (n * mean d)
 *
 * with d the strong model's score less the weak one's and w the share of the area under the curve
 * that lies right of the item, 1 - (rank - 1/2) / n, ties at their middle rank. Over all items that
 * sums to the APGR less 1/2 exactly, whenever all items have the same number of graded turns, and
 * the difference of two routers' sums to that of their APGRs. (The mean of d drops out of the sum,
 * for the w average to 1/2; left in, it would only add noise to the flipped sums.)
 *
 * If neither router is better, exchanging the two on any item is as likely as not, which flips the
 * sign of its difference; so does exchanging an item's rank for the opposite one when a router
 * knows nothing. The p-value is the share of random flips whose sum is at least as far from zero,
 * counting the data itself (Phipson and Smyth, 2010): never 0. One set of flips serves all pairs.
 */
#ifndef RA_MEASURE_SIGN_FLIP_H
#define RA_MEASURE_SIGN_FLIP_H

#include "measure/resample.h"

typedef struct ra_sign_flips {
    size_t routers, flips;
    double *observed; /* routers: sum of y */
    double *flipped;  /* flips * routers: the same with random signs */
} ra_sign_flips;

/* how->replicates flips, with its seed; the same for any number of threads. In the arena. */
void ra_sign_flips_make(ra_arena *arena, const ra_outcomes *outcomes, const double *const *score,
                        size_t routers, const ra_resampling *how, ra_sign_flips *out);

enum { RA_CHANCE_ROUTER = -1 };

/* Two-sided p-value for router a against b, or against chance with RA_CHANCE_ROUTER. */
double ra_sign_flip_p(const ra_sign_flips *flips, size_t a, long b);

#endif
