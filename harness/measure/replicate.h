/* What resamples of the items say about routers: the figures of 32 replicates at a time.
 *
 * The definitions are those of measure/curve.h with every item as often as it was drawn: c advances
 * by its copies over the number drawn, sums and turns count copies. Items keep their order, which
 * is sorted once. Two ways lead there, chosen by the data alone:
 *
 *   whole   every item has the same number of graded turns, the same for both models, and scores
 *           are whole after scaling by 1, 2, 10 or 100: integer arithmetic in lanes
 *   general anything else: one replicate at a time, by measure/curve.h; some ten times slower
 */
#ifndef RA_MEASURE_REPLICATE_H
#define RA_MEASURE_REPLICATE_H

#include "measure/curve.h"
#include "measure/draws.h"

/* The figures of one router in one replicate. */
enum {
    RA_FIGURE_APGR,
    RA_FIGURE_CPT,
    RA_FIGURE_SUSTAINED = RA_FIGURE_CPT + RA_TARGETS,
    RA_FIGURE_PGR = RA_FIGURE_SUSTAINED + RA_TARGETS,
    RA_FIGURE_HULL = RA_FIGURE_PGR + RA_SHARES, /* area of measure/aiq.h; NaN without with_hull */
    RA_FIGURES
};

/* Whole scores of one model: its distinct ones, and the rows that have each. */
typedef struct ra_levels {
    int32_t *value;
    uint32_t *row, *first; /* of the rows of value[v]: row[first[v]] .. row[first[v + 1] - 1] */
    size_t count;
} ra_levels;

typedef struct ra_replicator {
    const ra_outcomes *outcomes;
    const ra_draws *draws;
    const double *const *score; /* of each router, indexed like the outcomes */
    size_t routers;
    size_t **order;         /* items of each router by falling score */
    ra_lane_plan *plans;    /* of each router; NULL = the general way */
    double unit;            /* whole: what 1 stands for in the mean score of one item */
    ra_levels strong, weak; /* whole */
} ra_replicator;

/* In the arena; what it is given must outlive it. */
void ra_replicator_init(ra_replicator *r, ra_arena *arena, const ra_outcomes *outcomes,
                        const ra_draws *draws, const double *const *score, size_t routers);

/* Room for one tile, in an arena of the thread. */
typedef struct ra_tile {
    uint8_t *rows;                           /* items * RA_LANES */
    unsigned most;                           /* largest count in the rows */
    double drawn[RA_LANES];                  /* items drawn */
    double strong[RA_LANES], weak[RA_LANES]; /* mean scores */
    double figure[RA_FIGURES][RA_LANES];     /* NaN without a gap */
    bool with_hull;                          /* wanted: it takes longer than the others */
    ra_lane_mark *marks;
    ra_curve curve;
    ra_point *hull;
} ra_tile;

void ra_tile_init(ra_tile *tile, ra_arena *arena, const ra_replicator *r);
/* Fills strong and weak from rows, most and drawn. */
void ra_tile_scores(ra_tile *tile, const ra_replicator *r, const ra_lane_kernel *kernel);
/* Fills figure for one router; after ra_tile_scores. */
void ra_tile_router(ra_tile *tile, const ra_replicator *r, const ra_lane_kernel *kernel,
                    size_t router);

#endif
