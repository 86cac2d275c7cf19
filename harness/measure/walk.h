/* Walking down a router's scores: what changes when one more item goes to the strong model.
 *
 * Items of equal score go together. Step 0 sends nothing to the strong model, step g the items
 * order[0 .. end[g]-1]. Means over chosen outputs are kept as sums and weights, with every item as
 * often as a replicate drew it. */
#ifndef RA_MEASURE_WALK_H
#define RA_MEASURE_WALK_H

#include "measure/draws.h"

#include <stddef.h>

typedef struct ra_steps {
    size_t items, count; /* steps: 1 + distinct scores */
    size_t *order, *end;
} ra_steps;

/* In the arena. */
void ra_steps_make(ra_arena *arena, const double *score, size_t items, ra_steps *out);

/* Copies of each item in one replicate (measure/draws.h); all zero = one of each. */
typedef struct ra_copies {
    const uint8_t *rows;
    const size_t *item_row;
    size_t lane;
} ra_copies;

double ra_copies_of(const ra_copies *copies, size_t item);

/* Sums over an item's outputs and their weights (graded turns, requests) for each model; a mean is
 * the sum of sums over the sum of weights. */
typedef struct ra_sums {
    const double *strong, *weak, *strong_weight, *weak_weight;
} ra_sums;

typedef struct ra_mean {
    double sum, weight;
} ra_mean;

/* All items to the weak model; *strong: the mean with all to the strong one. */
ra_mean ra_mean_begin(const ra_sums *sums, size_t items, const ra_copies *copies, double *strong);
/* `copies` of the item go to the strong model instead. */
void ra_mean_move(const ra_sums *sums, size_t item, double copies, ra_mean *mean);

#endif
