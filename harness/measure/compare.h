/* Which router is better, and how sure that is: differences of APGR on the same items.
 *
 *   random      every router against chance, whose APGR is 1/2
 *   hand rule   every other router against the best hand rule, the bar for what is learned
 *   pairs       all pairs
 *
 * Bounds, which know the grades, are left out. Each difference has an interval from the paired
 * replicates (measure/resample.h), their standard deviation as standard error, and two p-values:
 * by the bootstrap, twice the smaller share of replicates on either side of zero, counting the data
 * itself, and by sign flips (measure/sign_flip.h). Both are also given as Holm corrects them for
 * the number of comparisons in the family (Holm, Scandinavian Journal of Statistics 6, 1979). Ranks
 * are by APGR, 1 = best, equal ones share the middle; their intervals are those of the rank in each
 * replicate. */
#ifndef RA_MEASURE_COMPARE_H
#define RA_MEASURE_COMPARE_H

#include "measure/resample.h"

/* Fills out->comparisons and the ranks of out->routers, whose other fields are filled and which are
 * in the order of score. In the arena. */
void ra_compare_routers(ra_arena *arena, const ra_outcomes *outcomes, const double *const *score,
                        const ra_resampling *how, const ra_replicates *drawn,
                        ra_benchmark_result *out);

#endif
