/* RouterBench's AIQ, "average improvement in quality" (Hu et al., arXiv 2403.12031, as its code
 * computes it): the area under the non-decreasing convex hull of a router's points (dollars,
 * quality), extended to the largest cost of any router compared, divided by that cost.
 *
 * Here every router ends at the strong model, so the largest cost is the strong model's, and
 * dollars are linear in c, the share of strong calls. The hull is thus one of points (c, PGR), and
 *
 *     AIQ = (usd_strong - usd_weak) / usd_strong * (r_weak + (r_strong - r_weak) * hull)
 *
 * A router that knows nothing has a hull of 1/2. The hull lets a router mix neighbouring thresholds
 * at random, so it is never below the curve: AIQ flatters all routers, noisy ones most. */
#ifndef RA_MEASURE_AIQ_H
#define RA_MEASURE_AIQ_H

#include "measure/curve.h"

/* A hull that grows to the right. Points below an earlier one are left out at once. */
typedef struct ra_hull {
    ra_point *points;
    size_t count;
} ra_hull;

/* `points` has room for as many points as will be added, and may be the very array that they are
 * read from. c must not fall. */
void ra_hull_begin(ra_hull *hull, ra_point *points);
void ra_hull_add(ra_hull *hull, double c, double pgr);
/* Height at c. *segment, 0 at first, is where the search begins: c must not fall. */
double ra_hull_height(const ra_hull *hull, double c, size_t *segment);
/* Area from c = 0 to c = 1, beyond the last point at its height. */
double ra_hull_area(const ra_hull *hull);

/* Of a whole curve. */
double ra_curve_hull_area(const ra_curve *curve);

/* In the unit of the scores; NaN without prices. */
double ra_aiq(double hull_area, double strong, double weak, const ra_money *money);

#endif
