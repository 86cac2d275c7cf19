#include "measure/points.h"

#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

/* One replicate, or the data itself: a weight for each item. */
typedef struct replicate {
    const double *weight;
    double weak, strong; /* mean scores */
} replicate;

typedef struct work {
    const ra_outcomes *outcomes;
    const double *const *score;
    const ra_point_items *items;
    const ra_draws *draws;
    const ra_lane_kernel *kernel;
    size_t **order; /* of each router, items by falling score */
    size_t points, routers, count, figures;
    double *figure; /* (figures, count) */
} work;

/* Figures of one point: score, calls, PGR, and calls of each router at the same score. */
enum { SCORE, CALLS, PGR, SAME };

static double *values_of(const work *w, size_t point, size_t figure)
{
    return w->figure + (point * w->figures + figure) * w->count;
}

static double mean(const double *weight, const double *sum, const double *turns, size_t count)
{
    double all = 0, n = 0;
    for (size_t i = 0; i < count; i++) {
        all += weight[i] * sum[i];
        n += weight[i] * turns[i];
    }
    return all / n;
}

static double share(const double *weight, const double *strong, size_t count)
{
    double calls = 0, n = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(strong[i]))
            continue;
        calls += weight[i] * strong[i];
        n += weight[i];
    }
    return calls / n;
}

static bool equal(double a, double b)
{
    return !(a < b) && !(a > b);
}

/* Smallest share of strong calls at which the router's exact curve (measure/curve.h) reaches a
 * score; INFINITY = never. */
static double calls_at(const work *w, const replicate *rep, size_t router, double target)
{
    const ra_outcomes *o = w->outcomes;
    const double *score = w->score[router];
    const size_t *order = w->order[router];
    double sum = 0, turns = 0, all = 0, taken = 0, before = rep->weak, from = 0;
    for (size_t i = 0; i < o->count; i++) {
        sum += rep->weight[i] * o->weak[i];
        turns += rep->weight[i] * o->weak_turns[i];
        all += rep->weight[i];
    }
    if (before >= target)
        return 0;
    for (size_t k = 0; k < o->count; k++) {
        size_t i = order[k];
        sum += rep->weight[i] * (o->strong[i] - o->weak[i]);
        turns += rep->weight[i] * (o->strong_turns[i] - o->weak_turns[i]);
        taken += rep->weight[i];
        if (k + 1 < o->count && equal(score[order[k + 1]], score[i]))
            continue;
        double now = sum / turns;
        if (now >= target)
            return (from + (taken - from) * (target - before) / (now - before)) / all;
        before = now;
        from = taken;
    }
    return (double)INFINITY;
}

static void measure(const work *w, replicate rep, size_t index)
{
    const ra_outcomes *o = w->outcomes;
    rep.weak = mean(rep.weight, o->weak, o->weak_turns, o->count);
    rep.strong = mean(rep.weight, o->strong, o->strong_turns, o->count);
    for (size_t p = 0; p < w->points; p++) {
        const ra_point_items *items = &w->items[p];
        double score = mean(rep.weight, items->sum, items->turns, o->count);
        bool gap = rep.strong > rep.weak;
        values_of(w, p, SCORE)[index] = score;
        values_of(w, p, CALLS)[index] = share(rep.weight, items->strong, o->count);
        values_of(w, p, PGR)[index] =
            gap ? (score - rep.weak) / (rep.strong - rep.weak) : (double)NAN;
        for (size_t r = 0; r < w->routers; r++)
            values_of(w, p, SAME + r)[index] =
                isnan(score) ? (double)NAN : calls_at(w, &rep, r, score);
    }
}

static void run_tile(size_t tile, void *context)
{
    const work *w = context;
    size_t n = w->outcomes->count;
    uint8_t *rows = ra_alloc(n * RA_LANES, sizeof *rows);
    double *weight = ra_alloc(n, sizeof *weight);
    (void)ra_draws_tile(w->draws, w->kernel, tile, rows);
    for (size_t l = 0; l < RA_LANES && tile * RA_LANES + l < w->count; l++) {
        for (size_t i = 0; i < n; i++)
            weight[i] = rows[w->draws->item_row[i] * RA_LANES + l];
        measure(w, (replicate){weight, 0, 0}, tile * RA_LANES + l);
    }
    free(weight);
    free(rows);
}

/* The data itself: every item once. */
static double *measure_once(ra_arena *arena, work *w)
{
    size_t n = w->outcomes->count;
    double *weight = ra_arena_alloc(arena, n, sizeof *weight);
    for (size_t i = 0; i < n; i++)
        weight[i] = 1;
    w->count = 1;
    w->figure = ra_arena_alloc(arena, w->points * w->figures, sizeof *w->figure);
    measure(w, (replicate){weight, 0, 0}, 0);
    return w->figure;
}

static double if_finite(double value)
{
    return isfinite(value) ? value : (double)NAN;
}

static ra_range range_of(const work *w, const ra_resampling *how, size_t point, size_t figure)
{
    if (w->count == 0)
        return (ra_range){NAN, NAN};
    ra_range r =
        ra_interval(RA_PERCENTILE, how->level, NAN, 0, values_of(w, point, figure), w->count);
    return (ra_range){if_finite(r.lo), if_finite(r.hi)};
}

static ra_estimate estimate(double value, ra_range range)
{
    return (ra_estimate){if_finite(value), range.lo, range.hi};
}

void ra_points_measure(ra_arena *arena, const ra_outcomes *outcomes, const double *const *score,
                       const ra_resampling *how, const ra_point_items *items,
                       ra_benchmark_result *out)
{
    ra_arena scratch = {0};
    ra_draws draws;
    ra_draws_init(&draws, &scratch, outcomes->count, how->stratum_of, how->strata, how->seed);
    work w = {.outcomes = outcomes, .score = score, .items = items, .draws = &draws};
    w.kernel = ra_lanes_kernel(how->path);
    w.points = out->point_count;
    w.routers = out->router_count;
    w.figures = SAME + w.routers;
    w.order = ra_arena_alloc(&scratch, w.routers, sizeof *w.order);
    for (size_t r = 0; r < w.routers; r++) {
        w.order[r] = ra_arena_alloc(&scratch, outcomes->count, sizeof **w.order);
        ra_order(score[r], outcomes->count, w.order[r]);
    }
    const double *value = measure_once(&scratch, &w);
    w.count = how->replicates < RA_POINT_REPLICATES ? how->replicates : RA_POINT_REPLICATES;
    w.figure = ra_arena_alloc(&scratch, w.points * w.figures * w.count, sizeof *w.figure);
    ra_parallel_for((w.count + RA_LANES - 1) / RA_LANES, how->threads, run_tile, &w);
    for (size_t p = 0; p < w.points; p++, value += w.figures) {
        ra_recorded_point *to = &out->points[p];
        to->range = range_of(&w, how, p, SCORE);
        to->calls_range = range_of(&w, how, p, CALLS);
        to->pgr = estimate(value[PGR], range_of(&w, how, p, PGR));
        to->same = ra_arena_alloc(arena, w.routers, sizeof *to->same);
        for (size_t r = 0; r < w.routers; r++)
            to->same[r] = (ra_same_score){
                out->routers[r].name, estimate(value[SAME + r], range_of(&w, how, p, SAME + r))};
        to->same_count = w.routers;
    }
    ra_arena_release(&scratch);
}
