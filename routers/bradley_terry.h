/* Bradley-Terry ratings: P(i beats j) = 1 / (1 + exp(r_j - r_i)).
 *
 * won (n,n), row-major: won[i*n+j] is the weight of i's wins over j, a tie being half a win each.
 * Only differences of ratings matter, so the fit fixes one rating at 0. */
#ifndef RA_ROUTERS_BRADLEY_TERRY_H
#define RA_ROUTERS_BRADLEY_TERRY_H

#include <stdbool.h>
#include <stddef.h>

#define RA_TIERS_MOST 32

/* Which players can be rated together with `player`: those that it reaches and is reached from by
 * chains of wins. Between others the likelihood has no maximum (separation): in[i] = false. */
void ra_bradley_terry_connected(const double *won, size_t n, size_t player, bool *in);

/* Maximum likelihood without penalty, by Newton's method from the ratings given, until no gradient
 * is above 1e-13 of the weight. Players with in[i] = false are left out, and `anchor` keeps its
 * rating. `lone` (n), or NULL, adds terms of player i alone: lone[2*i] is the weight of outcomes
 * "1" and lone[2*i+1] of "0" for a logit of -r_i (see sw_ranking, "as released"); then nothing is
 * anchored: pass anchor = n. False if it does not converge in 200 steps. */
bool ra_bradley_terry_fit(const double *won, const double *lone, size_t n, const bool *in,
                          size_t anchor, double *rating);

/* Cuts ratings that fall into at most `tiers` runs so that the sum over runs of the variance
 * within is least (dynamic programming; a run of one has variance 0). tier[i] counts from 0.
 * Returns how many there are: the lesser of tiers and n. */
size_t ra_tiers_cut(const double *falling, size_t n, size_t tiers, size_t *tier);

#endif
