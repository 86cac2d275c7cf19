/* One router on one benchmark: the exact curve and every figure read off it. */
#ifndef RA_MEASURE_MEASURE_H
#define RA_MEASURE_MEASURE_H

#include "measure/curve.h"

/* The items of each category among the outcomes. */
typedef struct ra_categories {
    size_t count;
    const char **names;         /* sorted */
    size_t *of;                 /* outcomes.count: category of each measured item */
    size_t *items;              /* count: measured items */
    size_t *excluded, *missing; /* count: items left out */
} ra_categories;

/* Items without a category count as "(none)". In the arena. */
void ra_categories_make(ra_arena *arena, const ra_set *set, const ra_outcomes *outcomes,
                        ra_categories *out);

/* Fills `out` (name, router, bound and hand_rule are the caller's) and
 * by_category[categories.count] without its names. score is indexed like the outcomes, level is
 * that of intervals. In the arena.
 */
RA_MUST_CHECK bool ra_measure_router(ra_arena *arena, const ra_outcomes *outcomes,
                                     const ra_categories *categories, const double *score,
                                     const ra_money *money, double level, ra_router_result *out,
                                     ra_category_router *by_category, ra_error *err);

/* What is saved at a CPT when every request costs the same; without ranges. */
ra_saving ra_saving_make(const ra_money *money, double target, double cpt);

/* Fills the ranges of `out` from the interval of CPT: savings fall as CPT rises. */
void ra_saving_ranges(const ra_money *money, double target, const ra_estimate *cpt, ra_saving *out);

#endif
