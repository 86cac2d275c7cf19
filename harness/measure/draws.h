/* Multinomial draws for the bootstrap: how often each of n items is drawn when n are drawn with
 * replacement, for 32 replicates at a time (measure/lanes.h).
 *
 * Poisson counts given their sum are multinomial, whatever the sum. So every item gets a Poisson
 * count with a mean a little below 1, then the draws that are missing are added one by one, each
 * to an item chosen uniformly (or, rarely, the surplus is removed draw by draw). That is exact up
 * to the precision of the Poisson probabilities, 2^-50: the 16 bits that decide most counts say
 * "undecided" in the few cases in which they do not suffice, and 53 more bits decide those.
 *
 * With strata, every stratum is drawn by itself, so that its size is the same in all replicates.
 * Rows stand in the order of `row_item`: a stratum's rows are contiguous.
 */
#ifndef RA_MEASURE_DRAWS_H
#define RA_MEASURE_DRAWS_H

#include "base/memory.h"
#include "measure/lanes.h"

enum { RA_DRAWS_TAIL = 24 }; /* the Poisson probability of more is below 1e-24 */

/* A stratum and its Poisson table. */
typedef struct ra_stratum {
    size_t begin, count; /* of its rows */
    int16_t limits[RA_LANE_LIMITS];
    double beyond[RA_DRAWS_TAIL]; /* P(count <= k) when the limits leave it undecided */
} ra_stratum;

typedef struct ra_draws {
    size_t items;
    size_t *row_item, *item_row; /* items: which item is a row's, and back */
    ra_stratum *strata;
    size_t stratum_count;
    uint64_t seed;
} ra_draws;

/* stratum_of: 0 .. strata-1 for each item, or NULL for one stratum. In the arena. */
void ra_draws_init(ra_draws *draws, ra_arena *arena, size_t items, const size_t *stratum_of,
                   size_t strata, uint64_t seed);

/* Replicates 32*tile .. 32*tile+31: fills rows[items][RA_LANES]. Returns the largest count. */
unsigned ra_draws_tile(const ra_draws *draws, const ra_lane_kernel *kernel, size_t tile,
                       uint8_t *rows);

#endif
