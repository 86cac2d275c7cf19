/* What routing costs and saves, everything billed.
 *
 * A point of a router's curve sends a share of the items to the strong model; its cost is the sum
 * of the chosen models' tokens at their prices (measure/prices.h), item by item, so that a router
 * which sends long prompts to the strong model pays for it. Between the curve's breakpoints, score
 * and cost are linear, as random tie-breaking gives in expectation. Router, embedding and judge are
 * paid for every request, fixed costs per month are spread over the month's requests, and all of
 * them are compared with sending everything to the strong model and paying for nothing else.
 *
 * The cheapest point for a share of the strong score is sought over the whole curve. Its intervals
 * are percentiles of the first 512 of the benchmark's replicates, each of which has a strong score,
 * costs and a cheapest point of its own.
 *
 * All of it needs the kept items (measure/kept.h) alone, so it can be worked out again. */
#ifndef RA_MEASURE_COST_H
#define RA_MEASURE_COST_H

#include "measure/resample.h"

/* A point of a curve in dollars per million requests. */
typedef struct ra_cost_point {
    double calls, score, strong_usd, weak_usd;
} ra_cost_point;

/* Fills points[at least items + 1] and returns their number: (0, all weak) to (1, all strong). */
size_t ra_cost_trace(const ra_benchmark_result *b, const ra_router_result *r,
                     ra_cost_point *points);
/* Where a curve has that share of strong calls. */
ra_cost_point ra_cost_at(const ra_cost_point *points, size_t count, double calls);
/* The point of least cost with at least that score. */
ra_cost_point ra_cost_cheapest(const ra_cost_point *points, size_t count, double score);

/* Fills `cost` of every router that has places, and what a million requests save at CPT, by the
 * benchmark's money, charges and intervals. Without money `cost` stays NULL. In the arena. */
void ra_cost_measure(ra_arena *arena, int threads, ra_benchmark_result *b);

/* The router, no bound, that saves most at 95 % of the strong score; NULL without costs. */
const ra_router_result *ra_saves_most(const ra_benchmark_result *b);

#endif
